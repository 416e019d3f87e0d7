import PlantModel

/// How a gateway wraps the answers of a device that it asks by itself: a DTU on a serial line hands the frame on as it came.
package enum WrappedForm: String, Sendable, Hashable, CaseIterable {
    /// Unit, function, byte count, data, check.
    case rtu = "modbus_rtu"
    /// The same behind a header of seven bytes, without the check.
    case tcp = "modbus_tcp"
}

/// The read whose answers a blob is made of. An answer tells who gives it and how much, not from where: function and size say which
/// read it belongs to.
package struct WrappedRead: Sendable, Hashable {
    package var form: WrappedForm
    package var unit: UInt8
    /// Registers that the gateway asks for; nil: up to the last point of the blob.
    package var count: Int?

    package init(form: WrappedForm, unit: UInt8, count: Int? = nil) {
        self.form = form
        self.unit = unit
        self.count = count
    }
}

/// One whole answer in a message, sound in itself.
struct WrappedAnswer: Equatable {
    /// What is damaged, and whose it would be if its first word can be believed.
    struct Refused: Error, Equatable {
        var unit: UInt8?
        var found: String
        var wanted: String
    }

    var unit: UInt8
    /// Without the exception bit.
    var function: UInt8
    var exception: UInt8?
    var data: Range<Int>

    /// - Parameter frame: the frame and nothing else.
    init(_ frame: [UInt8], form: WrappedForm) throws(Refused) {
        let unitPlace = form == .rtu ? 0 : 6
        let claimed = frame.count > unitPlace ? frame[unitPlace] : nil
        switch form {
        case .rtu:
            guard frame.count >= 5 else {
                throw Refused(
                    unit: claimed, found: "\(frame.count) bytes", wanted: "unit, function, count, data and check")
            }
            let check = UInt16(frame[frame.count - 2]) | UInt16(frame[frame.count - 1]) << 8
            let wanted = Self.check(of: frame.dropLast(2))
            guard check == wanted else {
                throw Refused(
                    unit: claimed, found: "the check \(Self.hexadecimal(check))", wanted: Self.hexadecimal(wanted))
            }
            let data = frame[1] & 0x80 == 0 ? Int(frame[2]) : 0
            guard (1...4).contains(frame[1] & 0x7F), frame.count == 5 + data else {
                throw Refused(
                    unit: claimed, found: "function \(frame[1]) in \(frame.count) bytes",
                    wanted: "the answer to a read, as long as its byte count says")
            }
            (unit, function) = (frame[0], frame[1] & 0x7F)
            exception = frame[1] & 0x80 == 0 ? nil : frame[2]
            self.data = 3..<3 + data
        case .tcp:
            guard case .complete(frame.count) = AnswerHeader.progress(of: frame.span) else {
                throw Refused(
                    unit: claimed, found: "\(frame.count) bytes that are no frame", wanted: "one Modbus/TCP answer")
            }
            let header = AnswerHeader(completeFrame: frame.span)
            (unit, function, exception) = (header.unit, header.function, header.exception)
            data = AnswerHeader.dataOffset..<AnswerHeader.dataOffset + header.dataBytes
        }
    }

    /// The check of serial Modbus: CRC-16 with the polynomial 0xA001, from 0xFFFF, its low byte first on the wire.
    static func check(of bytes: some Sequence<UInt8>) -> UInt16 {
        var check: UInt16 = 0xFFFF
        for byte in bytes {
            check ^= UInt16(byte)
            for _ in 0..<8 { check = check & 1 == 1 ? check >> 1 ^ 0xA001 : check >> 1 }
        }
        return check
    }

    private static func hexadecimal(_ check: UInt16) -> String {
        let digits = String(check.byteSwapped, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}
