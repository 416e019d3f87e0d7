/// A small writer of protobuf: what an edge node would send.
package struct ProtobufMessage {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func number(_ field: UInt64, _ value: UInt64) {
        varint(field << 3)
        varint(value)
    }

    package mutating func bytes(_ field: UInt64, _ value: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(value.count))
        bytes += value
    }

    package mutating func decimal(_ field: UInt64, _ value: Double) {
        varint(field << 3 | 1)
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64($0))) }
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Messages of a Sparkplug B node.
package enum SparkplugMessage {
    /// One metric: `(name, alias, datatype, value)` with what else a test says.
    package static func metric(
        _ name: String?, alias: UInt64? = nil, type: UInt64? = 10, _ value: Double? = nil, whole: UInt64? = nil,
        at stamp: UInt64? = nil, quality: UInt64? = nil, isNull: Bool = false, isHistorical: Bool = false
    ) -> [UInt8] {
        var message = ProtobufMessage()
        if let name { message.bytes(1, Array(name.utf8)) }
        if let alias { message.number(2, alias) }
        if let stamp { message.number(3, stamp) }
        if let type { message.number(4, type) }
        if isHistorical { message.number(5, 1) }
        if isNull { message.number(7, 1) }
        if let quality {
            var property = ProtobufMessage()
            property.number(1, 3)
            property.number(3, quality)
            var set = ProtobufMessage()
            set.bytes(1, Array("Quality".utf8))
            set.bytes(2, property.bytes)
            message.bytes(9, set.bytes)
        }
        if let whole { message.number(10, whole) }
        if let value { message.decimal(13, value) }
        return message.bytes
    }

    /// The number of a session, as births and last wills say it.
    package static func session(_ number: UInt64) -> [UInt8] {
        var metric = ProtobufMessage()
        metric.bytes(1, Array("bdSeq".utf8))
        metric.number(11, number)
        return metric.bytes
    }

    /// - Parameter stamp: milliseconds since 1970.
    package static func payload(_ sequence: UInt64?, _ metrics: [[UInt8]], at stamp: UInt64?) -> [UInt8] {
        var message = ProtobufMessage()
        if let stamp { message.number(1, stamp) }
        for metric in metrics { message.bytes(2, metric) }
        if let sequence { message.number(3, sequence) }
        return message.bytes
    }
}
