import CLinux
import Glibc
import PlantTime
import Synchronization

/// One request as it arrived, all twelve bytes of it.
struct ArrivedRequest: Sendable {
    var bytes: [UInt8]
    /// Counted from 1, over all connections.
    var number: Int
    /// Counted from 1.
    var connection: Int
    /// Counted from 1 in its connection.
    var numberInConnection: Int

    var unit: UInt8 { bytes[6] }
    var function: UInt8 { bytes[7] }
    var start: Int { Int(bytes[8]) << 8 | Int(bytes[9]) }
    var count: Int { Int(bytes[10]) << 8 | Int(bytes[11]) }

    /// Whether every byte is as a read request must have it: nothing that writes can hide in it.
    var isPlainRead: Bool { bytes.count == 12 && bytes[2...5] == [0, 0, 0, 6] && (1...4).contains(function) }

    /// The right answer, each register from `word` of its address.
    func answer(_ word: (Int) -> UInt16) -> [UInt8] {
        var data: [UInt8] = []
        if function <= 2 {
            data = [UInt8](repeating: 0, count: (count + 7) / 8)
            for bit in 0..<count where word(start + bit) & 1 == 1 { data[bit / 8] |= 1 << UInt8(bit % 8) }
        } else {
            for address in start..<(start + count) { data += [UInt8(word(address) >> 8), UInt8(word(address) & 0xFF)] }
        }
        return frame([unit, function, UInt8(data.count)] + data)
    }

    func exception(_ code: UInt8) -> [UInt8] { frame([unit, function | 0x80, code]) }

    private func frame(_ body: [UInt8]) -> [UInt8] {
        [bytes[0], bytes[1], 0, 0, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    }
}

/// What a server does about a request, in order.
enum ServerStep: Sendable {
    case send([UInt8])
    /// One byte at a time, so many milliseconds apart.
    case dribble([UInt8], everyMilliseconds: Int)
    case reset
    case close
}

/// A TCP server on 127.0.0.1 and a port of the system's choice, on a thread of its own, that answers as it is told.
final class FaultServer: Sendable {
    typealias Behaviour = @Sendable (ArrivedRequest) -> [ServerStep]

    private struct Ledger {
        var isBusy = false
        var isDoorOpen = true
        var turnedAway = 0
        var requests: [ArrivedRequest] = []
        var connections = 0
        var open = 0
    }

    let port: UInt16
    private let listener: Int32
    private let bell: Int32
    private let ledger = Mutex(Ledger())
    private let stopping = Atomic(false)
    private let thread = Mutex<TestThread?>(nil)
    private let connectionsMax: Int
    private let behaviour: Behaviour

    /// - Parameters:
    ///   - isListening: false refuses every connection until ``listen()``.
    ///   - connectionsMax: one more is ended as soon as it is there.
    init(isListening: Bool = true, connectionsMax: Int = .max, _ behaviour: @escaping Behaviour) {
        self.connectionsMax = connectionsMax
        self.behaviour = behaviour
        (listener, port) = loopbackListener()
        bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        if isListening { Glibc.listen(listener, 16) }
        thread.withLock { $0 = TestThread { [unowned self] in serve() } }
    }

    deinit {
        close(listener)
        close(bell)
    }

    func listen() {
        Glibc.listen(listener, 16)
        setDoor(isOpen: true)
    }

    /// From now on connections are refused until ``listen()``; those that stand go on.
    func refuse() {
        setDoor(isOpen: false)
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Shut, connections are made by the system but nobody takes them: a device that is slow to accept.
    func setDoor(isOpen: Bool) {
        ledger.withLock { $0.isDoorOpen = isOpen }
        eventfd_write(bell, 1)
    }

    func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        eventfd_write(bell, 1)
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    var requests: [ArrivedRequest] { ledger.withLock { $0.requests } }
    /// It has a request in hand, and is not merely dribbling an answer.
    var isBusy: Bool { ledger.withLock { $0.isBusy } }
    var connectionCount: Int { ledger.withLock { $0.connections } }
    var openConnections: Int { ledger.withLock { $0.open } }
    /// Connections more than ``connectionsMax``.
    var turnedAway: Int { ledger.withLock { $0.turnedAway } }

    private struct Peer {
        var descriptor: Int32
        var number: Int
        var requests = 0
        var inbox: [UInt8] = []
    }

    private func serve() {
        var peers: [Peer] = []
        while !stopping.load(ordering: .sequentiallyConsistent) {
            let door = ledger.withLock { $0.isDoorOpen } ? listener : -1
            var watched = ([bell, door] + peers.map(\.descriptor)).map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            _ = unsafe poll(&watched, nfds_t(watched.count), 1000)
            if watched[0].revents != 0 {
                var count: UInt64 = 0
                _ = unsafe read(bell, &count, 8)
            }
            for place in peers.indices.reversed() where watched[place + 2].revents != 0 {
                if !attend(&peers[place]) {
                    if peers[place].descriptor >= 0 { close(peers[place].descriptor) }
                    peers.remove(at: place)
                    ledger.withLock { $0.open -= 1 }
                }
            }
            // Asked again: the door may have been shut while this thread waited at it.
            if watched[1].revents & Int16(POLLIN) != 0, ledger.withLock({ $0.isDoorOpen }) {
                let descriptor = clinux_accept(listener)
                guard descriptor >= 0 else { continue }
                guard peers.count < connectionsMax else {
                    ledger.withLock { $0.turnedAway += 1 }
                    close(descriptor)
                    continue
                }
                var on: Int32 = 1
                _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
                let number = ledger.withLock { ledger in
                    ledger.connections += 1
                    ledger.open += 1
                    return ledger.connections
                }
                peers.append(Peer(descriptor: descriptor, number: number))
            }
        }
        for peer in peers { close(peer.descriptor) }
    }

    /// - Returns: false when the connection is over.
    private func attend(_ peer: inout Peer) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = unsafe recv(peer.descriptor, &buffer, buffer.count, 0)
        if count < 0 { return errno == EAGAIN }
        guard count > 0 else { return false }
        peer.inbox += buffer[..<count]
        while peer.inbox.count >= 12 {
            peer.requests += 1
            let bytes = Array(peer.inbox.prefix(12))
            peer.inbox.removeFirst(12)
            let (connection, place) = (peer.number, peer.requests)
            let request = ledger.withLock { ledger in
                let request = ArrivedRequest(
                    bytes: bytes, number: ledger.requests.count + 1, connection: connection, numberInConnection: place)
                ledger.requests.append(request)
                ledger.isBusy = true
                return request
            }
            defer { ledger.withLock { $0.isBusy = false } }
            for step in behaviour(request) where !perform(step, &peer) { return false }
        }
        return true
    }

    private func perform(_ step: ServerStep, _ peer: inout Peer) -> Bool {
        switch step {
        case .send(let bytes):
            return transmit(bytes, peer.descriptor)
        case .dribble(let bytes, let pause):
            ledger.withLock { $0.isBusy = false }
            for byte in bytes {
                guard transmit([byte], peer.descriptor) else { return false }
                waitReadable(bell, upTo: .milliseconds(pause))
            }
            return true
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            _ = unsafe setsockopt(
                peer.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
            return false
        case .close:
            return false
        }
    }

    private func transmit(_ bytes: [UInt8], _ descriptor: Int32) -> Bool {
        unsafe bytes.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            == bytes.count
    }
}

/// A socket bound to a free port of 127.0.0.1; it refuses until somebody listens on it.
/// - Parameter port: 0 for one of the system's choice; else one that an ended server has had.
func loopbackListener(port: UInt16 = 0) -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    precondition(descriptor >= 0, "a socket can be had")
    var on: Int32 = 1
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            let bound = unsafe bind(descriptor, generic, size)
            return unsafe bound == 0 ? getsockname(descriptor, generic, &size) : bound
        }
    }
    precondition(result == 0, "127.0.0.1 can be bound")
    let bound = UInt16(bigEndian: address.sin_port)
    guard port == 0 else { return (descriptor, bound) }
    // Asked for by number, the port is kept while the socket listens, refuses and listens again.
    defer { close(descriptor) }
    return loopbackListener(port: bound)
}

/// A plain thread that a test starts and joins.
final class TestThread: Sendable {
    private let thread: pthread_t

    init(_ body: @escaping @Sendable () -> Void) {
        let errand = unsafe Unmanaged.passRetained(TestErrand(body))
        var thread = pthread_t()
        let result = unsafe pthread_create(&thread, nil, runTestErrand, errand.toOpaque())
        precondition(result == 0, "a thread can be had")
        self.thread = thread
    }

    func join() { pthread_join(thread, nil) }
}

private final class TestErrand: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

nonisolated private func runTestErrand(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    unsafe Unmanaged<TestErrand>.fromOpaque(argument).takeRetainedValue().body()
    return nil
}

/// An answer that a server holds back for a while. Used by the server's thread only, and so kept in order.
final class HeldAnswer: Sendable {
    private let answer = Mutex<[UInt8]?>(nil)

    func keep(_ bytes: [UInt8]) { answer.withLock { $0 = bytes } }

    func take() -> [[UInt8]]? {
        answer.withLock { answer in
            defer { answer = nil }
            return answer.map { [$0] }
        }
    }
}
