import CModbus
import DeviceMap
import Glibc
import ParkSimulator
import PlantTime

/// Debian's own Modbus client: the stranger that our server must satisfy.
@safe final class LibmodbusClient {
    // @safe: the context is made in init, freed in deinit and touched by one thread only.
    private let context: OpaquePointer

    /// What libmodbus says instead of an answer.
    enum Refusal: Error, Equatable {
        case timedOut
        case hungUp
        case exception(Int32)
        case other(Int32)
    }

    init?(port: UInt16, unit: Int32 = 1, timeoutMilliseconds: UInt32 = 2000) {
        guard let made = unsafe modbus_new_tcp("127.0.0.1", Int32(port)) else { return nil }
        unsafe context = unsafe made
        unsafe modbus_set_slave(context, unit)
        unsafe modbus_set_response_timeout(context, timeoutMilliseconds / 1000, timeoutMilliseconds % 1000 * 1000)
        unsafe modbus_set_byte_timeout(context, 0, 0)
        guard unsafe modbus_connect(context) == 0 else { return nil }
    }

    deinit {
        unsafe modbus_close(context)
        unsafe modbus_free(context)
    }

    func registers(_ area: RegisterArea, from start: Int32, count: Int) -> Result<[UInt16], Refusal> {
        var values = [UInt16](repeating: 0, count: count)
        let got =
            area == .inputRegister
            ? unsafe modbus_read_input_registers(context, start, Int32(count), &values)
            : unsafe modbus_read_registers(context, start, Int32(count), &values)
        return got == Int32(count) ? .success(values) : .failure(Self.refusal(errno))
    }

    func bits(_ area: RegisterArea, from start: Int32, count: Int) -> Result<[Bool], Refusal> {
        var values = [UInt8](repeating: 0, count: count)
        let got =
            area == .coil
            ? unsafe modbus_read_bits(context, start, Int32(count), &values)
            : unsafe modbus_read_input_bits(context, start, Int32(count), &values)
        return got == Int32(count) ? .success(values.map { $0 == 1 }) : .failure(Self.refusal(errno))
    }

    func write(register address: Int32, value: UInt16) -> Result<Void, Refusal> {
        unsafe modbus_write_register(context, address, value) == 1 ? .success(()) : .failure(Self.refusal(errno))
    }

    private static func refusal(_ code: Int32) -> Refusal {
        // MODBUS_ENOBASE is 112345678; exception codes are added to it.
        switch code {
        case ETIMEDOUT: .timedOut
        case ECONNRESET, EPIPE: .hungUp
        case 112_345_679...112_345_689: .exception(code - 112_345_678)
        default: .other(code)
        }
    }
}

/// A client that shows the bytes as they come.
final class WireClient {
    private let socket: Int32
    private let clock = SteadyClock()

    /// Bytes that came together, and when, counted from the request.
    struct Arrival {
        var milliseconds: Int
        var bytes: [UInt8]
    }

    init?(port: UInt16) {
        guard let connected = TestSocket.connect(port: port) else { return nil }
        socket = connected
    }

    deinit { close(socket) }

    func send(_ bytes: [UInt8]) {
        _ = unsafe Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// A request for holding registers 0 and 1 of unit 1, as transaction 0x0102.
    static let readTwo: [UInt8] = [1, 2, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2]

    /// Reads until `count` bytes have come, the connection has ended, or `limit` has passed.
    func arrivals(upTo count: Int, within limit: Duration) -> (arrivals: [Arrival], ending: Ending) {
        let start = clock.now()
        var arrivals: [Arrival] = []
        var total = 0
        while total < count {
            let left = start + limit - clock.now()
            guard left > .zero, Poll.readable(socket, within: left) else { return (arrivals, .quiet) }
            var buffer = [UInt8](repeating: 0, count: 1024)
            let got = unsafe recv(socket, &buffer, buffer.count, 0)
            if got < 0 { return (arrivals, errno == ECONNRESET ? .reset : .failed(errno)) }
            if got == 0 { return (arrivals, .closed) }
            let elapsed = (clock.now() - start).nanoseconds / 1_000_000
            arrivals.append(Arrival(milliseconds: Int(elapsed), bytes: Array(buffer.prefix(got))))
            total += got
        }
        return (arrivals, .complete)
    }

    enum Ending: Equatable {
        case complete, quiet, closed, reset
        case failed(Int32)
    }
}

enum TestSocket {
    /// A connected blocking socket to a loopback port; nil when it is refused.
    static func connect(port: UInt16) -> Int32? {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            close(socket)
            return nil
        }
        return socket
    }
}
