/// Why a payload is not JSON that can be trusted: where, what stood there, what would do.
package struct JSONFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// Counted in bytes from 0.
    package var offset: Int
    package var found: String
    package var wanted: String

    package var description: String { "offset \(offset): found \(found), \(wanted) would do" }
}

extension [UInt8] {
    /// The byte at an offset as a diagnostic names it: `"x"`, `byte 0xFF`, `the end`.
    func shown(at offset: Int) -> String {
        guard offset < count else { return "the end" }
        let byte = self[offset]
        guard byte >= 0x20, byte < 0x7F else { return "byte 0x" + Self.hexadecimal(byte) }
        return "\"\(Character(Unicode.Scalar(byte)))\""
    }

    /// The word that starts at an offset (`NaN`, `-Infinity`, `1e400`), at most 24 bytes of it; else the one byte.
    func shownWord(at offset: Int) -> String {
        let word = self[Swift.min(offset, count)...].prefix(24).prefix { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
            default: false
            }
        }
        return word.isEmpty ? shown(at: offset) : String(decoding: word, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 2 ? digits : "0" + digits
    }
}
