import CModbus
import DeviceMap
import Glibc

/// One TCP connection in the hands of a libmodbus context: the only place that calls libmodbus or a connected socket.
///
/// libmodbus takes an answer off the stream; it never sends, never connects, never recovers, and is let at the bytes only
/// when a whole, sound frame is there (acquisition.md 0, facts 1 to 5). A descriptor that libmodbus cannot bear is read
/// without it, behind the same checks. Owned by the reactor's thread.
@safe final class ModbusSocket {
    // @safe: the context is made here, used by the owner's thread only, and freed in deinit before the descriptor closes.
    private let context: OpaquePointer?
    let descriptor: Int32

    /// libmodbus 3.1.6 puts its descriptor into an `fd_set`; at 1024 the fortified macro aborts the process.
    static let descriptorLimit: Int32 = 1024

    enum Arrival: Equatable {
        /// So many bytes wait and stand at the beginning of the buffer.
        case waiting(Int)
        case nothing
        case over(LinkLoss)
    }

    /// A socket that is being connected, without blocking; writable once that has an outcome.
    /// - Parameter limit: descriptors from here on are read without libmodbus; lower only in tests.
    static func connecting(
        to address: HostAddress, port: UInt16, limit: Int32 = descriptorLimit
    ) throws(LinkLoss) -> ModbusSocket {
        let descriptor = Glibc.socket(
            address.family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .unreachable(errno) }
        let socket = try adopting(descriptor, limit: limit)
        let result = unsafe address.withSocketAddress(port: port) { unsafe Glibc.connect(descriptor, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else { throw .unreachable(errno) }
        return socket
    }

    /// Takes over a descriptor and closes it in the end.
    static func adopting(_ descriptor: Int32, limit: Int32 = descriptorLimit) throws(LinkLoss) -> ModbusSocket {
        guard descriptor < limit else { return unsafe ModbusSocket(context: nil, descriptor: descriptor) }
        // The address is never used: the socket is connected without libmodbus.
        guard let context = unsafe modbus_new_tcp("127.0.0.1", 502) else {
            close(descriptor)
            throw .unreachable(ENOMEM)
        }
        return unsafe ModbusSocket(context: context, descriptor: descriptor)
    }

    private init(context: OpaquePointer?, descriptor: Int32) {
        unsafe self.context = unsafe context
        self.descriptor = descriptor
        tune()
        guard let context = unsafe context else { return }
        unsafe modbus_set_socket(context, descriptor)
        // 0,0 makes the response time-out a deadline (fact 3), and a short one keeps a surprise short: the bytes are
        // there when libmodbus is called.
        unsafe modbus_set_byte_timeout(context, 0, 0)
        unsafe modbus_set_response_timeout(context, 0, 1000)
        unsafe modbus_set_error_recovery(context, MODBUS_ERROR_RECOVERY_NONE)
    }

    deinit {
        if let context = unsafe context { unsafe modbus_free(context) }
        close(descriptor)
    }

    var isReadByLibmodbus: Bool { unsafe context != nil }

    /// Why connecting failed, or nil when it has succeeded.
    func connectOutcome() -> LinkLoss? {
        var outcome: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &outcome, &size) == 0 else {
            return .unreachable(errno)
        }
        return outcome == 0 ? nil : .unreachable(outcome)
    }

    /// Sends the first `count` bytes, all or nothing.
    func send(_ bytes: [UInt8], count: Int) -> LinkLoss? {
        let sent = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.send(
                descriptor, buffer.baseAddress, count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        if sent == count { return nil }
        return sent < 0 && errno != EAGAIN ? .broken(errno) : .partlySent
    }

    /// Looks at what waits without taking it.
    func peek(into buffer: inout [UInt8]) -> Arrival {
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe recv(
                    descriptor, bytes.baseAddress, bytes.count, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
            }
            if count > 0 { return .waiting(count) }
            if count == 0 { return .over(.closedByPeer) }
            if errno == EINTR { continue }
            return errno == EAGAIN ? .nothing : .over(.broken(errno))
        }
    }

    /// Takes the frame that ``peek(into:)`` has shown whole.
    /// - Returns: whether exactly `length` bytes were taken.
    /// - Parameters:
    ///   - buffer: at least 260 bytes, libmodbus's longest frame.
    ///   - isInOneCall: without libmodbus, which asks the kernel six times for each frame.
    func take(frameOf length: Int, into buffer: inout [UInt8], inOneCall isInOneCall: Bool) -> Bool {
        precondition(buffer.count >= AnswerHeader.longestFrame, "libmodbus may write up to 260 bytes")
        guard !isInOneCall, let context = unsafe context else { return skip(length, into: &buffer) }
        let taken = unsafe buffer.withUnsafeMutableBufferPointer { bytes in
            unsafe modbus_receive_confirmation(context, bytes.baseAddress)
        }
        return Int(taken) == length
    }

    /// Takes bytes that ``peek(into:)`` has shown, without libmodbus.
    func skip(_ length: Int, into buffer: inout [UInt8]) -> Bool {
        precondition(length <= buffer.count, "the bytes fit")
        let taken = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe recv(descriptor, bytes.baseAddress, length, Int32(MSG_DONTWAIT))
        }
        return taken == length
    }

    /// Small frames leave at once, and a dead peer is noticed within seconds though nothing is asked.
    private func tune() {
        set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 10)
        set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5)
        set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
        set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 10_000)
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        _ = unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
