import CModbus
import Glibc
import ParkSimulator
import RingPipeline
import Synchronization

/// Debian's own libmodbus as a device: `modbus_tcp_listen` on a free loopback port, one connection at a time.
final class LibmodbusDevice: Sendable {
    let port: UInt16
    private let registers: Mutex<[UInt16]>
    private let listener: Int32
    private let peer = Mutex<Int32>(-1)
    private let isStopping = Atomic(false)
    private let thread = Mutex<WorkerThread?>(nil)

    init(registers: [UInt16]) throws {
        guard let context = unsafe modbus_new_tcp("127.0.0.1", 0) else { throw ParkFailure("libmodbus has no memory") }
        defer { unsafe modbus_free(context) }
        // libmodbus binds the port that it is given; 0 lets the kernel choose.
        listener = unsafe modbus_tcp_listen(context, 2)
        guard listener >= 0 else { throw ParkFailure("libmodbus cannot listen: errno \(errno)") }
        port = Self.port(of: listener)
        self.registers = Mutex(registers)
        thread.withLock { $0 = WorkerThread(named: "libmodbus") { [unowned self] in serve() } }
    }

    /// What a holding register says from the next request on.
    func set(_ value: UInt16, at address: Int = 0) { registers.withLock { $0[address] = value } }

    /// Closes everything and ends the thread. Once.
    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        shutdown(listener, Int32(SHUT_RDWR))
        peer.withLock { if $0 >= 0 { shutdown($0, Int32(SHUT_RDWR)) } }
        thread.withLock { held in
            held?.join()
            held = nil
        }
        close(listener)
    }

    private func serve() {
        let count = registers.withLock { $0.count }
        guard let context = unsafe modbus_new_tcp("127.0.0.1", 0),
            let map = unsafe modbus_mapping_new(0, 0, Int32(count), 0)
        else { return }
        var request = [UInt8](repeating: 0, count: Int(MODBUS_TCP_MAX_ADU_LENGTH))
        while !isStopping.load(ordering: .sequentiallyConsistent) {
            var socket = listener
            let accepted = unsafe modbus_tcp_accept(context, &socket)
            guard accepted >= 0 else { break }
            peer.withLock { $0 = accepted }
            while !isStopping.load(ordering: .sequentiallyConsistent) {
                let length = unsafe modbus_receive(context, &request)
                guard length > 0 else { break }
                registers.withLock { values in
                    for (address, value) in values.enumerated() {
                        unsafe map.pointee.tab_registers[address] = value
                    }
                }
                unsafe modbus_reply(context, request, length, map)
            }
            peer.withLock { held in
                unsafe modbus_close(context)
                held = -1
            }
        }
        unsafe modbus_mapping_free(map)
        unsafe modbus_free(context)
    }

    private static func port(of socket: Int32) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(socket, $0, &size)
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }
}
