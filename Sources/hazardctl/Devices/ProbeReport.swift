import DeviceMap
import DeviceProbe
import Glibc
import PlantModel
import PlantTime
import SiteProfile

/// What a probe of a Modbus device saw, as a table and a list of what looks wrong.
struct ProbeReport {
    let session: ProbeSession
    /// For each reading, one exchange for each block of the session.
    let rounds: [[ProbedExchange]]
    let language: Language

    var text: String {
        let table = session.unit == nil ? plainTable : pointTable
        let findings = findings.map { "  " + words($0) }
        return
            ([table]
            + (findings.isEmpty ? [DevicePhrase.nothingWrong(language)] : [DevicePhrase.wrong(language)] + findings))
            .joined(separator: "\n")
    }

    // MARK: Points

    /// A point with the bytes of every reading that has them, oldest first.
    private struct Seen {
        var point: RegisterPoint
        var name: String
        var unit: EngineeringUnit
        var bytes: [[UInt8]] = []
        var samples: [Sample] = []

        /// Of a number: what each byte order makes of it.
        var ranking: OrderRanking? {
            let type = point.type
            guard type.orderBytes > 1, type.isFloat || type.isUnsigned || type.isSigned, !bytes.isEmpty,
                point.field == nil, point.curve == nil
            else { return nil }
            return OrderRanking(type: type, readings: bytes, scaling: point.scaling, range: point.range)
        }
    }

    private var seen: [Seen] {
        guard let unit = session.unit, let device = session.device else { return [] }
        var points: [Seen] = []
        // A value may be qualified by a status of a later block: what those say is learned first.
        var statuses = StatusMemory()
        for round in rounds {
            for (block, exchange) in zip(session.blocks, round) {
                let decoder = BlockDecoder(block: block, unit: unit)
                guard case .data(let data) = exchange.outcome, data.count == decoder.dataBytes else { continue }
                var ignored: [Sample] = []
                let time = PlantInstant(nanoseconds: exchange.ended.nanoseconds)
                decoder.decode(data.span, at: time, statuses: &statuses, into: &ignored)
            }
        }
        for (place, block) in session.blocks.enumerated() {
            let first = points.count
            points += block.members.map { member in
                let point = device.points[unit.points[member].point.offset]
                return Seen(point: unit.points[member], name: point.tag, unit: point.unit)
            }
            let decoder = BlockDecoder(block: block, unit: unit)
            for exchange in rounds.map({ $0[place] }) {
                guard case .data(let data) = exchange.outcome, data.count == decoder.dataBytes else { continue }
                var samples: [Sample] = []
                let time = PlantInstant(nanoseconds: exchange.ended.nanoseconds)
                decoder.decode(data.span, at: time, statuses: &statuses, into: &samples)
                for (offset, sample) in samples.enumerated() {
                    points[first + offset].samples.append(sample)
                    points[first + offset].bytes.append(Self.bytes(of: points[first + offset].point, in: data, block))
                }
            }
        }
        return points
    }

    private static func bytes(of point: RegisterPoint, in data: [UInt8], _ block: ReadBlock) -> [UInt8] {
        let distance = Int(point.address.offset) - Int(block.start.offset)
        if block.area.holdsBits { return [data[distance / 8] >> UInt8(distance % 8) & 1] }
        return Array(data[(distance * 2)..<(distance + point.type.registerCount) * 2])
    }

    private var pointTable: String {
        let columns: [TextTable.Column] = [
            .init(DevicePhrase.place(language)), .init(DevicePhrase.raw(language), widthMax: 24),
            .init(DevicePhrase.point(language)), .init(DevicePhrase.value(language), isNumber: true),
            .init(DevicePhrase.quality(language)), .init(DevicePhrase.orders(language)),
        ]
        let rows = seen.map { seen in
            let place = "\(seen.point.area.word) \(PlaceText.span(seen.point.address, seen.point.type.registerCount))"
            guard let sample = seen.samples.last, let bytes = seen.bytes.last else {
                return TextTable.Line([place, "", seen.name, "", "?", ""])
            }
            // Of one register only what looks better: two orders of every number would hide the others.
            let isTold = seen.point.type.orderBytes > 2 || seen.ranking?.contradicts(seen.point.order) != nil
            let ranked = isTold ? seen.ranking?.candidates.prefix(4) ?? [] : []
            let orders = ranked.map { "\($0.order.letters) \(Self.short($0.value))" }
            let raw = seen.point.area.holdsBits ? "\(bytes[0])" : PlaceText.bytes(bytes)
            return TextTable.Line([
                place, raw, seen.name, value(sample, seen, bytes), quality(sample.quality),
                orders.joined(separator: " | "),
            ])
        }
        return TextTable(columns: columns, lines: rows).text()
    }

    private func value(_ sample: Sample, _ seen: Seen, _ bytes: [UInt8]) -> String {
        if seen.point.type.isText {
            let characters = seen.point.characters(in: bytes.span, from: seen.point.address)
            return "\"\(String(decoding: characters, as: UTF8.self).filter { !$0.isNewline })\""
        }
        guard sample.quality.isUsable else { return "" }
        // Whole numbers of 64 bits keep their digits.
        switch sample.payload.kind {
        case .unsigned64, .bits64: return shown("\(sample.payload.raw)", seen.unit)
        case .signed64: return shown("\(Int64(bitPattern: sample.payload.raw))", seen.unit)
        case .float64, .none: return ShownText.measured(sample.payload.number, unit: seen.unit.symbol)
        }
    }

    private func shown(_ digits: String, _ unit: EngineeringUnit) -> String {
        unit.shown.isEmpty ? digits : "\(digits) \(unit.shown)"
    }

    private func quality(_ quality: Quality) -> String {
        ShownWord.quality(quality.word.name, reason: quality.word == .good ? nil : quality.reason.name, language)
    }

    // MARK: Registers without a profile

    private var plainTable: String {
        let columns: [TextTable.Column] = [
            .init(DevicePhrase.place(language)), .init(DevicePhrase.raw(language)),
            .init(DevicePhrase.unsigned(language), isNumber: true),
            .init(DevicePhrase.signed(language), isNumber: true),
            .init(DevicePhrase.float(language)),
        ]
        var rows: [TextTable.Line] = []
        for (place, block) in session.blocks.enumerated() {
            let readings = rounds.compactMap { round -> [UInt8]? in
                if case .data(let data) = round[place].outcome { data } else { nil }
            }
            guard let newest = readings.last else { continue }
            for offset in 0..<block.count {
                let address = "\(block.area.word) \(Int(block.start.offset) + offset)"
                if block.area.holdsBits {
                    rows.append(.init([address, "\(newest[offset / 8] >> UInt8(offset % 8) & 1)", "", "", ""]))
                    continue
                }
                let pair = Array(newest[offset * 2..<offset * 2 + 2])
                let number = UInt16(pair[0]) << 8 | UInt16(pair[1])
                rows.append(
                    .init([
                        address, PlaceText.bytes(pair), "\(number)", "\(Int16(bitPattern: number))",
                        float(readings, at: offset, of: block.count),
                    ]))
            }
        }
        return TextTable(columns: columns, lines: rows).text()
    }

    /// The orders in which a register and the next would be a plausible float.
    private func float(_ readings: [[UInt8]], at offset: Int, of count: Int) -> String {
        guard offset + 1 < count else { return "" }
        let pairs = readings.map { Array($0[offset * 2..<offset * 2 + 4]) }
        guard pairs.last?.allSatisfy({ $0 == 0 }) != true else { return "" }
        return OrderRanking(type: .float32, readings: pairs).candidates.filter { $0.score >= 60 }
            .map { "\($0.order.letters) \(Self.short($0.value))" }.joined(separator: " | ")
    }

    /// Few digits: `8.41`, `-1.1e-29`.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        if value == 0 || (1e-3..<1e7).contains(value.magnitude) { return ShownText.number(value) }
        let exponent = Int(log10(value.magnitude).rounded(.down))
        let mantissa = (value / pow(10, Double(exponent)) * 10).rounded() / 10
        return "\(mantissa)e\(exponent)"
    }

    // MARK: What looks wrong

    var findings: [DeviceFinding] {
        var found: [DeviceFinding] = []
        for round in rounds {
            for (block, exchange) in zip(session.blocks, round) {
                let said = DeviceFinding.of(
                    exchange, area: block.area, start: Int(block.start.offset), count: block.count,
                    floor: session.device?.endpoint?.responseFloor)
                // The same of every reading is one thing to look at.
                for one in said where !found.contains(where: { $0.isAbout(one) }) { found.append(one) }
            }
        }
        let mustMove = session.device?.mustMove ?? []
        for seen in seen {
            guard let newest = seen.samples.last else { continue }
            if newest.quality.word == .bad { found.append(.bad(point: seen.name, newest.quality.reason)) }
            if let better = seen.ranking?.contradicts(seen.point.order),
                let own = seen.ranking?.candidates.first(where: { $0.order == seen.point.order })
            {
                found.append(
                    .order(
                        point: seen.name, given: seen.point.order, value: own.value, better: better.order,
                        betterValue: better.value))
            }
            if mustMove.contains(seen.point.point), seen.samples.count >= 5,
                Set(seen.samples.map(\.payload)).count == 1
            {
                found.append(.still(point: seen.name, readings: seen.samples.count))
            }
        }
        return found
    }

    private func words(_ finding: DeviceFinding) -> String {
        func place(_ area: RegisterArea, _ start: Int, _ count: Int) -> String {
            "\(area.word) \(PlaceText.span(RegisterAddress(UInt16(clamping: start)), count))"
        }
        switch finding {
        case .exception(let area, let start, let count, let code):
            return DevicePhrase.exception(
                language,
                [
                    "place": place(area, start, count), "code": "\(code)",
                    "meaning": DevicePhrase.exception(code, language),
                ])
        case .silent(let area, let start, let count):
            return DevicePhrase.silent(language, ["place": place(area, start, count)])
        case .closed(let area, let start, let count):
            return DevicePhrase.closed(language, ["place": place(area, start, count)])
        case .late(let area, let start, let count):
            return DevicePhrase.late(language, ["place": place(area, start, count)])
        case .fault(let area, let start, let count, let fault):
            return DevicePhrase.fault(language, ["place": place(area, start, count), "fault": fault.words(language)])
        case .uniform(let area, let start, let count, let value):
            return DevicePhrase.uniform(
                language, ["place": place(area, start, count), "value": value == 0 ? "0" : "0xFFFF"])
        case .slow(let area, let start, let milliseconds, let floor):
            return DevicePhrase.slow(
                language, ["place": place(area, start, 1), "milliseconds": "\(milliseconds)", "floor": "\(floor)"])
        case .bad(let point, let reason):
            return DevicePhrase.bad(language, ["point": point, "reason": quality(.bad(reason))])
        case .order(let point, let given, let value, let better, let betterValue):
            return DevicePhrase.order(
                language,
                [
                    "point": point, "better": better.letters, "betterValue": Self.short(betterValue),
                    "value": Self.short(value), "given": given.letters,
                ])
        case .still(let point, let readings):
            return DevicePhrase.still(language, ["point": point, "readings": "\(readings)"])
        }
    }
}

extension DeviceFinding {
    /// Whether another finding says the same of the same block, whatever the numbers.
    fileprivate func isAbout(_ other: DeviceFinding) -> Bool {
        if case .slow(let area, let start, _, _) = self, case .slow(let otherArea, let otherStart, _, _) = other {
            return area == otherArea && start == otherStart
        }
        return self == other
    }
}
