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
    /// When the answer was complete, or given up.
    package var ended: WallTime
    package var elapsed: Duration
}

/// A plain, patient connection to one Modbus/TCP device, for a person who looks at it: one request at a time, each waited for.
/// The daemon's door is `ModbusIntake`; what the two share are the frames. It sends ``ReadRequest`` and nothing else, so only
/// function codes 1 to 4 ever leave.
///
/// - Note: blocks; one thread.
package final class ProbeLink {
    private let descriptor: Int32
    private let timeout: Duration
    private var transaction: UInt16
    private var received: [UInt8] = []

    /// Resolves and connects; every address of the host is tried in turn.
    /// - Parameters:
    ///   - timeout: of connecting, and of each answer.
    ///   - transaction: the number of the first request.
    package init(host: String, port: UInt16, timeout: Duration, transaction: UInt16 = 1) throws(ProbeFault) {
        self.timeout = timeout
        self.transaction = transaction
        descriptor = try Self.connected(host, port, timeout)
    }

    deinit { close(descriptor) }

    /// Asks once and waits for the answer. An answer of another number, unit or function is told, not taken.
    package func read(
        unit: UInt8, area: RegisterArea, start: UInt16, count: UInt16
    ) -> ProbedExchange {
        let request = ReadRequest(
            transaction: transaction, unit: unit, area: area, start: RegisterAddress(start), count: count)
        transaction &+= 1
        var frame = [UInt8](repeating: 0, count: ReadRequest.length)
        request.write(over: &frame)
        let started = Self.steadyNow()
        received.removeAll(keepingCapacity: true)
        let outcome = send(frame) ? answer(to: request, by: started + timeout.nanoseconds) : .closed
        return ProbedExchange(
            request: frame, response: received.isEmpty ? nil : received, outcome: outcome,
            ended: WallTime(nanoseconds: Self.now(CLOCK_REALTIME)),
            elapsed: .nanoseconds(Self.steadyNow() - started))
    }

    // MARK: Frames

    private func send(_ frame: [UInt8]) -> Bool {
        let sent = unsafe frame.withUnsafeBytes { bytes in
            unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        return sent == frame.count
    }

    private func answer(to request: ReadRequest, by deadline: Int64) -> ProbedExchange.Outcome {
        while true {
            switch AnswerHeader.progress(of: received.span) {
            case .faulty(let fault): return .fault(fault)
            case .complete(let length):
                guard length == received.count else { return .fault(.sizesDisagree) }
                return Self.judged(received, request)
            case .incomplete: break
            }
            let left = deadline - Self.steadyNow()
            guard left > 0, Self.wait(descriptor, Int16(POLLIN), nanoseconds: left) else {
                return received.isEmpty ? .silence : .fault(.unfinished)
            }
            var piece = [UInt8](repeating: 0, count: AnswerHeader.longestFrame)
            let count = unsafe piece.withUnsafeMutableBytes { bytes in
                unsafe recv(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return .closed }
            received += piece[..<count]
        }
    }

    private static func judged(_ frame: [UInt8], _ request: ReadRequest) -> ProbedExchange.Outcome {
        let header = AnswerHeader(completeFrame: frame.span)
        guard header.transaction == request.transaction else { return .fault(.unknownTransaction) }
        guard header.unit == request.unit else { return .fault(.foreignUnit) }
        guard header.function == request.area.functionCode else { return .fault(.foreignFunction) }
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
