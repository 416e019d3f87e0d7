import PlantModel

/// One metric of a Sparkplug B payload, as it stands in the message.
struct SparkplugMetric: Equatable {
    var name: String?
    var alias: UInt64?
    /// Milliseconds since 1970.
    var timestamp: UInt64?
    /// The number of Sparkplug's data type; data messages may leave it to the birth.
    var datatype: UInt64?
    var isHistorical = false
    var isNull = false
    /// The OPC-like number of its property "Quality": 192 is good.
    var quality: UInt64?
    var value = Value.none

    enum Value: Equatable {
        case none
        /// Of any whole type; negative ones in two's complement of the type's width.
        case whole(UInt64)
        case decimal(Double)
        case truth(Bool)
        case text(Range<Int>)
        /// Data sets, templates, bytes: nothing a point can be.
        case other(field: UInt64)
    }

    /// Why no point can be what it says, in the words of a diagnostic; nil: one can.
    func uselessness(datatype: UInt64?) -> String? {
        switch value {
        case .other(field: 16): "bytes or a file"
        case .other(field: 17): "a data set"
        case .other(field: 18): "a template"
        case .other: "an extension"
        case .whole(let bits) where isAmbiguous(bits, datatype):
            "\(bits) without its data type, which may be a negative number,"
        case .none, .whole, .decimal, .truth, .text: nil
        }
    }

    /// Neither the message nor a birth has told the type, and types differ: 251 may be -5. Below 128 they agree.
    private func isAmbiguous(_ bits: UInt64, _ datatype: UInt64?) -> Bool {
        !isNull && bits >= 128 && (self.datatype ?? datatype) == nil
    }

    /// The value as its data type means it.
    /// - Parameter datatype: the birth's, where the message leaves it out.
    func payloadValue(datatype: UInt64?) -> PayloadValue {
        if isNull { return .null }
        switch value {
        case .none: return .null
        case .other: return .object
        case .truth(let isTrue): return .boolean(isTrue)
        case .decimal(let number): return number.isFinite ? .decimal(number) : .null
        case .text(let range): return .text(PayloadText(range: range, isEscaped: false))
        case .whole(let bits) where isAmbiguous(bits, datatype): return .object
        case .whole(let bits):
            switch self.datatype ?? datatype {
            case 1: return .signed(Int64(Int8(truncatingIfNeeded: bits)))
            case 2: return .signed(Int64(Int16(truncatingIfNeeded: bits)))
            case 3: return .signed(Int64(Int32(truncatingIfNeeded: bits)))
            case 4: return .signed(Int64(bitPattern: bits))
            default: return Int64(exactly: bits).map { .signed($0) } ?? .unsigned(bits)
            }
        }
    }

    /// What the metric's own quality makes of its value; nil: nothing.
    var reason: QualityReason? {
        switch quality {
        case nil, 192: nil
        case 500: .stale
        default: .deviceFault
        }
    }
}

/// The protobuf message of Sparkplug B: time, sequence, metrics.
struct SparkplugPayload: Equatable {
    static let metricsMax = 4096

    var timestamp: UInt64?
    var sequence: UInt64?
    var metrics: [SparkplugMetric] = []
    /// The message itself: texts are places in it.
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) throws(ProtobufFault) {
        self.bytes = bytes
        var reader = ProtobufReader(bytes, in: 0..<bytes.count)
        while let field = try reader.next() {
            switch (field.number, field.content) {
            case (1, .number(let number)): timestamp = number
            case (2, .bytes(let range)):
                guard metrics.count < Self.metricsMax else {
                    throw ProtobufFault(
                        offset: range.lowerBound, found: "more metrics", wanted: "at most \(Self.metricsMax)")
                }
                metrics.append(try Self.metric(bytes, range))
            case (3, .number(let number)): sequence = number
            default: break
            }
        }
    }

    /// The message's own number, for the log: its stamp and its count, which alone would come again after 256 messages. nil
    /// without either.
    var number: UInt64? {
        guard let timestamp, let sequence, timestamp < 1 << 56 else { return nil }
        return timestamp << 8 | (sequence & 0xFF)
    }

    private static func metric(_ bytes: [UInt8], _ range: Range<Int>) throws(ProtobufFault) -> SparkplugMetric {
        var metric = SparkplugMetric()
        var reader = ProtobufReader(bytes, in: range)
        while let field = try reader.next() {
            switch (field.number, field.content) {
            case (1, .bytes(let text)): metric.name = String(decoding: bytes[text], as: UTF8.self)
            case (2, .number(let number)): metric.alias = number
            case (3, .number(let number)): metric.timestamp = number
            case (4, .number(let number)): metric.datatype = number
            case (5, .number(let number)): metric.isHistorical = number != 0
            case (7, .number(let number)): metric.isNull = number != 0
            case (9, .bytes(let set)): metric.quality = try quality(bytes, set)
            case (10, .number(let number)), (11, .number(let number)): metric.value = .whole(number)
            case (12, .fixed32(let bits)): metric.value = .decimal(Double(Float(bitPattern: bits)))
            case (13, .fixed64(let bits)): metric.value = .decimal(Double(bitPattern: bits))
            case (14, .number(let number)): metric.value = .truth(number != 0)
            case (15, .bytes(let text)): metric.value = .text(text)
            case (16...19, _): metric.value = .other(field: UInt64(field.number))
            default: break
            }
        }
        return metric
    }

    /// The number of the property "Quality": keys and values are two lists of one length.
    private static func quality(_ bytes: [UInt8], _ range: Range<Int>) throws(ProtobufFault) -> UInt64? {
        var keys = 0
        var wanted: Int?
        var values: [UInt64?] = []
        var reader = ProtobufReader(bytes, in: range)
        while let field = try reader.next() {
            switch (field.number, field.content) {
            case (1, .bytes(let key)):
                if bytes[key].elementsEqual("Quality".utf8) { wanted = keys }
                keys += 1
            case (2, .bytes(let value)):
                var number: UInt64?
                var inner = ProtobufReader(bytes, in: value)
                while let part = try inner.next() {
                    if part.number == 3 || part.number == 4, case .number(let given) = part.content { number = given }
                }
                values.append(number)
            default: break
            }
        }
        guard let wanted, wanted < values.count else { return nil }
        return values[wanted]
    }
}
