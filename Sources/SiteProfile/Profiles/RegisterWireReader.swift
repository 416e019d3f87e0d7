import DeviceMap
import PlantModel

/// Reads where a point stands among a device's registers and what it holds there: `at: hr:2`, `type: f32`, `order: CDAB`.
enum RegisterWireReader {
    static let keys = [
        "at", "type", "order", "field", "rate", "sentinels", "words", "valid_raw", "map", "expect", "invert",
    ]

    /// The words for types that take no size; `ascii[16]` takes one.
    private static let types: [(word: String, type: RegisterType)] = [
        ("bit", .bit(0)), ("u8", .unsigned8(.low)), ("i8", .signed8(.low)), ("u16", .unsigned16), ("i16", .signed16),
        ("u24", .unsigned24), ("i24", .signed24), ("u32", .unsigned32), ("i32", .signed32), ("u64", .unsigned64),
        ("i64", .signed64), ("f16", .float16), ("f32", .float32), ("f64", .float64), ("bcd16", .decimal(registers: 1)),
        ("bcd32", .decimal(registers: 2)), ("bcd64", .decimal(registers: 4)),
    ]
    private static let charactersMax = 120

    /// What stands behind the dot of `hr:30.4`, `hr:30.high`.
    private enum Part: Equatable { case bit(Int), high, low }
    private struct Place {
        var area: RegisterArea
        var address: RegisterAddress
        var part: Part?
    }

    /// - Parameter isPolled: a register of a Modbus device has a rate; one that travels in a payload has none.
    static func read(_ table: inout TableReader, base: Int, isPolled: Bool = true) -> RegisterWire? {
        let place = table.require(table.text("at"), "at", for: "a register point").flatMap { text in
            let place = Self.place(text, base: base)
            if place == nil {
                table.error(at: "at", Self.complaint(of: text, base: base))
            }
            return place
        }
        let given = table.require(type(&table), "type", for: "a register point")
        let rate = isPolled ? table.require(table.name("rate"), "rate", for: "a register point") : ""
        let letters = table.text("order")
        guard let place, let rate, let given, let type = fitted(given, to: place, table) else {
            for key in keys { _ = table.setting(key) }
            return nil
        }
        guard let order = order(letters, of: type, &table) else { return nil }
        let field = field(of: type, &table)
        let width = field?.width ?? type.bits.width
        let wire = RegisterWire(
            area: place.area, address: place.address, type: type, order: order, field: field,
            sentinels: sentinels(of: type, bits: width, &table), states: states(of: type, bits: width, &table),
            validRaw: table.range("valid_raw"), expectedText: expectation(of: type, &table), rate: rate)
        if type.isText, wire.validRaw != nil { table.error(at: "valid_raw", "valid_raw goes with numbers") }
        return wire
    }

    /// What the site may say of a text instead of the profile: `expect: "SN 1234"`.
    static func expectation(of type: RegisterType, _ table: inout TableReader) -> [UInt8]? {
        guard let text = table.text("expect") else { return nil }
        guard type.isText else {
            table.error(at: "expect", "expect goes with type ascii[...]")
            return nil
        }
        guard text.utf8.count <= type.registerCount * 2, text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            table.error(
                at: "expect", "expect must be at most \(type.registerCount * 2) ASCII characters, found \"\(text)\"")
            return nil
        }
        return Array(text.utf8)
    }

    // MARK: Place and type

    /// `hr:30.4`: table, address, bit.
    private static func place(_ text: String, base: Int) -> Place? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let area = RegisterArea(word: parts[0]) else { return nil }
        let numbers = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(numbers.count), let address = TableReader.whole(String(numbers[0])),
            let offset = UInt16(exactly: address - base)
        else { return nil }
        var place = Place(area: area, address: RegisterAddress(offset))
        guard numbers.count == 2 else { return place }
        guard !area.holdsBits else { return nil }
        switch numbers[1] {
        case "high": place.part = .high
        case "low": place.part = .low
        default:
            guard let bit = TableReader.whole(String(numbers[1])), (0...15).contains(bit) else { return nil }
            place.part = .bit(bit)
        }
        return place
    }

    /// What is wrong with a place that cannot be read.
    private static func complaint(of text: String, base: Int) -> String {
        let forms =
            "at must be a table and an address such as hr:\(base), ir:12, di:5, hr:30.4 or hr:30.high, found \(text)"
        if base > 0, Self.place(text, base: 0) != nil {
            return forms + "; with address_base: \(base) the first address is \(base) and the last \(65_535 + base)"
        }
        guard (5...6).contains(text.utf8.count), let number = TableReader.whole(String(text.dropFirst())), number > 0,
            let area = text.first.flatMap({ makersTables[$0] })
        else { return forms }
        return forms + "; where a maker's list counts so, it is \(area.word):\(number - 1 + base)"
    }

    /// `40001`, or `400001`, in makers' lists is the first holding register.
    private static let makersTables: [Character: RegisterArea] = [
        "0": .coil, "1": .discreteInput, "3": .inputRegister, "4": .holdingRegister,
    ]

    private static func type(_ table: inout TableReader) -> RegisterType? {
        guard let setting = table.setting("type") else { return nil }
        if case .scalar(let text, _) = setting.shape {
            if let match = types.first(where: { $0.word == text }) { return match.type }
            if text.hasPrefix("ascii["), text.hasSuffix("]"),
                let count = TableReader.whole(String(text.dropFirst(6).dropLast())), (1...charactersMax).contains(count)
            {
                return .text(registers: (count + 1) / 2)
            }
        }
        table.refuse(
            setting,
            "type must be one of \(types.map(\.word).joined(separator: " ")) or ascii[1] to ascii[\(charactersMax)], "
                + "found \(setting.described)")
        return nil
    }

    /// The type with the bit or the byte that the place names; nil, with a diagnostic, when the two do not go together.
    private static func fitted(_ type: RegisterType, to place: Place, _ table: TableReader) -> RegisterType? {
        switch (type, place.part) {
        case (.bit, .bit(let number)): return .bit(number)
        case (.bit, nil) where place.area.holdsBits: return .bit(0)
        case (.bit, _): table.error(at: "at", "a bit of a register needs its number, such as hr:30.4")
        case (_, _) where place.area.holdsBits:
            table.error(at: "type", "\(place.area.word) holds bits; type bit would do")
        case (_, .bit): table.error(at: "at", "only type bit has a bit number")
        case (.unsigned8, .high): return .unsigned8(.high)
        case (.unsigned8, .low): return .unsigned8(.low)
        case (.signed8, .high): return .signed8(.high)
        case (.signed8, .low): return .signed8(.low)
        case (.unsigned8, nil), (.signed8, nil):
            table.error(at: "at", "a byte of a register needs its half, such as hr:30.high or hr:30.low")
        case (_, .high), (_, .low): table.error(at: "at", "only types u8 and i8 have a high or low half")
        case (_, nil): return type
        }
        return nil
    }

    static func order(_ letters: String?, of type: RegisterType, _ table: inout TableReader) -> WordOrder? {
        guard let letters else { return .bigEndian(bytes: type.orderBytes) }
        guard let order = try? WordOrder(letters: letters), order.places.count == type.orderBytes else {
            let usual = String("ABCDEFGH".prefix(type.orderBytes))
            table.error(at: "order", "order must be a permutation of \(usual), found \(letters)")
            return nil
        }
        return order
    }

    // MARK: Bits and patterns

    /// `8-11`, or `4`: bits counted from the lowest.
    static func bits(_ text: String, within width: Int) -> BitField? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { TableReader.whole(String($0)) }
        guard (1...2).contains(ends.count), let low = ends[0], let high = ends[ends.count - 1], low >= 0, low <= high,
            high < width
        else { return nil }
        return BitField(low: low, width: high - low + 1)
    }

    private static func field(of type: RegisterType, _ table: inout TableReader) -> BitField? {
        guard let text = table.text("field") else { return nil }
        guard type.isUnsigned else {
            table.error(at: "field", "field goes with an unsigned type")
            return nil
        }
        let field = bits(text, within: type.bits.width)
        if field == nil {
            table.error(at: "field", "field must be bits such as 8-11, up to \(type.bits.width - 1), found \(text)")
        }
        return field
    }

    /// Raw patterns, as unsigned numbers in the value's own width.
    static func sentinels(of type: RegisterType, bits: Int, _ table: inout TableReader) -> [UInt64] {
        guard let items = table.list("sentinels") else { return [] }
        if type.isFloat || type.isText {
            table.error(
                at: "sentinels",
                type.isText
                    ? "sentinels go with numbers"
                    : "sentinels of a float would be raw patterns that look like numbers; a range would do")
            return []
        }
        return items.compactMap { item in
            guard case .scalar(let text, isPlain: true) = item.shape, let pattern = pattern(text),
                pattern <= BitField(low: 0, width: bits).largest
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

    /// `words: {measure: 0, zero_check: 1}`: every state that the device knows, by the maker's name.
    private static func states(of type: RegisterType, bits: Int, _ table: inout TableReader) -> [UInt64] {
        var states: [UInt64] = []
        guard let given = table.setting("words"),
            var words = TableReader(given, what: "words", findings: table.findings)
        else { return [] }
        guard type.isUnsigned || type.isSigned else {
            table.error(at: "words", "words go with whole numbers")
            return []
        }
        for entry in words.takeAll() {
            guard case .scalar(let text, isPlain: true) = entry.value.shape, let number = TableReader.whole(text),
                let state = pattern(of: number, isSigned: type.isSigned, bits: bits)
            else {
                words.refuse(
                    entry.value,
                    "\(entry.key) must be a whole number of \(bits) bits, found \(entry.value.described)")
                continue
            }
            if states.contains(state) {
                words.refuse(entry.value, "\(entry.key) is \(number), and so is another word; one of the two must go")
            }
            states.append(state)
        }
        return states
    }

    /// A number as it stands in so many bits; nil when it does not fit.
    static func pattern(of number: Int, isSigned: Bool, bits: Int) -> UInt64? {
        let pattern = UInt64(bitPattern: Int64(number))
        let largest = BitField(low: 0, width: bits).largest
        guard isSigned else { return number >= 0 && pattern <= largest ? pattern : nil }
        let half = Int64(bitPattern: largest >> 1)
        return (-half - 1...half).contains(Int64(number)) ? pattern & largest : nil
    }
}
