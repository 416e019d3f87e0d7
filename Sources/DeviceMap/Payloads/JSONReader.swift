/// One pass over the bytes of a JSON text, strict to RFC 8259: no byte order mark, no trailing comma, no NaN, no
/// control byte or malformed UTF-8 in a string, no unpaired surrogate, nothing after the value, at most 32 levels.
///
/// It builds no tree. Beside the grammar it looks only at what a ``PathTree`` asks for, and puts what stands there
/// into the caller's slots; everything else is checked and passed over.
/// - Note: one member name twice in one object, where a mapped path goes through it, refuses the payload: nobody can
///   say which of two values is the true one. Names that no path mentions are not compared.
/// - Complexity: O(bytes). Allocates only for names written with escapes and for numbers of more than 19 digits.
package struct JSONReader {
    /// Levels of objects and arrays; deeper is refused, so hostile nesting ends early and the stack is bounded.
    package static let depthMax = 32

    /// What one pass found.
    struct Reading {
        /// In the order of the tree's paths; `.missing` where the payload has nothing.
        var values: [PayloadValue]
        var root: PayloadValue
        /// Where the elements of an array stand, for the paths whose elements the tree collects.
        var elements: [Int: [Range<Int>]]
    }

    private let bytes: [UInt8]
    private let end: Int
    private let tree: PathTree
    private var offset: Int
    /// Which nodes of the tree this payload has shown already: the first 64 as bits, those of a very wide tree behind them.
    private var seen: UInt64 = 0
    private var seenBeyond: Set<Int> = []
    private var found: [PayloadValue]
    private var elements: [Int: [Range<Int>]] = [:]

    /// What stands at each path of a tree, in the order of its paths; `.missing` where the payload has nothing.
    package static func values(
        in bytes: [UInt8], at tree: PathTree
    ) throws(JSONFault) -> (values: [PayloadValue], root: PayloadValue) {
        let reading = try read(bytes, in: 0..<bytes.count, at: tree)
        return (reading.values, reading.root)
    }

    /// Reads the text that stands at a part of the bytes: a whole payload, or one element of an array in it.
    static func read(
        _ bytes: [UInt8], in range: Range<Int>, at tree: PathTree
    ) throws(JSONFault) -> Reading {
        var reader = JSONReader(bytes: bytes, range: range, tree: tree)
        reader.skipSpace()
        let root = try reader.value(node: PathTree.root, depth: 0)
        reader.skipSpace()
        guard reader.offset == range.upperBound else { throw reader.fault("nothing after the value") }
        return Reading(values: reader.found, root: root, elements: reader.elements)
    }

    private init(bytes: [UInt8], range: Range<Int>, tree: PathTree) {
        self.bytes = bytes
        self.tree = tree
        offset = range.lowerBound
        end = range.upperBound
        found = Array(repeating: .missing, count: tree.pathCount)
    }

    // MARK: Values

    /// Reads one value; `node` is the place in the tree that it stands at, nil where no path goes.
    private mutating func value(node: Int?, depth: Int) throws(JSONFault) -> PayloadValue {
        let value: PayloadValue
        switch byte {
        case UInt8(ascii: "{"): value = try object(node: node, depth: depth + 1)
        case UInt8(ascii: "["): value = try array(node: node, depth: depth + 1)
        case UInt8(ascii: "\""): value = .text(try text())
        case UInt8(ascii: "-"), .some(0x30...0x39): value = try number()
        case UInt8(ascii: "t"): value = try word("true", .boolean(true))
        case UInt8(ascii: "f"): value = try word("false", .boolean(false))
        case UInt8(ascii: "n"): value = try word("null", .null)
        default:
            throw fault("a number, string, true, false, null, object or array", naming: bytes.shownWord(at: offset))
        }
        if let node { tree.place(value, at: node, in: &found) }
        return value
    }

    private mutating func object(node: Int?, depth: Int) throws(JSONFault) -> PayloadValue {
        guard depth <= Self.depthMax else { throw fault("at most \(Self.depthMax) levels") }
        offset += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object }
        while true {
            let start = offset
            guard byte == UInt8(ascii: "\"") else { throw fault("a name in quotation marks") }
            let name = try text()
            let child = node.flatMap { member(of: $0, named: name) }
            if let child {
                guard notes(child) else {
                    throw JSONFault(
                        offset: start, found: "the member \(name.string(in: bytes)) a second time",
                        wanted: "one of them")
                }
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw fault(":") }
            skipSpace()
            _ = try value(node: child, depth: depth)
            skipSpace()
            if take(UInt8(ascii: ",")) {
                skipSpace()
            } else if take(UInt8(ascii: "}")) {
                return .object
            } else {
                throw fault(", or }")
            }
        }
    }

    private mutating func array(node: Int?, depth: Int) throws(JSONFault) -> PayloadValue {
        guard depth <= Self.depthMax else { throw fault("at most \(Self.depthMax) levels") }
        offset += 1
        skipSpace()
        let collector = node.flatMap { tree.collector(of: $0) }
        if take(UInt8(ascii: "]")) {
            if let collector { elements[collector] = [] }
            return .array
        }
        var index = 0
        var ranges: [Range<Int>] = []
        while true {
            let start = offset
            _ = try value(node: node.flatMap { tree.element(index, of: $0) }, depth: depth)
            if collector != nil { ranges.append(start..<offset) }
            index += 1
            skipSpace()
            if take(UInt8(ascii: ",")) {
                skipSpace()
            } else if take(UInt8(ascii: "]")) {
                if let collector { elements[collector] = ranges }
                return .array
            } else {
                throw fault(", or ]")
            }
        }
    }

    /// The child of a node that a member's name leads to. Names are compared as text, so `"\u0061"` is `a`.
    private func member(of node: Int, named name: PayloadText) -> Int? {
        guard tree.hasMembers(node) else { return nil }
        guard name.isEscaped else { return tree.member(of: node, named: name.range, in: bytes) }
        let unescaped = name.utf8(in: bytes)
        return tree.member(of: node, named: unescaped.indices, in: unescaped)
    }

    /// - Returns: false when the node was shown before.
    private mutating func notes(_ node: Int) -> Bool {
        guard node < 64 else { return seenBeyond.insert(node).inserted }
        let bit: UInt64 = 1 << UInt64(node)
        defer { seen |= bit }
        return seen & bit == 0
    }

    private mutating func word(_ word: StaticString, _ value: PayloadValue) throws(JSONFault) -> PayloadValue {
        let matches = word.withUTF8Buffer { letters in unsafe bytes[offset...].starts(with: letters) }
        guard matches else { throw fault("\(word)", naming: bytes.shownWord(at: offset)) }
        offset += word.utf8CodeUnitCount
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSONFault) -> PayloadValue {
        let start = offset
        var number = DecimalNumber()
        number.isNegative = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            if let byte, byte.isDigit { throw fault("a number without leading zeros") }
        } else {
            guard digits({ number.appendWhole($0) }) > 0 else { throw fault("a digit") }
        }
        if take(UInt8(ascii: ".")) {
            guard digits({ number.appendFraction($0) }) > 0 else { throw fault("a digit after the point") }
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            offset += 1
            number.exponentIsNegative = byte == UInt8(ascii: "-")
            if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") { offset += 1 }
            guard digits({ number.appendExponent($0) }) > 0 else { throw fault("a digit of the exponent") }
        }
        guard let value = number.value(written: bytes[start..<offset]) else {
            throw JSONFault(
                offset: start, found: bytes.shownWord(at: start), wanted: "a number within the range of a double")
        }
        return value
    }

    /// Passes over digits and says how many there were.
    private mutating func digits(_ each: (UInt8) -> Void) -> Int {
        let start = offset
        while let byte, byte.isDigit {
            each(byte - 0x30)
            offset += 1
        }
        return offset - start
    }

    // MARK: Strings

    /// Passes over a string and checks it; what it says is decoded only if somebody asks.
    private mutating func text() throws(JSONFault) -> PayloadText {
        offset += 1
        let start = offset
        var isEscaped = false
        while true {
            passPlainText()
            guard let byte else { throw fault("a closing quotation mark") }
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return PayloadText(range: start..<offset - 1, isEscaped: isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                try escape()
            case 0..<0x20: throw fault("control characters written as \\u00XX")
            default:
                let length = UTF8Form.length(in: bytes, at: offset)
                guard length > 0 else { throw fault("UTF-8") }
                offset += length
            }
        }
    }

    /// Printable ASCII but for the two bytes that mean something: nearly all that strings are made of.
    private mutating func passPlainText() { offset = Self.endOfPlainText(in: bytes.span, from: offset, to: end) }

    private static func endOfPlainText(in row: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var place = start
        while place < end, row[place] >= 0x20, row[place] < 0x80, row[place] != 0x22, row[place] != 0x5C { place += 1 }
        return place
    }

    private mutating func escape() throws(JSONFault) {
        let start = offset
        offset += 1
        guard let byte else { throw fault("an escape") }
        switch byte {
        case UInt8(ascii: "u"):
            offset += 1
            let unit = try fourDigits()
            if (0xDC00...0xDFFF).contains(unit) { throw unpaired(start) }
            guard (0xD800...0xDBFF).contains(unit) else { return }
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw unpaired(start) }
            guard (0xDC00...0xDFFF).contains(try fourDigits()) else { throw unpaired(start) }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 1
        default: throw fault("one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX")
        }
    }

    private mutating func fourDigits() throws(JSONFault) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte, let digit = HexDigit.value(of: byte) else { throw fault("four hexadecimal digits") }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }

    private func unpaired(_ start: Int) -> JSONFault {
        JSONFault(offset: start, found: "half of a surrogate pair", wanted: "both halves")
    }

    // MARK: Bytes

    private var byte: UInt8? { offset < end ? bytes[offset] : nil }

    private mutating func take(_ wanted: UInt8) -> Bool {
        guard byte == wanted else { return false }
        offset += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    private func fault(_ wanted: String, naming found: String? = nil) -> JSONFault {
        JSONFault(offset: offset, found: offset < end ? found ?? bytes.shown(at: offset) : "the end", wanted: wanted)
    }
}
