import CLinux
import CModbus
import Glibc
import PlantTime
import Synchronization

/// Debian's own libmodbus as a device, on a thread of its own: one connection at a time, or as many as it is told. Registers are set before it
/// starts: a holding register at address a holds 1000 + a, an input register 2000 + a, and every third bit is set.
final class LibmodbusServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let bell: Int32
    private let connectionsMax: Int
    private let mostAtOnce = Atomic(0)
    private let stopping = Atomic(false)
    private let thread = Mutex<TestThread?>(nil)

    init(port: UInt16 = 0, connectionsMax: Int = 1) {
        (listener, self.port) = loopbackListener(port: port)
        self.connectionsMax = connectionsMax
        bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        listen(listener, 128)
        thread.withLock { $0 = TestThread { [unowned self] in serve() } }
    }

    deinit {
        close(listener)
        close(bell)
    }

    /// The most connections that it has served at one time.
    var connectionsAtOnce: Int { mostAtOnce.load(ordering: .relaxed) }

    func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        eventfd_write(bell, 1)
        shutdown(listener, Int32(SHUT_RDWR))
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
        var peers: [Int32] = []
        while !stopping.load(ordering: .sequentiallyConsistent) {
            let door = peers.count < connectionsMax ? listener : -1
            var watched = ([bell, door] + peers).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            _ = unsafe poll(&watched, nfds_t(watched.count), 1000)
            for place in peers.indices.reversed() where watched[place + 2].revents != 0 {
                unsafe modbus_set_socket(context, peers[place])
                let length = unsafe modbus_receive(context, &request)
                if length > 0 {
                    unsafe modbus_reply(context, request, length, map)
                } else {
                    close(peers.remove(at: place))
                }
            }
            if watched[1].revents != 0 {
                var socket = listener
                let accepted = unsafe modbus_tcp_accept(context, &socket)
                guard accepted >= 0 else { break }
                peers.append(accepted)
                mostAtOnce.store(max(peers.count, connectionsAtOnce), ordering: .relaxed)
            }
        }
        for peer in peers { close(peer) }
        unsafe modbus_mapping_free(map)
        unsafe modbus_free(context)
    }
}
