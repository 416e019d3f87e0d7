import CLinux
import DeviceMap
import Glibc
import PlantTime

/// Where devices that dial in wait until they have said who they are: listening doors, and callers in a bounded room. Owned
/// by the reactor's thread.
struct CallDesk {
    /// Callers that have not said who they are yet; for one more, the one who has been silent longest is closed and counted. A
    /// device says it in its first moment, so strangers that keep silent keep nobody out.
    static let waitingMax = 64
    /// A caller that has not said it by then is closed and counted as unknown.
    static let patience = Duration.seconds(10)

    struct Door {
        let host: String
        let port: UInt16
        /// nil while the port cannot be had.
        fileprivate(set) var descriptor: Int32?
        /// Why it cannot; 0 while it can.
        fileprivate(set) var errorNumber: Int32 = 0
        /// That it cannot is in the log.
        fileprivate(set) var isComplainedOf = false
        /// Who may call here, and whose line is then theirs.
        var expected: [(registration: [UInt8], line: Int)] = []
    }

    struct Caller {
        let socket: ModbusSocket
        let door: Int
        let until: PlantInstant
    }

    /// What the first bytes of a caller say.
    enum Introduction: Equatable {
        case unfinished
        case known(line: Int, length: Int)
        case unknown
    }

    enum Place: Equatable {
        case door(Int)
        case caller(Int)
    }

    private(set) var doors: [Door] = []
    private(set) var callers: [Int: Caller] = [:]
    /// The caller whose line is about to take it.
    var handedOver: ModbusSocket?
    private var nextCaller = 0
    private(set) var unknown = 0
    private(set) var turnedAway = 0

    /// Listens for every endpoint that dials in; those of one address share its door. A port that cannot be had blinds its own
    /// devices and no others: ``open(_:)`` tries again.
    init(endpoints: [ModbusEndpoint]) {
        for (line, endpoint) in endpoints.enumerated() {
            guard let dialIn = endpoint.manners.dialIn else { continue }
            let known = doors.firstIndex { $0.host == dialIn.host && $0.port == dialIn.port }
            if known == nil { doors.append(Door(host: dialIn.host, port: dialIn.port)) }
            doors[known ?? doors.count - 1].expected.append((dialIn.registration, line))
        }
        for place in doors.indices { open(place) }
    }

    /// Listens at a door that is still shut.
    /// - Returns: whether it is open now.
    @discardableResult mutating func open(_ door: Int) -> Bool {
        guard doors[door].descriptor == nil else { return true }
        do throws(ReactorWaiter.Unavailable) {
            doors[door].descriptor = try listeningSocket(host: doors[door].host, port: doors[door].port)
            doors[door].errorNumber = 0
            return true
        } catch {
            doors[door].errorNumber = error.errorNumber
            return false
        }
    }

    mutating func complain(of door: Int) { doors[door].isComplainedOf = true }

    /// The door at which a line's device calls.
    func door(ofLine line: Int) -> Int? {
        doors.firstIndex { $0.expected.contains { $0.line == line } }
    }

    /// Who calls, by the bytes that have come so far.
    func introduction(_ bytes: Span<UInt8>, atDoor door: Int) -> Introduction {
        var isBeginning = false
        for (registration, line) in doors[door].expected {
            let common = min(registration.count, bytes.count)
            guard (0..<common).allSatisfy({ registration[$0] == bytes[$0] }) else { continue }
            if common == registration.count { return .known(line: line, length: common) }
            isBeginning = true
        }
        return isBeginning ? .unfinished : .unknown
    }

    /// - Returns: the caller's number.
    mutating func admit(_ socket: ModbusSocket, door: Int, at now: PlantInstant) -> Int {
        if callers.count >= Self.waitingMax, let oldest = callers.keys.min() {
            turnedAway += 1
            callers[oldest] = nil
        }
        defer { nextCaller += 1 }
        callers[nextCaller] = Caller(socket: socket, door: door, until: now + Self.patience)
        return nextCaller
    }

    mutating func dismissUnknown(_ caller: Int) {
        unknown += 1
        callers[caller] = nil
    }

    mutating func release(_ caller: Int) -> ModbusSocket? { callers.removeValue(forKey: caller)?.socket }

    mutating func dismissTheSilent(at now: PlantInstant) {
        guard !callers.isEmpty else { return }
        for (number, caller) in callers where caller.until <= now { dismissUnknown(number) }
    }

    mutating func close() {
        for descriptor in doors.compactMap(\.descriptor) { Glibc.close(descriptor) }
        doors = []
        callers = [:]
        handedOver = nil
    }

    /// Bytes of a heartbeat at the head of what waits: its length, 0 while only its beginning is there, nil when it is
    /// something else.
    static func length(of heartbeat: [UInt8], at bytes: [UInt8], _ count: Int) -> Int? {
        let common = min(heartbeat.count, count)
        guard heartbeat[..<common] == bytes[..<common] else { return nil }
        return common == heartbeat.count ? common : 0
    }

    // MARK: Tokens

    // Lines have the numbers below 2^31 in the upper half of a token.
    private static let doorBit: UInt64 = 1 << 63
    private static let callerBit: UInt64 = 1 << 62

    static func token(ofDoor door: Int) -> UInt64 { doorBit | UInt64(door) }
    static func token(ofCaller caller: Int) -> UInt64 { doorBit | callerBit | UInt64(caller) & 0xFFFF_FFFF }

    static func place(of token: UInt64) -> Place? {
        guard token & doorBit != 0 else { return nil }
        let number = Int(token & 0xFFFF_FFFF)
        return token & callerBit == 0 ? .door(number) : .caller(number)
    }
}

/// A listening socket, non-blocking and closed at exec.
private func listeningSocket(host: String, port: UInt16) throws(ReactorWaiter.Unavailable) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .init(call: "socket", errorNumber: errno) }
    var on: Int32 = 1
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    let isBound =
        HostAddress(literal: host).map { address in
            unsafe address.withSocketAddress(port: port) { unsafe bind(descriptor, $0, $1) == 0 }
        } ?? false
    guard isBound, listen(descriptor, 64) == 0 else {
        let number = errno
        close(descriptor)
        throw .init(call: "listening on \(host):\(port)", errorNumber: number)
    }
    return descriptor
}
