/// JSON written member by member, for the few texts that stand between a commit and a person: the same bytes as a coder with
/// sorted keys and plain slashes, at a tenth of its time. Whoever writes adds members in the order of the alphabet.
package struct JSONLine: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var isFirst = true

    package init(reserving count: Int = 2048) { bytes.reserveCapacity(count) }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Objects and lists

    package mutating func object(_ body: (inout JSONLine) -> Void) { nested(0x7B, 0x7D, body) }

    package mutating func object(_ key: StaticString, _ body: (inout JSONLine) -> Void) {
        name(key)
        object(body)
    }

    package mutating func list(_ key: StaticString, _ texts: [String]) {
        name(key)
        nested(0x5B, 0x5D) { line in
            for text in texts {
                line.separate()
                line.quote(text)
            }
        }
    }

    private mutating func nested(_ open: UInt8, _ close: UInt8, _ body: (inout JSONLine) -> Void) {
        bytes.append(open)
        isFirst = true
        body(&self)
        bytes.append(close)
        isFirst = false
    }

    // MARK: Members; one that is nil is left out

    package mutating func member(_ key: StaticString, _ text: String?) {
        guard let text else { return }
        name(key)
        quote(text)
    }

    package mutating func member(_ key: StaticString, _ number: (some FixedWidthInteger)?) {
        guard let number else { return }
        name(key)
        bytes.append(contentsOf: String(number).utf8)
    }

    /// A number that is not finite has no place in JSON and is left out.
    package mutating func member(_ key: StaticString, _ number: Double?) {
        guard let number, number.isFinite else { return }
        name(key)
        let text = number.description
        bytes.append(contentsOf: text.utf8.dropLast(text.hasSuffix(".0") ? 2 : 0))
    }

    package mutating func member(_ key: StaticString, _ text: BilingualText) {
        object(key) { line in
            line.member("en", text.english)
            line.member("zh-CN", text.chinese)
        }
    }

    package mutating func member(_ key: StaticString, _ guidance: Guidance) {
        object(key) { line in
            line.member("action", guidance.action)
            line.member("cause", guidance.cause)
            line.member("consequence", guidance.consequence)
            line.member("respondWithinSeconds", guidance.respondWithinSeconds)
        }
    }

    // MARK: Text

    private mutating func separate() {
        if !isFirst { bytes.append(0x2C) }
        isFirst = false
    }

    private mutating func name(_ key: StaticString) {
        separate()
        bytes.append(0x22)
        key.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
        bytes.append(0x22)
        bytes.append(0x3A)
    }

    private mutating func quote(_ text: String) {
        bytes.append(0x22)
        var text = text
        text.withUTF8 { unsafe escape($0) }
        bytes.append(0x22)
    }

    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        // Nearly no text has anything to escape.
        guard unsafe text.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) else {
            return unsafe bytes.append(contentsOf: text)
        }
        for place in text.indices {
            let byte = unsafe text[place]
            switch byte {
            case 0x22, 0x5C: bytes += [0x5C, byte]
            case 0x08: bytes += [0x5C, 0x62]
            case 0x09: bytes += [0x5C, 0x74]
            case 0x0A: bytes += [0x5C, 0x6E]
            case 0x0C: bytes += [0x5C, 0x66]
            case 0x0D: bytes += [0x5C, 0x72]
            case ..<0x20: bytes += Array("\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8)
            default: bytes.append(byte)
            }
        }
    }
}
