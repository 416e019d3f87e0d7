import DeviceMap
import PlantModel

/// Reads the `modbus:` and `mqtt:` parts of a profile.
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
            pause.finish(knows: "after_connect", "between")
        }
        manners.rates = rates(&table)
        (manners.snapshots, manners.snapshotPlaces) = snapshots(&table)
        table.finish(
            ProfileReader.readOnly([
                "address_base", "connect_timeout", "response", "limits", "gap", "pause", "rates", "snapshots",
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

    // MARK: MQTT

    static func mqtt(_ given: TableReader) -> MQTTManners? {
        var table = given
        let topic = table.require(topic("topic", &table), "topic", for: "mqtt")
        let statusTopic = Self.topic("status_topic", &table)
        let period = table.require(table.span("expect_period"), "expect_period", for: "mqtt")
        let maxFuture = table.span("max_future") ?? .seconds(5)
        if let qos = table.integer("qos", in: 0...2), qos != 1 {
            table.error(at: "qos", "qos must be 1, found \(qos); 0 loses messages and 2 adds nothing to a dedup key")
        }
        let stamp = table.table("time").flatMap { Self.stamp($0) }
        let sequence = path("sequence", &table)
        table.finish(
            ProfileReader.readOnly([
                "topic", "status_topic", "qos", "expect_period", "max_future", "time", "sequence",
            ]))
        guard let topic, let period else { return nil }
        return MQTTManners(
            topic: topic, statusTopic: statusTopic, expectedPeriod: period, maxFuture: maxFuture, stamp: stamp,
            sequence: sequence)
    }

    /// A topic without wildcards; `{site}` and `{device}` are filled in per device.
    static func topic(_ key: String, _ table: inout TableReader) -> String? {
        guard let topic = table.name(key) else { return nil }
        let filled = topic.replacing("{site}", with: "s").replacing("{device}", with: "d")
        guard !filled.contains(where: { "#+{}$".contains($0) }), filled.utf8.count <= 1024 else {
            table.error(
                at: key, "\(key) must be one topic without wildcards; {site} and {device} are known, found \(topic)")
            return nil
        }
        return topic
    }

    static func path(_ key: String, _ table: inout TableReader) -> PayloadPath? {
        guard let text = table.text(key) else { return nil }
        do {
            return try PayloadPath(parsing: text)
        } catch {
            table.error(at: key, "\(key) must be a path such as $.d.moment: \(error)")
            return nil
        }
    }

    private static func stamp(_ given: TableReader) -> StampField? {
        var table = given
        let path = table.require(path("path", &table), "path", for: "time")
        let word = table.require(table.text("format"), "format", for: "time")
        let zone = table.has("zone") ? zone("zone", &table) : nil
        table.finish(knows: "path", "format", "zone")
        guard let path, let word else { return nil }
        let plain: StampFormat? =
            switch word {
            case "epoch_s": .epochSeconds
            case "epoch_ms": .epochMilliseconds
            case "epoch_us": .epochMicroseconds
            case "epoch_ns": .epochNanoseconds
            case "iso8601": .iso8601
            default: nil
            }
        if let plain { return StampField(path: path, format: plain) }
        guard let zone else {
            if !table.has("zone") {
                table.error(
                    at: "format",
                    "format must be epoch_s epoch_ms epoch_us epoch_ns iso8601, or a pattern with \"zone\" beside it; "
                        + "found \(word)")
            }
            return nil
        }
        do {
            _ = try StampPattern(word, offsetSeconds: zone)
        } catch {
            table.error(at: "format", "format \(word) is no pattern of yyyy MM dd HH mm ss SSS: \(error)")
            return nil
        }
        return StampField(path: path, format: .pattern(word, offsetSeconds: zone))
    }

    /// `+08:00` as seconds east of UTC.
    static func zone(_ key: String, _ table: inout TableReader) -> Int? {
        guard let text = table.text(key) else { return nil }
        let digits = Array(text.utf8)
        let isShaped =
            digits.count == 6 && (digits[0] == UInt8(ascii: "+") || digits[0] == UInt8(ascii: "-"))
            && digits[3] == UInt8(ascii: ":")
        if isShaped, let hours = Int(text.dropFirst().prefix(2)), let minutes = Int(text.suffix(2)), hours <= 14,
            minutes < 60
        {
            let seconds = hours * 3600 + minutes * 60
            return digits[0] == UInt8(ascii: "-") ? -seconds : seconds
        }
        table.error(at: key, "\(key) must be an offset such as \"+08:00\", found \(text)")
        return nil
    }
}
