import PlantModel

/// The text of one configuration file, checked before anything is made of it: not too large, UTF-8, no NUL.
package struct ConfigurationText: Sendable {
    /// How much a file may hold (decisions.md 1). A file above it is a mistake or an attack, and is not parsed.
    package enum Limit: Int, Sendable {
        case rules = 16_777_216
        case other = 4_194_304
    }

    /// As it is named in messages.
    package let file: String
    package let text: String

    /// - Throws: the one diagnostic that says why the file cannot be read at all.
    package init(bytes: [UInt8], file: String, limit: Limit) throws(UnreadableText) {
        guard bytes.count <= limit.rawValue else {
            throw UnreadableText(
                file, line: 1, column: 1,
                "the file has \(bytes.count) bytes; \(limit.rawValue / 1_048_576) MiB is the most that is read")
        }
        if let nul = bytes.firstIndex(of: 0) {
            throw UnreadableText(file, before: nul, in: bytes, "found a NUL byte; a text file in UTF-8 would do")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let place = Self.firstInvalidByte(in: bytes)
            let found = String(bytes[place], radix: 16, uppercase: true)
            throw UnreadableText(
                file, before: place, in: bytes,
                "found byte 0x\(found) that is not UTF-8 (a GBK file?); saving the file as UTF-8 would do")
        }
        self.file = file
        self.text = text.first == "\u{FEFF}" ? String(text.dropFirst()) : text
    }

    package init(text: String, file: String, limit: Limit) throws(UnreadableText) {
        try self.init(bytes: Array(text.utf8), file: file, limit: limit)
    }

    /// Where a UTF-8 decoder first stumbles.
    private static func firstInvalidByte(in bytes: [UInt8]) -> Int {
        var decoder = UTF8()
        var iterator = CountingIterator(bytes: bytes)
        while true {
            let start = iterator.place
            switch decoder.decode(&iterator) {
            case .scalarValue: continue
            case .emptyInput, .error: return min(start, bytes.count - 1)
            }
        }
    }

    private struct CountingIterator: IteratorProtocol {
        let bytes: [UInt8]
        var place = 0

        mutating func next() -> UInt8? {
            guard place < bytes.count else { return nil }
            defer { place += 1 }
            return bytes[place]
        }
    }
}

/// Why a file cannot be read at all.
package struct UnreadableText: Error, Sendable {
    package let diagnostic: Diagnostic

    init(_ file: String, line: Int, column: Int, _ message: String) {
        diagnostic = Diagnostic(.error, at: SourceLocation(file: file, line: line, column: column), message)
    }

    init(_ file: String, before place: Int, in bytes: [UInt8], _ message: String) {
        let head = bytes[..<place]
        let line = head.count { $0 == 0x0A } + 1
        let lineStart = head.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        // Columns count characters; continuation bytes of UTF-8 do not begin one.
        let column = head[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        self.init(file, line: line, column: column, message)
    }
}
