import CModbus
import Glibc
import PlantTime
import Synchronization

/// Debian's own libmodbus as a device: one connection at a time, on a thread of its own. Registers are set before it
/// starts: a holding register at address a holds 1000 + a, an input register 2000 + a, and every third bit is set.
final class LibmodbusServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let peer = Mutex<Int32>(-1)
    private let stopping = Atomic(false)
    private let thread = Mutex<TestThread?>(nil)

    init(port: UInt16 = 0) {
        (listener, self.port) = loopbackListener(port: port)
        listen(listener, 4)
        thread.withLock { $0 = TestThread { [unowned self] in serve() } }
    }

    deinit { close(listener) }

    func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        shutdown(listener, Int32(SHUT_RDWR))
        peer.withLock { if $0 >= 0 { shutdown($0, Int32(SHUT_RDWR)) } }
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    private func serve() {
        guard let context = unsafe modbus_new_tcp("127.0.0.1", 1502),
            let map = unsafe modbus_mapping_new(64, 64, 64, 64)
        else {
            return
        }
        for address in 0..<64 {
            unsafe map.pointee.tab_bits[address] = address % 3 == 0 ? 1 : 0
            unsafe map.pointee.tab_input_bits[address] = address % 3 == 1 ? 1 : 0
            unsafe map.pointee.tab_registers[address] = UInt16(1000 + address)
            unsafe map.pointee.tab_input_registers[address] = UInt16(2000 + address)
        }
        var request = [UInt8](repeating: 0, count: 260)
        while !stopping.load(ordering: .sequentiallyConsistent) {
            var socket = listener
            let accepted = unsafe modbus_tcp_accept(context, &socket)
            guard accepted >= 0 else { break }
            peer.withLock { $0 = accepted }
            while !stopping.load(ordering: .sequentiallyConsistent) {
                let length = unsafe modbus_receive(context, &request)
                guard length > 0 else { break }
                unsafe modbus_reply(context, request, length, map)
            }
            peer.withLock { descriptor in
                unsafe modbus_close(context)
                descriptor = -1
            }
        }
        unsafe modbus_mapping_free(map)
        unsafe modbus_free(context)
    }
}
