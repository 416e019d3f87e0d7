/// Why a path into a payload could not be read: where in the text, what stood there, what would do.
package struct PathRefused: Error, Equatable, Sendable, CustomStringConvertible {
    /// Counted in UTF-8 bytes from 0, so that a file reader can add it to the column of the text.
    package var offset: Int
    package var found: String
    package var wanted: String

    package var description: String { "offset \(offset): found \(found), \(wanted) would do" }
}

extension PayloadPath {
    /// The most steps that a path may have: one per level of a payload that the reader accepts.
    package static let stepsMax = JSONReader.depthMax

    /// Reads `$.peers[2].dist`. A name holds letters, digits, `_`, `-` and anything outside ASCII; every other name is
    /// written `['tilt.x (deg)']`. `$` alone is the whole payload. `[?id=='N7']` chooses one element of an array, `[*]`
    /// stands for each. `@` begins at the element that is being read, `#` in the topic.
    /// - Throws: the first mistake, located.
    package init(parsing text: some StringProtocol) throws(PathRefused) {
        var reader = PathText(bytes: Array(text.utf8))
        let origin = try reader.origin()
        self.init(origin: origin, steps: try reader.steps())
    }

    /// The path as it is written in profiles; reads back as the same path.
    package var text: String {
        steps.reduce(into: String(origin.rawValue)) { text, step in
            switch step {
            case .every: text += "[*]"
            case .matching(let match): text += "[?\(match.member)=='\(match.literal)']"
            case .element(let index): text += "[\(index)]"
            case .key(let name) where !name.isEmpty && name.utf8.allSatisfy(PathText.isNameByte): text += ".\(name)"
            case .key(let name): text += "['\(name)']"
            }
        }
    }
}

/// The text of a path and how far it has been read.
private struct PathText {
    let bytes: [UInt8]
    var offset = 0

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D, 0x80...: true
        default: false
        }
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func origin() throws(PathRefused) -> PayloadPath.Origin {
        for origin in PayloadPath.Origin.allCases {
            if let mark = origin.rawValue.asciiValue, take(mark) { return origin }
        }
        throw refused("a path that starts with $")
    }

    mutating func steps() throws(PathRefused) -> [PathStep] {
        var steps: [PathStep] = []
        while offset < bytes.count {
            guard steps.count < PayloadPath.stepsMax else { throw refused("at most \(PayloadPath.stepsMax) steps") }
            if take(UInt8(ascii: ".")) {
                steps.append(.key(try name()))
            } else if take(UInt8(ascii: "[")) {
                steps.append(try bracket())
            } else {
                throw refused(".name or [index]")
            }
        }
        return steps
    }

    private mutating func name() throws(PathRefused) -> String {
        let start = offset
        while offset < bytes.count, Self.isNameByte(bytes[offset]) { offset += 1 }
        guard offset > start else { throw refused("a name of letters, digits, _ and -, or ['name']") }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private mutating func bracket() throws(PathRefused) -> PathStep {
        if take(UInt8(ascii: "'")) {
            guard let end = bytes[offset...].firstIndex(of: UInt8(ascii: "'")) else {
                offset = bytes.count
                throw refused("' at the end of the name")
            }
            let name = String(decoding: bytes[offset..<end], as: UTF8.self)
            offset = end + 1
            guard take(UInt8(ascii: "]")) else { throw refused("]") }
            return .key(name)
        }
        if take(UInt8(ascii: "*")) {
            guard take(UInt8(ascii: "]")) else { throw refused("]") }
            return .every
        }
        if take(UInt8(ascii: "?")) { return .matching(try match()) }
        let start = offset
        while offset < bytes.count, bytes[offset].isDigit { offset += 1 }
        guard offset > start else { throw refused("an index such as [0], or ['name']") }
        guard let index = Int(String(decoding: bytes[start..<offset], as: UTF8.self)), index <= 65_535 else {
            offset = start
            throw refused("an index of at most 65535")
        }
        guard take(UInt8(ascii: "]")) else { throw refused("]") }
        return .element(index)
    }

    /// `id=='N7']` or `depth==12]`.
    private mutating func match() throws(PathRefused) -> ElementMatch {
        guard offset < bytes.count, Self.isNameByte(bytes[offset]) else {
            throw refused("a member and its value such as [?id=='N7']")
        }
        let member = try name()
        guard take(UInt8(ascii: "=")), take(UInt8(ascii: "=")) else { throw refused("==") }
        let isQuoted = take(UInt8(ascii: "'"))
        let start = offset
        let stop = isQuoted ? UInt8(ascii: "'") : UInt8(ascii: "]")
        guard let end = bytes[offset...].firstIndex(of: stop) else {
            offset = bytes.count
            throw refused(isQuoted ? "' at the end of the text" : "]")
        }
        let literal = bytes[start..<end]
        guard isQuoted || NumberText.decimal(Array(literal)) != nil else {
            throw refused("a number, or a text in '...'")
        }
        offset = end
        if isQuoted { offset += 1 }
        guard take(UInt8(ascii: "]")) else { throw refused("]") }
        return ElementMatch(member: member, literal: String(decoding: literal, as: UTF8.self))
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private func refused(_ wanted: String) -> PathRefused {
        PathRefused(offset: offset, found: bytes.shown(at: offset), wanted: wanted)
    }
}
