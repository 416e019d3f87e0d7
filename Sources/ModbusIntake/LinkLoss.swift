package import DeviceMap
import Glibc
package import PlantModel

/// Why a connection, or an attempt at one, ended.
package enum LinkLoss: Sendable, Equatable, Error {
    case nameUnknown
    /// No descriptor was to be had, or connecting failed at once; the errno.
    case unreachable(Int32)
    case connectTimedOut
    /// A device that dials in has not done so.
    case notCalled
    /// The port at which it would call is not to be had; the errno.
    case cannotListen(Int32)
    /// It has called anew before its last connection had ended.
    case replaced
    case closedByPeer
    case broken(Int32)
    /// A request went out only in part: the next would begin in its middle.
    case partlySent
    case framing(FrameFault)
    /// Requests leave, and for a long time nothing has come back.
    case silent
    /// More late answers are owed than can be told apart.
    case tooManyLate

    /// The word in metrics and logs.
    package var word: String {
        switch self {
        case .nameUnknown: "name unknown"
        case .unreachable: "unreachable"
        case .connectTimedOut: "connect timed out"
        case .notCalled: "has not called"
        case .cannotListen: "port not to be had"
        case .replaced: "called anew"
        case .closedByPeer: "closed by peer"
        case .broken: "broken"
        case .partlySent: "partly sent"
        case .framing(let fault): fault.rawValue
        case .silent: "silent"
        case .tooManyLate: "too many late answers"
        }
    }

    /// The other side has ended the connection, in one way or another.
    var isByPeer: Bool {
        switch self {
        case .closedByPeer: true
        case .broken(let number): number == ECONNRESET || number == EPIPE
        default: false
        }
    }

    package var errorNumber: Int32? {
        switch self {
        case .unreachable(let number), .broken(let number), .cannotListen(let number): number
        default: nil
        }
    }
}

/// What the session of one endpoint has counted since the start.
package struct SessionCounts: Sendable, Equatable {
    package var requests = 0
    package var answers = 0
    package var exceptions = 0
    package var timeouts = 0
    package var lateAnswers = 0
    package var framingFaults = 0
    package var connections = 0
    /// Connections closed in order because nothing was due.
    package var orderlyCloses = 0
    package var losses = 0
    package var probes = 0
    /// Times that a device in a pre-alarm was not read faster because its link has no time for it.
    package var burstsRefused = 0
    /// Blocks whose points were declared bad because neither a value nor a reason came.
    package var silences = 0
}

/// What happened to a link, for the log.
package enum LinkNotice: Sendable, Equatable {
    case connected
    /// The second address serves; the first is tried again now and then.
    case failedOver
    case returned
    case lost(LinkLoss)
    case unitLost(unit: Int, QualityReason)
    case unitAnswers(unit: Int)
    case blockRefused(lane: Int, exception: UInt8)
    case blockDivided(lane: Int, exception: UInt8)
    /// A device in a pre-alarm wants to be read faster than its link has time for. `smallest` is the shortest period at
    /// which its first refused block would fit now; nil: none that is shorter than its usual one.
    case burstRefused(unit: Int, smallest: Duration?)
    /// The link has found the time after all, or the pre-alarm is over.
    case burstNotRefused(unit: Int, isReadFaster: Bool)
    /// Neither a value nor a reason has come for too long: the points of the block are bad now.
    case blockSilent(lane: Int, QualityReason)
    case blockReadAgain(lane: Int)
    /// Nobody has said yet where the device is.
    case nameAwaited
}
