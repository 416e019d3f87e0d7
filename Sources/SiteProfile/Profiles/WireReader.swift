import DeviceMap
import PlantModel

/// Reads where a point stands among a device's registers: `at: hr:2`, `type: f32`, `order: CDAB`.
enum RegisterWireReader {
    private static let types: [(word: String, type: RegisterType)] = [
        ("bit", .bit(0)), ("u16", .unsigned16), ("i16", .signed16), ("u32", .unsigned32), ("i32", .signed32),
        ("u64", .unsigned64), ("i64", .signed64), ("f32", .float32), ("f64", .float64),
    ]

    static func read(_ table: inout TableReader, base: Int) -> RegisterWire? {
        let place = table.require(table.text("at"), "at", for: "a register point").flatMap { text in
            let place = Self.place(text, base: base)
            if place == nil {
                table.error(
                    at: "at", "at must be a table and an address such as hr:0, ir:12, di:5 or hr:30.4, found \(text)")
            }
            return place
        }
        let type = table.require(type(&table), "type", for: "a register point")
        let rate = table.require(table.name("rate"), "rate", for: "a register point")
        let letters = table.text("order")
        guard let place, let rate, var type else {
            _ = table.setting("sentinels")
            return nil
        }
        if case .bit = type { type = .bit(place.bit ?? 0) }
        switch (place.bit != nil, type) {
        case (true, .bit),
            (false, .bit) where place.bit != nil || place.area.holdsBits:
            break
        case (_, .bit): table.error(at: "at", "a bit of a register needs its number, such as hr:30.4")
        case (true, _): table.error(at: "at", "only type bit has a bit number")
        case (false, _) where place.area.holdsBits:
            table.error(at: "type", "\(place.area.word) holds bits; type bit would do")
        case (false, _): break
        }
        guard let order = order(letters, of: type, &table) else { return nil }
        return RegisterWire(
            area: place.area, address: place.address, type: type, order: order,
            sentinels: sentinels(of: type, &table), rate: rate)
    }

    /// `hr:30.4`: table, address, bit.
    private static func place(
        _ text: String, base: Int
    ) -> (area: RegisterArea, address: RegisterAddress, bit: Int?)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let area = RegisterArea(word: parts[0]) else { return nil }
        let numbers = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(numbers.count), let address = TableReader.whole(String(numbers[0])),
            let offset = UInt16(exactly: address - base)
        else { return nil }
        guard numbers.count == 2 else { return (area, RegisterAddress(offset), nil) }
        guard !area.holdsBits, let bit = TableReader.whole(String(numbers[1])), (0...15).contains(bit) else {
            return nil
        }
        return (area, RegisterAddress(offset), bit)
    }

    private static func type(_ table: inout TableReader) -> RegisterType? {
        guard let setting = table.setting("type") else { return nil }
        if case .scalar(let text, _) = setting.shape, let match = types.first(where: { $0.word == text }) {
            return match.type
        }
        table.refuse(
            setting, "type must be one of \(types.map(\.word).joined(separator: " ")), found \(setting.described)")
        return nil
    }

    private static func order(_ letters: String?, of type: RegisterType, _ table: inout TableReader) -> WordOrder? {
        let bytes = type.registerCount * 2
        guard let letters else { return .bigEndian(bytes: bytes) }
        guard let order = try? WordOrder(letters: letters), order.places.count == bytes else {
            let usual = String("ABCDEFGH".prefix(bytes))
            table.error(at: "order", "order must be a permutation of \(usual), found \(letters)")
            return nil
        }
        return order
    }

    /// Raw patterns, as unsigned numbers in the value's own width.
    private static func sentinels(of type: RegisterType, _ table: inout TableReader) -> [UInt64] {
        guard let items = table.list("sentinels") else { return [] }
        if type == .float32 || type == .float64 {
            table.error(
                at: "sentinels", "sentinels of a float would be raw patterns that look like numbers; a range would do")
            return []
        }
        let bits = type.registerCount * 16
        return items.compactMap { item in
            guard case .scalar(let text, isPlain: true) = item.shape, let pattern = pattern(text),
                bits == 64 || pattern < 1 << UInt64(bits)
            else {
                table.refuse(
                    item, "sentinels must be raw patterns of \(bits) bits such as 0x8000, found \(item.described)")
                return nil
            }
            return pattern
        }
    }

    private static func pattern(_ text: String) -> UInt64? {
        text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    }
}

/// Reads where a point stands in a device's payload: `path: $.d.moment`, `type: number`.
enum PayloadWireReader {
    static func read(_ table: inout TableReader) -> ProfilePoint.Wire? {
        let path = table.require(MannersReader.path("path", &table), "path", for: "a payload point")
        let type = type(&table)
        let sentinels = table.numbers("sentinels") ?? []
        guard let path, let type else { return nil }
        return .payload(path, type, sentinels: sentinels)
    }

    private static func type(_ table: inout TableReader) -> PayloadType? {
        enum Word: String, CaseIterable { case number, decimal_text, hex_text }
        if var words = table.table("words") {
            if table.has("type") {
                table.error(at: "type", "words says what the value is; leaving \"type\" out would do")
                _ = table.setting("type")
            }
            var numbers: [String: Double] = [:]
            for entry in words.takeAll() {
                if let number = words.number(entry.value, entry.key) { numbers[entry.key] = number }
            }
            return .words(numbers)
        }
        guard table.has("type") else { return .number }
        return switch table.word("type", { (word: Word) in word.rawValue }) {
        case .number: .number
        case .decimal_text: .decimalText
        case .hex_text: .hexText
        case nil: nil
        }
    }
}
