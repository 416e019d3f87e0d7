import PlantTime

/// A snapshot of form 3, of rules that have told nobody anything yet, as another form has it.
struct OlderSnapshot {
    private var rest: ArraySlice<UInt8>
    private var made: [UInt8] = []

    /// - Parameter points: how many the plant has.
    init(_ bytes: [UInt8], points: Int) {
        rest = bytes.dropLast(8)
        pass(4 + 2)
        passText()
        pass(4 * 8 + 4 + 3 * 8 + 4)
        for _ in 0..<points {
            passText()
            pass(74)
        }
        let entries = number(at: rest.startIndex)
        pass(4)
        for _ in 0..<entries {
            passText()
            pass(9)
            spellAlarm()
            pass(4 + number(at: rest.startIndex))
        }
        pass(rest.count)
    }

    func bytes(ofForm form: UInt8) -> [UInt8] {
        var bytes = made
        bytes[4] = form
        return bytes + (0..<8).map { UInt8(truncatingIfNeeded: Self.sum(of: bytes, form) >> (8 * UInt64($0))) }
    }

    private static func sum(of bytes: [UInt8], _ form: UInt8) -> UInt64 {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        let whole = form == 1 ? 0 : bytes.count & ~7
        for start in stride(from: 0, to: whole, by: 8) {
            let word = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) }
            sum = (sum ^ word) &* 0x100_0000_01B3
            sum ^= sum >> 29
        }
        for byte in bytes[whole...] {
            sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3
            if form > 1 { sum ^= sum >> 29 }
        }
        return sum
    }

    private func number(at place: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(rest[place + $1]) << (8 * $1) }
    }

    private mutating func pass(_ count: Int) {
        made += rest.prefix(count)
        rest = rest.dropFirst(count)
    }

    private mutating func passText() { pass(4 + number(at: rest.startIndex)) }

    /// Normal, never raised, no late row, inactive, no level; the judgement; fourteen counts of nothing.
    private mutating func spellAlarm() {
        precondition(number(at: rest.startIndex) == 10, "nobody was told anything")
        let judgement = rest.dropFirst(4).prefix(10)
        rest = rest.dropFirst(14)
        let distantPast = UInt64(bitPattern: PlantInstant.distantPast.nanoseconds)
        made += [85, 0, 0, 0] + [UInt8](repeating: 0, count: 9)
        made += (0..<8).map { UInt8(truncatingIfNeeded: distantPast >> (8 * UInt64($0))) }
        made += [0, 0] + judgement + [UInt8](repeating: 0, count: 56)
    }
}
