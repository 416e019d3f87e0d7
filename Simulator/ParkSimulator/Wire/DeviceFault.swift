/// How a simulated Modbus device misbehaves: each one seen in real plants (acquisition.md 0 and 2).
package enum DeviceFault: Sendable, Equatable {
    /// Takes requests and never answers.
    case silent
    /// Answers this many milliseconds later than it could.
    case late(milliseconds: Int)
    /// Answers in another unit's name.
    case wrongUnit
    /// Answers with a transaction id that was never asked.
    case wrongTransaction
    /// Answers with a protocol id that is not Modbus.
    case wrongProtocol
    /// The header promises two bytes more than the frame holds.
    case wrongLength
    /// The last three bytes of the answer are missing; the connection stays open.
    case truncated
    /// One byte at a time, this many milliseconds apart.
    case dribble(milliseconds: Int)
    /// Resets the connection (RST) at each request.
    case reset
    /// Nobody listens: connections are closed, new ones refused.
    case refuse
    /// Answers every request with this exception code.
    case exception(UInt8)
    /// This many bytes of rubbish stand before the answer.
    case garbage(count: Int)

    /// What the scenario language calls it.
    package var word: String {
        switch self {
        case .silent: "silent"
        case .late: "late"
        case .wrongUnit: "wrong-unit"
        case .wrongTransaction: "wrong-transaction"
        case .wrongProtocol: "wrong-protocol"
        case .wrongLength: "wrong-length"
        case .truncated: "truncated"
        case .dribble: "dribble"
        case .reset: "reset"
        case .refuse: "refuse"
        case .exception: "exception"
        case .garbage: "garbage"
        }
    }

    /// The fault of a scenario's words; nil for an unknown word.
    /// - Parameter number: milliseconds, code or count, where the fault has one; nil takes a usual value.
    package init?(word: some StringProtocol, number: Int? = nil) {
        switch word {
        case "silent": self = .silent
        case "late": self = .late(milliseconds: number ?? 2000)
        case "wrong-unit": self = .wrongUnit
        case "wrong-transaction": self = .wrongTransaction
        case "wrong-protocol": self = .wrongProtocol
        case "wrong-length": self = .wrongLength
        case "truncated": self = .truncated
        case "dribble": self = .dribble(milliseconds: number ?? 50)
        case "reset": self = .reset
        case "refuse": self = .refuse
        case "exception": self = .exception(UInt8(clamping: number ?? 4))
        case "garbage": self = .garbage(count: number ?? 7)
        default: return nil
        }
    }

    static let words = [
        "silent", "late", "wrong-unit", "wrong-transaction", "wrong-protocol", "wrong-length", "truncated", "dribble",
        "reset", "refuse", "exception", "garbage",
    ]
}

/// What an answer becomes on its way out: pieces of bytes, each with its delay after the request, or the end of the
/// connection. Pure, so that each fault can be read and tested without a socket.
struct SpoiltAnswer: Equatable {
    struct Piece: Equatable {
        var afterMilliseconds: Int
        var bytes: [UInt8]
    }

    var pieces: [Piece]
    var resetsConnection = false

    /// - Parameter healthyPDU: what the device would answer, asked for only when it is needed.
    init(to request: ModbusRequest, fault: DeviceFault?, healthyPDU: () -> [UInt8]) {
        func frame(transaction: UInt16 = request.transaction, unit: UInt8 = request.unit) -> [UInt8] {
            ModbusRequest.frame(transaction: transaction, unit: unit, pdu: healthyPDU())
        }
        func whole(_ bytes: [UInt8]) -> [Piece] { [Piece(afterMilliseconds: 0, bytes: bytes)] }
        switch fault {
        case nil: pieces = whole(frame())
        case .silent: pieces = []
        case .refuse, .reset:
            pieces = []
            resetsConnection = true
        case .late(let milliseconds): pieces = [Piece(afterMilliseconds: milliseconds, bytes: frame())]
        case .wrongUnit: pieces = whole(frame(unit: request.unit &+ 1))
        case .wrongTransaction: pieces = whole(frame(transaction: request.transaction &+ 0x1001))
        case .wrongProtocol:
            var bytes = frame()
            bytes[3] = 5
            pieces = whole(bytes)
        case .wrongLength:
            var bytes = frame()
            bytes[5] &+= 2
            pieces = whole(bytes)
        case .truncated: pieces = whole(Array(frame().dropLast(3)))
        case .dribble(let milliseconds):
            pieces = frame().enumerated().map {
                Piece(afterMilliseconds: $0.offset * milliseconds, bytes: [$0.element])
            }
        case .exception(let code):
            pieces = whole(
                ModbusRequest.frame(
                    transaction: request.transaction, unit: request.unit, pdu: [request.functionCode | 0x80, code]))
        case .garbage(let count):
            pieces = whole((0..<count).map { UInt8(truncatingIfNeeded: 0xA5 &+ $0 &* 37) } + frame())
        }
    }
}
