import CLinux
import DeviceMap
import Glibc
import PlantTime
import Synchronization

/// The serving side of ``ModbusPark``: owned by its one thread, from start to stop.
final class ModbusReactor {
    private let shared: ParkState
    private let clock = SteadyClock()
    private let epoll: Int32
    /// One per device; nil while it refuses.
    private var listeners: [Int32?]
    /// Place in the array = slot; a freed slot is used again.
    private var connections: [Connection?] = []
    /// When each slot's next piece of an answer is due.
    private var deadlines = DeadlineQueue(owners: 0)

    private struct Connection {
        var socket: Int32
        var device: Int
        var input: [UInt8] = []
        /// Pieces of answers in the order they leave.
        var output: [(due: PlantInstant, bytes: [UInt8])] = []
    }

    /// More unread input or unsent output than this ends a connection: no client of ours pipelines so much.
    private static let bufferLimit = 65_536

    init(_ shared: ParkState) {
        self.shared = shared
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(epoll >= 0, "no epoll could be made")
        listeners = shared.listeners
        watch(shared.bell, as: .bell)
        for (place, listener) in shared.listeners.enumerated() { watch(listener, as: .listener(place)) }
    }

    deinit { close(epoll) }

    func run() {
        var events = unsafe [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let count = unsafe epoll_wait(epoll, &events, Int32(events.count), timeoutMilliseconds())
            for place in 0..<max(0, Int(count)) {
                switch unsafe Token(events[place].data.u64) {
                case .bell: quietBell()
                case .listener(let device): accept(for: device)
                case .connection(let slot): read(slot)
                }
            }
            sendDue()
            if shared.state.withLock({ $0.isStopping }) { break }
            followRefusals()
        }
        for slot in connections.indices { drop(slot) }
        for case let listener? in listeners { close(listener) }
    }

    // MARK: Waiting

    private enum Token {
        case bell, listener(Int), connection(Int)

        init(_ raw: UInt64) {
            switch raw >> 32 {
            case 0: self = .bell
            case 1: self = .listener(Int(raw & 0xFFFF_FFFF))
            default: self = .connection(Int(raw & 0xFFFF_FFFF))
            }
        }

        var raw: UInt64 {
            switch self {
            case .bell: 0
            case .listener(let place): 1 << 32 | UInt64(place)
            case .connection(let slot): 2 << 32 | UInt64(slot)
            }
        }
    }

    private func watch(_ descriptor: Int32, as token: Token) {
        var event = unsafe epoll_event(events: EPOLLIN.rawValue, data: epoll_data(u64: token.raw))
        _ = unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
    }

    private func timeoutMilliseconds() -> Int32 {
        guard let next = deadlines.next else { return -1 }
        let wait = (next - clock.now()).nanoseconds
        return Int32(min(max(0, (wait + 999_999) / 1_000_000), 1000))
    }

    private func quietBell() {
        var count = eventfd_t()
        _ = unsafe eventfd_read(shared.bell, &count)
    }

    /// Opens and closes listeners as the devices' faults say.
    private func followRefusals() {
        let refusing = shared.state.withLock { $0.devices.map(\.refuses) }
        for (device, refuses) in refusing.enumerated() {
            if refuses, let listener = listeners[device] {
                close(listener)
                listeners[device] = nil
                for slot in connections.indices where connections[slot]?.device == device { reset(slot) }
            } else if !refuses, listeners[device] == nil {
                guard let listener = try? LoopbackSocket.bound(port: shared.ports[device]) else { continue }
                guard listen(listener, 128) == 0 else {
                    close(listener)
                    continue
                }
                listeners[device] = listener
                watch(listener, as: .listener(device))
            }
        }
    }

    // MARK: Connections

    private func accept(for device: Int) {
        guard let listener = listeners[device] else { return }
        while true {
            let socket = clinux_accept(listener)
            guard socket >= 0 else { return }
            let isWelcome = shared.state.withLock { state in
                state.devices[device].tally.connectionsAccepted += 1
                guard state.devices[device].tally.connectionsOpen < state.devices[device].connectionLimit else {
                    return false
                }
                state.devices[device].tally.connectionsOpen += 1
                state.devices[device].tally.connectionsMost = max(
                    state.devices[device].tally.connectionsMost, state.devices[device].tally.connectionsOpen)
                return true
            }
            guard isWelcome else {
                close(socket)
                continue
            }
            LoopbackSocket.setOption(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            let slot = connections.firstIndex { $0 == nil } ?? connections.count
            if slot == connections.count {
                connections.append(nil)
                deadlines.grow(to: connections.count)
            }
            connections[slot] = Connection(socket: socket, device: device)
            watch(socket, as: .connection(slot))
        }
    }

    private func read(_ slot: Int) {
        guard var connection = connections[slot] else { return }
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(connection.socket, &chunk, chunk.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0, connection.input.count + count <= Self.bufferLimit else {
            drop(slot)
            return
        }
        connection.input.append(contentsOf: chunk.prefix(count))
        while true {
            switch ModbusRequest.cut(from: connection.input) {
            case .incomplete:
                connections[slot] = connection
                sendDue(slot)
                return
            case .nonsense:
                shared.state.withLock { $0.devices[connection.device].tally.nonsense += 1 }
                drop(slot)
                return
            case .frame(let request, let taken):
                connection.input.removeFirst(taken)
                guard let answer = answer(to: request, of: connection.device) else { continue }
                if answer.resetsConnection {
                    reset(slot)
                    return
                }
                let now = clock.now()
                for piece in answer.pieces {
                    let due = now + .milliseconds(piece.afterMilliseconds)
                    connection.output.append((max(due, connection.output.last?.due ?? due), piece.bytes))
                }
            }
        }
    }

    /// The answer of the device's present registers and faults; nil for a unit that is not there, which stays silent.
    private func answer(to request: ModbusRequest, of device: Int) -> SpoiltAnswer? {
        shared.state.withLock { state in
            state.devices[device].tally.requests += 1
            state.devices[device].tally.functionCodes[request.functionCode, default: 0] += 1
            guard let bank = state.devices[device].units[request.unit] else {
                state.devices[device].tally.unknownUnits += 1
                return nil
            }
            let fault = state.devices[device].takeFault(unit: request.unit)
            return SpoiltAnswer(to: request, fault: fault) { bank.answer(to: request) }
        }
    }

    // MARK: Sending

    private func sendDue() {
        let now = clock.now()
        while let next = deadlines.next, next <= now, let slot = deadlines.nextOwner {
            deadlines.cancel(slot)
            sendDue(slot)
        }
    }

    private func sendDue(_ slot: Int) {
        guard var connection = connections[slot] else { return }
        let now = clock.now()
        while let piece = connection.output.first, piece.due <= now {
            let sent = unsafe send(
                connection.socket, piece.bytes, piece.bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            // An answer is far smaller than a socket's buffer: what does not fit belongs to a client that reads nothing.
            guard sent == piece.bytes.count else {
                drop(slot)
                return
            }
            connection.output.removeFirst()
        }
        connections[slot] = connection
        if let next = connection.output.first {
            deadlines.set(slot, at: next.due)
        } else {
            deadlines.cancel(slot)
        }
    }

    private func reset(_ slot: Int) {
        guard let connection = connections[slot] else { return }
        LoopbackSocket.resetAtClose(connection.socket)
        drop(slot)
    }

    private func drop(_ slot: Int) {
        guard let connection = connections[slot] else { return }
        close(connection.socket)
        connections[slot] = nil
        deadlines.cancel(slot)
        shared.state.withLock { $0.devices[connection.device].tally.connectionsOpen -= 1 }
    }
}
