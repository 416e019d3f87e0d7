import DeviceMap

/// One request as it came over Modbus/TCP: header and PDU, nothing interpreted yet.
struct ModbusRequest: Equatable {
    var transaction: UInt16
    var unit: UInt8
    /// Function code and its data.
    var pdu: [UInt8]

    var functionCode: UInt8 { pdu.first ?? 0 }

    /// What stands at the front of a connection's input.
    enum Cut: Equatable {
        /// Not yet a whole frame.
        case incomplete
        /// A whole frame, and how many bytes it took.
        case frame(ModbusRequest, taken: Int)
        /// No Modbus/TCP: the server hangs up, as the specification says.
        case nonsense
    }

    /// Cuts the first frame off a connection's input. The PDU's length is 1...253 bytes, the protocol id 0.
    static func cut(from input: some RandomAccessCollection<UInt8>) -> Cut {
        guard input.count >= 6 else { return .incomplete }
        let header = Array(input.prefix(7))
        let length = Int(header[4]) << 8 | Int(header[5])
        guard header[2] == 0, header[3] == 0, (2...254).contains(length) else { return .nonsense }
        guard input.count >= 6 + length else { return .incomplete }
        let request = ModbusRequest(
            transaction: UInt16(header[0]) << 8 | UInt16(header[1]), unit: header[6],
            pdu: Array(input.dropFirst(7).prefix(length - 1)))
        return .frame(request, taken: 6 + length)
    }

    /// A whole frame: header, unit and PDU.
    static func frame(transaction: UInt16, unit: UInt8, pdu: [UInt8]) -> [UInt8] {
        let length = UInt16(pdu.count + 1)
        return [
            UInt8(transaction >> 8), UInt8(truncatingIfNeeded: transaction), 0, 0, UInt8(length >> 8),
            UInt8(truncatingIfNeeded: length), unit,
        ] + pdu
    }
}

/// Exceptions by which a Modbus device says that it cannot.
package enum ModbusException: UInt8, Sendable, CaseIterable {
    case illegalFunction = 1
    case illegalAddress = 2
    case illegalValue = 3
    case deviceFailure = 4
    case acknowledge = 5
    case busy = 6
    case gatewayPathUnavailable = 10
    case gatewayTargetSilent = 11
}

extension RegisterBank {
    /// The PDU that a well-behaved read-only device answers: function codes 1 to 4, exception 1 for every other one.
    func answer(to request: ModbusRequest) -> [UInt8] {
        guard let area = RegisterArea(rawValue: request.functionCode) else {
            return Self.exception(.illegalFunction, to: request)
        }
        guard request.pdu.count == 5 else { return Self.exception(.illegalValue, to: request) }
        let start = Int(request.pdu[1]) << 8 | Int(request.pdu[2])
        let count = Int(request.pdu[3]) << 8 | Int(request.pdu[4])
        guard (1...(area.holdsBits ? 2000 : 125)).contains(count) else {
            return Self.exception(.illegalValue, to: request)
        }
        if area.holdsBits {
            guard let found = bits(area, from: start, count: count) else {
                return Self.exception(.illegalAddress, to: request)
            }
            var packed = [UInt8](repeating: 0, count: (count + 7) / 8)
            for (place, bit) in found.enumerated() where bit { packed[place / 8] |= 1 << UInt8(place % 8) }
            return [request.functionCode, UInt8(packed.count)] + packed
        }
        guard let found = registers(area, from: start, count: count) else {
            return Self.exception(.illegalAddress, to: request)
        }
        return [request.functionCode, UInt8(count * 2)]
            + found.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    }

    static func exception(_ exception: ModbusException, to request: ModbusRequest) -> [UInt8] {
        [request.functionCode | 0x80, exception.rawValue]
    }
}
