import DeviceMap
import PlantModel

/// Reads the `modbus:` part of a profile; MQTTMannersReader reads `mqtt:`.
enum MannersReader {
    // MARK: Modbus

    static func modbus(_ given: TableReader) -> ModbusManners {
        var table = given
        var manners = ModbusManners()
        if let base = table.integer("address_base", in: 0...1) { manners.addressBase = base }
        if let timeout = table.span("connect_timeout") { manners.connectTimeout = timeout }
        if var response = table.table("response") {
            if let floor = response.span("floor") { manners.responseFloor = floor }
            if let ceiling = response.span("ceil") { manners.responseCeiling = ceiling }
            if manners.responseCeiling < manners.responseFloor {
                response.error(
                    at: "ceil",
                    "ceil must be at least floor \(written(manners.responseFloor)), found "
                        + written(manners.responseCeiling))
            }
            response.finish(knows: "floor", "ceil")
        }
        if var limits = table.table("limits") {
            if let registers = limits.integer("max_regs", in: 1...125) { manners.maxRegisters = registers }
            if let bits = limits.integer("max_bits", in: 1...2000) { manners.maxBits = bits }
            limits.finish(knows: "max_regs", "max_bits")
        }
        if var gap = table.table("gap") {
            if let registers = gap.integer("max_regs", in: 0...124) { manners.maxGap = registers }
            gap.finish(knows: "max_regs")
        }
        if var pause = table.table("pause") {
            if let after = pause.span("after_connect", atLeast: .zero) { manners.pauseAfterConnect = after }
            if let between = pause.span("between", atLeast: .zero) { manners.pauseBetween = between }
            if let turn = pause.span("unit_turnaround", atLeast: .zero) { manners.unitTurnaround = turn }
            pause.finish(knows: "after_connect", "between", "unit_turnaround")
        }
        if let echo: LinkManners.TransactionEcho = table.word("tid", { $0.rawValue }) { manners.transactions = echo }
        if let echo: LinkManners.UnitEcho = table.word("unit_echo", { $0.rawValue }) { manners.unitEcho = echo }
        if let session = LinkMannersReader.session(&table) { manners.session = session }
        manners.forbidden = LinkMannersReader.forbidden(&table, base: manners.addressBase)
        manners.rates = rates(&table)
        if let burst = table.span("burst") {
            manners.burst = burst
            if !manners.rates.isEmpty, manners.rates.allSatisfy({ $0.period <= burst }) {
                table.error(at: "burst", "burst must be shorter than a rate, found \(written(burst))")
            }
        }
        (manners.snapshots, manners.snapshotPlaces) = snapshots(&table)
        table.finish(
            ProfileReader.readOnly([
                "address_base", "connect_timeout", "response", "limits", "gap", "pause", "rates", "snapshots", "tid",
                "unit_echo", "session", "forbidden", "burst",
            ]))
        return manners
    }

    private static func rates(_ table: inout TableReader) -> [(name: String, period: Duration)] {
        guard let setting = table.setting("rates") else {
            table.findings.error(at: table.place, "modbus needs \"rates\", such as {fast: 1s}")
            return []
        }
        guard var rates = TableReader(setting, what: "rates", findings: table.findings) else { return [] }
        return rates.takeAll().compactMap { entry in
            table.span(entry.value, entry.key).map { (entry.key, $0) }
        }
    }

    private static func snapshots(
        _ table: inout TableReader
    ) -> (groups: [[String]], places: [String: SourceLocation]) {
        var places: [String: SourceLocation] = [:]
        let groups = (table.list("snapshots") ?? []).compactMap { group -> [String]? in
            guard case .list(let items) = group.shape else {
                table.refuse(group, "snapshots must list lists of points, found \(group.described)")
                return nil
            }
            return items.compactMap { item in
                guard case .scalar(let name, _) = item.shape, places[name] == nil else {
                    table.refuse(item, "snapshots must name each point once, found \(item.described)")
                    return nil
                }
                places[name] = item.place
                return name
            }
        }
        return (groups, places)
    }
}
