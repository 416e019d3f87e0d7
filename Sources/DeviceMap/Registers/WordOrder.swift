/// How the bytes of a value stand in its registers. The letters name the bytes of the big-endian number: `ABCD` is high
/// word first, `CDAB` low word first, `BA` a swapped 16-bit register.
package struct WordOrder: Sendable, Hashable {
    /// The places below, a byte each, the first in the lowest: a number and no list, for each sample copies it.
    private let packed: UInt64
    /// Bytes of a value: 2, 4 or 8.
    private let count: UInt8

    /// For each byte of the big-endian value, most significant first, its place on the wire.
    package var places: [UInt8] { (0..<Int(count)).map { UInt8(truncatingIfNeeded: packed >> (8 * UInt64($0))) } }

    package enum Refused: Error, Equatable {
        case wrongLength(Int)
        case notAPermutation(String)
    }

    /// - Parameter letters: a permutation of the first 2, 4 or 8 letters of the alphabet.
    package init(letters: some StringProtocol) throws(Refused) {
        let bytes = Array(letters.utf8)
        guard [2, 4, 8].contains(bytes.count) else { throw .wrongLength(bytes.count) }
        var places = [UInt8](repeating: .max, count: bytes.count)
        for (place, letter) in bytes.enumerated() {
            let value = Int(letter) - 0x41
            guard value >= 0, value < bytes.count, places[value] == .max else {
                throw .notAPermutation(String(letters))
            }
            places[value] = UInt8(place)
        }
        self.init(places: places)
    }

    /// - Parameter places: at most 8.
    private init(places: [UInt8]) {
        packed = places.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        count = UInt8(places.count)
    }

    /// Most significant byte first, for a value of `count` bytes.
    package static func bigEndian(bytes count: Int) -> WordOrder { WordOrder(places: (0..<UInt8(count)).map { $0 }) }

    /// The letters as they stand on the wire: `CDAB`.
    package var letters: String {
        var letters = [UInt8](repeating: 0, count: places.count)
        for (value, place) in places.enumerated() { letters[Int(place)] = UInt8(0x41 + value) }
        return String(decoding: letters, as: UTF8.self)
    }

    /// The orders that devices are known to use for a value of `count` bytes, the standard's own first.
    package static func usual(bytes count: Int) -> [WordOrder] {
        let letters =
            switch count {
            case 2: ["AB", "BA"]
            case 4: ["ABCD", "CDAB", "BADC", "DCBA"]
            default: ["ABCDEFGH", "GHEFCDAB", "BADCFEHG", "HGFEDCBA", "CDABGHEF", "EFGHABCD"]
            }
        return letters.compactMap { try? WordOrder(letters: $0) }
    }

    /// The big-endian number whose bytes stand on the wire from `offset` on. O(bytes), no allocation.
    /// - Precondition: so many bytes stand there.
    package func pattern(in bytes: Span<UInt8>, at offset: Int) -> UInt64 {
        var pattern: UInt64 = 0
        var places = packed
        for _ in 0..<count {
            pattern = pattern << 8 | UInt64(bytes[offset + Int(places & 0xFF)])
            places >>= 8
        }
        return pattern
    }

    /// The bytes of a big-endian number as they go over the wire: what ``pattern(in:at:)`` reads back.
    package func wireBytes(of pattern: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: places.count)
        for (significance, place) in places.reversed().enumerated() {
            bytes[Int(place)] = UInt8(truncatingIfNeeded: pattern >> (8 * UInt64(significance)))
        }
        return bytes
    }
}
