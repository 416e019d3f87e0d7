/// Where a protobuf message ends to be one.
struct ProtobufFault: Error, Equatable {
    var offset: Int
    var found: String
    var wanted: String
}

/// Reads the fields of one protobuf message, within its bounds and nowhere else.
struct ProtobufReader {
    enum Content: Equatable {
        case number(UInt64)
        case fixed64(UInt64)
        case bytes(Range<Int>)
        case fixed32(UInt32)
    }

    private let bytes: [UInt8]
    private let end: Int
    private var offset: Int

    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    /// - Returns: nil at the end of the message.
    mutating func next() throws(ProtobufFault) -> (number: UInt64, content: Content)? {
        guard offset < end else { return nil }
        let start = offset
        let key = try number()
        guard key >> 3 > 0 else { throw ProtobufFault(offset: start, found: "field 0", wanted: "a field from 1 on") }
        switch key & 7 {
        case 0: return (key >> 3, .number(try number()))
        case 1: return (key >> 3, .fixed64(try fixed(8)))
        case 2:
            let length = try number()
            guard length <= UInt64(end - offset) else {
                throw ProtobufFault(
                    offset: start, found: "\(length) bytes where \(end - offset) are left", wanted: "no more than these"
                )
            }
            defer { offset += Int(length) }
            return (key >> 3, .bytes(offset..<offset + Int(length)))
        case 5: return (key >> 3, .fixed32(UInt32(try fixed(4))))
        default:
            throw ProtobufFault(offset: start, found: "wire type \(key & 7)", wanted: "0, 1, 2 or 5")
        }
    }

    /// A number in groups of seven bits, lowest first; ten groups at most.
    private mutating func number() throws(ProtobufFault) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard offset < end else { break }
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw ProtobufFault(offset: offset, found: "a number without an end", wanted: "at most ten bytes of it")
    }

    private mutating func fixed(_ count: Int) throws(ProtobufFault) -> UInt64 {
        guard end - offset >= count else {
            throw ProtobufFault(offset: offset, found: "\(end - offset) bytes", wanted: "\(count)")
        }
        defer { offset += count }
        return (0..<count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[offset + $1]) }
    }
}
