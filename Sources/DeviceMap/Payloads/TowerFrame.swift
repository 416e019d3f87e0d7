/// The public binary protocol "TX101" of tower cranes, hoists and dust boxes, written out as JSON, so that one mapping serves
/// binary and JSON boxes: `{"clock":"2026-11-24 08:30:00","load":{"value":2.4,"state":3,"warning":0},...}`.
///
/// `68 length 68 | control | 5 address | version | function | data | check | 16`. The length counts from the control byte to
/// the last of the data; the check is over the same bytes, polynomial 0xE5 with a shift register that begins at 0. A number is
/// three bytes: a sign digit (0 is plus), four whole digits and one decimal digit.
package enum TowerFrame {
    /// Why a frame is not used.
    package struct Refused: Error, Equatable {
        package var offset: Int
        package var found: String
        package var wanted: String
    }

    /// What a frame is, before anything is read in it.
    enum Word: Equatable {
        case measurements, workCycle
        /// Logged in, or still there.
        case present
        /// Logged out: it says itself that nothing will come.
        case gone
        /// A finger print, a calibration, an answer to its centre: nothing that is watched, nor a sign that it will be.
        case other
    }

    /// - Parameter frame: one that ``json(of:)`` has read, or found to hold no measurement.
    static func word(of frame: [UInt8]) -> Word {
        if Kind(function: frame[10]) != nil { return .measurements }
        if Cycle(function: frame[10]) != nil { return .workCycle }
        guard frame[10] == linkCheck else { return .other }
        switch frame[11] {
        case 0xF0, 0xF2: return .present
        case 0xF1: return .gone
        default: return .other
        }
    }

    private static let linkCheck: UInt8 = 0x03

    /// What a frame tells, by its function.
    private enum Kind {
        case crane, craneAlarm, hoist, hoistAlarm, dust, dustAlarm

        init?(function: UInt8) {
            switch function {
            case 0x90: self = .crane
            case 0x92: self = .craneAlarm
            case 0x9A: self = .hoist
            case 0x9C: self = .hoistAlarm
            case 0x96: self = .dust
            case 0x97: self = .dustAlarm
            default: return nil
            }
        }

        /// Quantities in the order of the frame; an empty name is a spare.
        var quantities: [String] {
            switch self {
            case .crane, .craneAlarm:
                [
                    "load", "height", "radius", "slew", "wind", "tilt", "moment", "travel", "", "", "", "",
                ]
            case .hoist, .hoistAlarm:
                ["load", "height", "speed", "wind", "tilt", "motor1", "motor2", "motor3"]
            case .dust, .dustAlarm:
                [
                    "pm25", "pm10", "temperature", "humidity", "wind", "valve1", "valve2", "valve3", "valve4",
                    "noise", "vane",
                ]
            }
        }

        /// Bytes between clock and quantities: an operator's number where there is one, and the kind of packet.
        var preamble: Int {
            switch self {
            case .crane, .craneAlarm: 2
            case .hoist, .hoistAlarm, .dust, .dustAlarm: 6
            }
        }
    }

    /// - Returns: nil for a frame that tells of no measurement: log-in, heartbeat, log-out, an answer to its centre.
    package static func json(of frame: [UInt8]) throws(Refused) -> [UInt8]? {
        let data = try data(of: frame)
        var reader = Reader(frame: frame, offset: data.lowerBound, end: data.upperBound)
        if let cycle = Cycle(function: frame[10]) {
            return Array("{\"address\":\"\(address(frame))\"\(try cycle.members(&reader))}".utf8)
        }
        guard let kind = Kind(function: frame[10]) else {
            if frame[10] == linkCheck { _ = try reader.byte() }
            return nil
        }
        var text = "{\"address\":\"\(address(frame))\""
        if let clock = try reader.clock() { text += ",\"clock\":\"\(clock)\"" }
        try reader.skip(kind.preamble)
        for name in kind.quantities {
            let quantity = try reader.quantity()
            if !name.isEmpty { text += ",\"\(name)\":\(quantity)" }
        }
        switch kind {
        case .crane:
            for name in ["collision", "obstacle", "forbidden"] { text += ",\"\(name)\":\(try reader.interference())" }
        case .hoist:
            text += ",\"people\":\(try reader.count()),\"floor\":\(try reader.count())"
            text += ",\"doors\":\(try reader.byte())"
        case .dust: break
        case .craneAlarm: text += ",\"status\":\(try reader.byte())"
        case .hoistAlarm:
            text += ",\"people\":\(try reader.count()),\"floor\":\(try reader.count())"
            text += ",\"doors\":\(try reader.byte())"
            try reader.skip(25)
            text += ",\"status\":\(try reader.byte())"
        case .dustAlarm:
            try reader.skip(16)
            text += ",\"status\":\(try reader.byte())"
        }
        return Array((text + "}").utf8)
    }

    // MARK: Frame

    /// Checks the frame from its first to its last byte.
    private static func data(of frame: [UInt8]) throws(Refused) -> Range<Int> {
        guard frame.count >= 13 else { throw refused(0, "\(frame.count) bytes", "a frame of at least 13 bytes") }
        guard frame[0] == 0x68, frame[2] == 0x68 else {
            throw refused(0, "a start of \(hex(frame[0])) \(hex(frame[2]))", "0x68, length, 0x68")
        }
        let length = Int(frame[1])
        guard frame.count == length + 5 else {
            throw refused(1, "a length of \(length) in \(frame.count) bytes", "\(frame.count - 5)")
        }
        guard frame[frame.count - 1] == 0x16 else {
            throw refused(frame.count - 1, hex(frame[frame.count - 1]), "0x16")
        }
        let check = check(frame[3..<3 + length])
        guard frame[3 + length] == check else {
            throw refused(3 + length, hex(frame[3 + length]), "a check of \(hex(check))")
        }
        guard frame[3] & 0x80 != 0 else { throw refused(3, "a frame to a device", "one from a device") }
        guard frame[3] & 0x40 == 0 else { throw refused(3, "a part of a split frame", "a whole frame") }
        return 11..<3 + length
    }

    /// Polynomial 0xE5, from 0, highest bit first.
    package static func check(_ bytes: ArraySlice<UInt8>) -> UInt8 {
        var check: UInt8 = 0
        for byte in bytes {
            check ^= byte
            for _ in 0..<8 { check = check & 0x80 == 0 ? check << 1 : check << 1 ^ 0xE5 }
        }
        return check
    }

    /// The station's address: two bytes of district in decimal digits, three bytes of number, lowest first.
    private static func address(_ frame: [UInt8]) -> String {
        let district = [frame[5], frame[4]].map { digits($0) }.joined()
        return district + "-" + String(UInt32(frame[6]) | UInt32(frame[7]) << 8 | UInt32(frame[8]) << 16)
    }

    private static func digits(_ byte: UInt8) -> String { String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }
    private static func hex(_ byte: UInt8) -> String { "0x" + digits(byte) }
    private static func refused(_ offset: Int, _ found: String, _ wanted: String) -> Refused {
        Refused(offset: offset, found: found, wanted: wanted)
    }

    // MARK: Data

    struct Reader {
        let frame: [UInt8]
        var offset: Int
        let end: Int

        mutating func byte() throws(Refused) -> UInt8 {
            guard offset < end else { throw refused(offset, "the end of the data", "more of it") }
            defer { offset += 1 }
            return frame[offset]
        }

        mutating func skip(_ count: Int) throws(Refused) { for _ in 0..<count { _ = try byte() } }

        /// Second, minute, hour, day, month below the weekday, year: each two decimal digits.
        /// - Returns: nil when they are no digits; then the samples speak for their arrival.
        mutating func clock() throws(Refused) -> String? {
            var parts: [UInt8] = []
            for _ in 0..<6 { parts.append(try byte()) }
            parts[4] &= 0x1F
            guard parts.allSatisfy({ $0 >> 4 < 10 && $0 & 15 < 10 }) else { return nil }
            let text = parts.map { digits($0) }
            return "20\(text[5])-\(text[4])-\(text[3]) \(text[2]):\(text[1]):\(text[0])"
        }

        /// State (bit 0 works, bit 1 enabled), warning, and the number: null unless it works and is enabled.
        mutating func quantity() throws(Refused) -> String {
            let state = try byte()
            let warning = try byte()
            let number = try number()
            let value = state & 3 == 3 ? number ?? "null" : "null"
            return "{\"value\":\(value),\"state\":\(state),\"warning\":\(warning)}"
        }

        mutating func number() throws(Refused) -> String? {
            let bytes = [try byte(), try byte(), try byte()]
            let digits = bytes.flatMap { [$0 >> 4, $0 & 15] }
            guard digits[0] <= 1, digits.allSatisfy({ $0 < 10 }) else { return nil }
            let whole = digits[1...4].reduce(0) { $0 * 10 + Int($1) }
            return "\(digits[0] == 1 ? "-" : "")\(whole).\(digits[5])"
        }

        /// Flag, alarm and value of a count.
        mutating func count() throws(Refused) -> String {
            "{\"state\":\(try byte()),\"warning\":\(try byte()),\"value\":\(try byte())}"
        }

        /// The other's number (0: none), from which side, how near, and whether boom or rope is meant.
        mutating func interference() throws(Refused) -> String {
            let peer = try byte()
            let side = try byte()
            let nearness = try byte()
            return "{\"peer\":\(peer),\"low\":\(side & 3),\"right\":\(side >> 4 & 3),\"left\":\(side >> 6 & 3),"
                + "\"part\":\(nearness & 3),\"near\":\(nearness >> 4 & 3),\"far\":\(nearness >> 6 & 3)}"
        }
    }
}
