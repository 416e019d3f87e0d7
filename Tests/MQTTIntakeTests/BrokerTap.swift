import Glibc
import RingPipeline
import Synchronization

/// A wire tap between a door and its broker: passes every byte on and keeps what the door says.
final class BrokerTap: Sendable {
    let port: UInt16
    private let listener: Int32
    private let broker: UInt16
    private let said = Mutex<[UInt8]>([])
    private let pieceCount = Atomic(0)
    private let stopping = Atomic(false)
    private let thread = Mutex<WorkerThread?>(nil)

    init(to broker: UInt16) throws {
        self.broker = broker
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = TestBroker.address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        guard unsafe TestBroker.withAddress(&address, { unsafe bind(descriptor, $0, size) }) == 0,
            listen(listener, 4) == 0,
            unsafe TestBroker.withAddress(&address, { unsafe getsockname(descriptor, $0, &size) }) == 0
        else { throw TestBroker.BrokerTrouble(log: "no port for the tap") }
        port = UInt16(bigEndian: address.sin_port)
        let started = try WorkerThread(starting: "tap") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Ends the tap's thread, which holds it alive.
    func stop() {
        stopping.store(true, ordering: .releasing)
        thread.withLock { $0.take() }?.join()
        close(listener)
    }

    /// In how many pieces the door's bytes have come so far.
    var pieces: Int { pieceCount.load(ordering: .relaxed) }

    /// How many PUBACKs the door has written so far.
    var acknowledgements: Int {
        said.withLock { bytes in
            var place = 0
            var count = 0
            while place < bytes.count {
                let kind = bytes[place] >> 4
                var length = 0
                var shift = 0
                repeat {
                    place += 1
                    guard place < bytes.count, shift < 28 else { return count }
                    length |= Int(bytes[place] & 0x7F) << shift
                    shift += 7
                } while bytes[place] & 0x80 != 0
                place += 1 + length
                if kind == 4, place <= bytes.count { count += 1 }
            }
            return count
        }
    }

    private func run() {
        while !stopping.load(ordering: .acquiring) {
            var waited = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&waited, 1, 20) > 0 else { continue }
            let door = accept(listener, nil, nil)
            let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = TestBroker.address(broker)
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            if unsafe TestBroker.withAddress(&address, { unsafe connect(far, $0, size) }) == 0 { passOn(door, far) }
            close(far)
            close(door)
        }
    }

    private func passOn(_ door: Int32, _ far: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !stopping.load(ordering: .acquiring) {
            var waited = [
                pollfd(fd: door, events: Int16(POLLIN), revents: 0), pollfd(fd: far, events: Int16(POLLIN), revents: 0),
            ]
            guard unsafe poll(&waited, 2, 20) > 0 else { continue }
            for (place, other) in [(0, far), (1, door)] where waited[place].revents != 0 {
                let count = unsafe read(waited[place].fd, &buffer, buffer.count)
                guard count > 0 else { return }
                if place == 0 {
                    said.withLock { $0.append(contentsOf: buffer.prefix(count)) }
                    pieceCount.wrappingAdd(1, ordering: .relaxed)
                }
                guard unsafe send(other, buffer, count, Int32(MSG_NOSIGNAL)) == count else { return }
            }
        }
    }
}
