package import DeviceMap
import Glibc
package import PlantTime

/// Why a device could not be reached, in the system's words.
package struct ProbeFault: Error, Equatable, Sendable {
    package var reason: String

    package init(reason: String) { self.reason = reason }

    static func system(_ what: String) -> ProbeFault {
        ProbeFault(reason: "\(what): \(unsafe String(cString: strerror(errno)))")
    }
}

/// One request and what came of it, whole frames as they went over the wire.
package struct ProbedExchange: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        /// The data of a sound answer: what follows the byte count.
        case data([UInt8])
        case exception(UInt8)
        /// Nothing, or not all of it, within the time allowed.
        case silence
        /// An answer that is not the one asked for; hazardd would close the connection.
        case fault(FrameFault)
        case closed
    }

    package var request: [UInt8]
    /// nil when nothing came.
    package var response: [UInt8]?
    package var outcome: Outcome
    /// Answers to earlier requests, given up by then, that came before it: known by their numbers and passed over.
    package var late = 0
    /// When the answer was complete, or given up.
    package var ended: WallTime
    package var elapsed: Duration
}

/// A plain, patient connection to one Modbus/TCP device, for a person who looks at it: one request at a time, each waited for.
/// The daemon's door is `ModbusIntake`; what the two share are the frames and the device's manners. It sends ``ReadRequest``
/// and nothing else, so only function codes 1 to 4 ever leave.
///
/// - Note: blocks; one thread.
package final class ProbeLink {
    /// More requests given up than this, and only a new connection is safe.
    private static let givenUpMax = 64

    private let host: String
    private let port: UInt16
    private let timeout: Duration
    private let manners: LinkManners
    /// nil: the next request connects.
    private var descriptor: Int32?
    private var transaction: UInt16
    private var received: [UInt8] = []
    /// Numbers of this connection's requests that nothing came for in time.
    private var givenUp: [UInt16] = []

    /// Resolves and connects; every address of the host is tried in turn.
    /// - Parameters:
    ///   - timeout: of connecting, and of each answer.
    ///   - manners: how the device numbers and names its answers.
    ///   - transaction: the number of the first request.
    package init(
        host: String, port: UInt16, timeout: Duration, manners: LinkManners = LinkManners(), transaction: UInt16 = 1
    ) throws(ProbeFault) {
        self.host = host
        self.port = port
        self.timeout = timeout
        self.manners = manners
        self.transaction = transaction
        descriptor = try Self.connected(host, port, timeout)
    }

    deinit { hangUp() }

    /// Asks once and waits for the answer. An answer of another number, unit or function is told, not taken, and ends the
    /// connection, as it does with the daemon; so does silence where a late answer could not be told from the next one's.
    package func read(
        unit: UInt8, area: RegisterArea, start: UInt16, count: UInt16
    ) -> ProbedExchange {
        let request = ReadRequest(
            transaction: transaction, unit: unit, area: area, start: RegisterAddress(start), count: count)
        transaction &+= 1
        var frame = [UInt8](repeating: 0, count: ReadRequest.length)
        request.write(over: &frame)
        var exchange = ProbedExchange(
            request: frame, response: nil, outcome: .closed, ended: WallTime(nanoseconds: 0), elapsed: .zero)
        let started = Self.steadyNow()
        if let descriptor = connection(), Self.send(frame, descriptor) {
            answer(to: request, by: started + timeout.nanoseconds, descriptor, into: &exchange)
        }
        exchange.ended = WallTime(nanoseconds: Self.now(CLOCK_REALTIME))
        exchange.elapsed = .nanoseconds(Self.steadyNow() - started)
        switch exchange.outcome {
        case .data, .exception: break
        case .silence where manners.knowsLateAnswers && givenUp.count < Self.givenUpMax:
            givenUp.append(request.transaction)
        case .silence, .fault, .closed: hangUp()
        }
        return exchange
    }

    /// Ends the connection; the next request makes another. For devices that want it so between two cycles.
    package func hangUp() {
        if let descriptor { close(descriptor) }
        descriptor = nil
        received.removeAll(keepingCapacity: true)
        givenUp = []
    }

    private func connection() -> Int32? {
        if descriptor == nil { descriptor = try? Self.connected(host, port, timeout) }
        return descriptor
    }

    // MARK: Frames

    private static func send(_ frame: [UInt8], _ descriptor: Int32) -> Bool {
        let sent = unsafe frame.withUnsafeBytes { bytes in
            unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        return sent == frame.count
    }

    private func answer(
        to request: ReadRequest, by deadline: Int64, _ descriptor: Int32, into exchange: inout ProbedExchange
    ) {
        while true {
            switch AnswerHeader.progress(of: received.span) {
            case .faulty(let fault):
                (exchange.response, exchange.outcome) = (received, .fault(fault))
                return
            case .complete(let length):
                let frame = Array(received.prefix(length))
                received.removeFirst(length)
                let header = AnswerHeader(completeFrame: frame.span)
                if manners.knowsLateAnswers, let place = givenUp.firstIndex(of: header.transaction) {
                    givenUp.remove(at: place)
                    exchange.late += 1
                    continue
                }
                (exchange.response, exchange.outcome) = (frame, judged(frame, header, request))
                return
            case .incomplete: break
            }
            let left = deadline - Self.steadyNow()
            guard left > 0, Self.wait(descriptor, Int16(POLLIN), nanoseconds: left) else {
                (exchange.response, exchange.outcome) =
                    received.isEmpty ? (nil, .silence) : (received, .fault(.unfinished))
                return
            }
            var piece = [UInt8](repeating: 0, count: AnswerHeader.longestFrame)
            let count = unsafe piece.withUnsafeMutableBytes { bytes in
                unsafe recv(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else {
                exchange.response = received.isEmpty ? nil : received
                return
            }
            received += piece[..<count]
        }
    }

    private func judged(_ frame: [UInt8], _ header: AnswerHeader, _ request: ReadRequest) -> ProbedExchange.Outcome {
        if let fault = manners.fault(of: header, to: (request.transaction, request.unit, request.area)) {
            return .fault(fault)
        }
        if let exception = header.exception { return .exception(exception) }
        let expected = request.area.holdsBits ? (Int(request.count) + 7) / 8 : Int(request.count) * 2
        guard header.dataBytes == expected else { return .fault(.foreignSize) }
        return .data(Array(frame[AnswerHeader.dataOffset...]))
    }

    // MARK: Sockets and clocks

    private static func connected(_ host: String, _ port: UInt16, _ timeout: Duration) throws(ProbeFault) -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let answer = unsafe getaddrinfo(host, "\(port)", &hints, &list)
        guard answer == 0 else { throw ProbeFault(reason: "\(host): \(unsafe String(cString: gai_strerror(answer)))") }
        defer { unsafe freeaddrinfo(list) }
        var fault = ProbeFault(reason: "\(host) has no address")
        var next = unsafe list
        while let address = unsafe next?.pointee {
            unsafe next = unsafe address.ai_next
            let descriptor = unsafe socket(
                address.ai_family, address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else {
                fault = .system("socket")
                continue
            }
            let begun = unsafe connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 || errno == EINPROGRESS
            if !begun {
                fault = .system("connect")
            } else if let refused = outcome(of: descriptor, timeout) {
                fault = refused
            } else {
                return descriptor
            }
            close(descriptor)
        }
        throw fault
    }

    /// Why connecting failed; nil once it has succeeded.
    private static func outcome(of descriptor: Int32, _ timeout: Duration) -> ProbeFault? {
        guard wait(descriptor, Int16(POLLOUT), nanoseconds: timeout.nanoseconds) else {
            return ProbeFault(reason: "no connection within \(timeout.nanoseconds / 1_000_000) ms")
        }
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 else { return .system("socket") }
        errno = error
        return error == 0 ? nil : .system("connect")
    }

    private static func wait(_ descriptor: Int32, _ events: Int16, nanoseconds: Int64) -> Bool {
        let deadline = steadyNow() + nanoseconds
        while true {
            var waited = pollfd(fd: descriptor, events: events, revents: 0)
            let left = max(deadline - steadyNow(), 0)
            let answer = unsafe poll(&waited, 1, Int32(clamping: (left + 999_999) / 1_000_000))
            if answer < 0, errno == EINTR { continue }
            return answer > 0
        }
    }

    private static func steadyNow() -> Int64 { now(CLOCK_MONOTONIC) }

    private static func now(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
