/// Damages inputs: by bit, byte, piece, number and word, or with a piece of another input. From a seed, so that a run can be
/// made again.
package struct ByteMutator {
    private var dice: FuzzDice
    private static let bytesMax = 8192
    /// Bytes that mean something to one reader or another.
    private static let marks = Array("[]{}:,-?*&!|>'\"#%@`~<\n\t 0.\\$".utf8) + [0, 0x1E, 0x7F, 0x80, 0xFF, 0xC3]
    private static let numbers = [
        "0", "-0", "1", "-1", "255", "65535", "65536", "2147483648", "-9223372036854775808", "9223372036854775807",
        "18446744073709551615", "1e308", "1e400", "-1e-400", "0.1", "nan", "inf", "0x10", "99999999999999999999999",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z",
    ].map { Array($0.utf8) }

    package init(seed: UInt64) { dice = FuzzDice(seed: seed) }

    /// One of the inputs with one to six damages.
    /// - Parameter words: what the readers know; put in whole.
    package mutating func next(of inputs: [[UInt8]], words: [[UInt8]]) -> [UInt8] {
        var bytes = inputs.randomElement(using: &dice) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &dice) { damage(&bytes, inputs, words) }
        return Array(bytes.prefix(Self.bytesMax))
    }

    private mutating func damage(_ bytes: inout [UInt8], _ inputs: [[UInt8]], _ words: [[UInt8]]) {
        let place = Int.random(in: 0...bytes.count, using: &dice)
        let end = min(bytes.count, place + Int.random(in: 1...40, using: &dice))
        switch Int.random(in: 0..<9, using: &dice) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &dice)
        case 1 where place < bytes.count: bytes[place] = .random(in: 0...255, using: &dice)
        case 2: bytes.insert(Self.marks.randomElement(using: &dice) ?? 0, at: place)
        case 3: bytes.removeSubrange(place..<end)
        case 4: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &dice))
        case 5: replaceNumber(&bytes, from: place)
        case 6: bytes.insert(contentsOf: words.randomElement(using: &dice) ?? [], at: place)
        case 7: bytes.replaceSubrange(place..<end, with: words.randomElement(using: &dice) ?? [])
        default:
            guard let other = inputs.randomElement(using: &dice), !other.isEmpty else { return }
            let start = Int.random(in: other.indices, using: &dice)
            bytes.insert(contentsOf: other[start...].prefix(Int.random(in: 1...80, using: &dice)), at: place)
        }
    }

    /// Puts another number where the next one stands.
    private mutating func replaceNumber(_ bytes: inout [UInt8], from place: Int) {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: Self.numbers.randomElement(using: &dice) ?? [])
    }
}
