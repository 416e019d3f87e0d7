import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOPosix
import PlantTime
import Synchronization

/// One open door: accepts connections, speaks HTTP/1.1 on each and brings what is asked to the reception.
struct Listener: Sendable {
    enum Place: Sendable {
        case loopback(host: String, port: Int)
        /// A listening Unix socket, owned from here on.
        case control(descriptor: Int32)
    }

    private let channel: any Channel
    private let guests: ConnectionBook

    /// Opens the door and serves until ``close()``.
    init(
        at place: Place, reception: Reception, configuration: ConsoleConfiguration, streams: Int,
        threads: any EventLoopGroup, logger: Logger
    ) async throws {
        let isControl = if case .control = place { true } else { false }
        let http = HTTP1Channel(
            responder: { request, writer, channel in
                let door = try await Self.door(of: channel, isControl: isControl)
                let response = await reception.answer(request, by: door, on: channel)
                try await writer.write(response: response.head, body: response.body)
            },
            configuration: .init(
                idleTimeout: .nanoseconds(configuration.idleLimit.nanoseconds),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 8192, maxHeaderListSize: 16_384, maxHeaderFieldCount: 64)))
        let guests = ConnectionBook()
        let connectionsMax = configuration.connections + streams
        let bootstrap = ServerBootstrap(group: threads)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: isControl ? 0 : 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Past the bound it stops accepting; the kernel's backlog waits, then refuses.
                    try channel.pipeline.syncOperations.addHandler(
                        AvailableConnectionsChannelHandler(maxConnections: connectionsMax))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // What the kernel may hold for a reader who does not read.
            .childChannelOption(.socketOption(.so_sndbuf), value: 65_536)
            .childChannelInitializer { channel in
                http.setup(channel: channel, logger: logger).map { guests.serve($0, by: http, logger: logger) }
            }
        switch place {
        case .loopback(let host, let port): channel = try await bootstrap.bind(host: host, port: port).get()
        case .control(let descriptor): channel = try await bootstrap.withBoundSocket(descriptor).get()
        }
        self.guests = guests
    }

    /// The port that the kernel chose; nil on the control socket.
    var port: Int? { channel.localAddress?.port }

    /// Accepts nobody any more, and ends every connection in order.
    func close() async {
        // Its only error is that the door is closed already.
        try? await channel.close()
        await guests.endAll()
    }

    private static func door(of channel: any Channel, isControl: Bool) async throws -> Caller.Door {
        guard isControl else { return .loopback(address: channel.remoteAddress?.ipAddress ?? "?") }
        let user = try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                ControlSocket.user(of: $0)
            }
        }.get()
        return .control(user: user.flatMap { $0 })
    }
}

/// The connections that are being served, each by a task of its own.
///
/// Every connection that NIO hands over gets its task, even one that comes while the door closes: NIO takes a connection
/// that nobody ends in order for a broken promise, and stops the process. They are ended by closing, not by cancelling
/// their tasks: that would close a half of a connection, and NIO does not allow it before it has registered the whole.
private final class ConnectionBook: Sendable {
    private struct Guest {
        var task: Task<Void, Never>
        var channel: any Channel
    }

    private struct State {
        var guests: [UInt64: Guest] = [:]
        var next: UInt64 = 0
        var isClosing = false
    }

    private let state = Mutex(State())

    func serve(_ connection: HTTP1Channel.Value, by http: HTTP1Channel, logger: Logger) {
        let channel = connection.channel
        state.withLock { state in
            let number = state.next
            state.next += 1
            // It leaves the book by itself, and not before it stands in it: leaving waits for this lock.
            let task = Task {
                await http.handle(value: connection, logger: logger)
                self.leave(number)
            }
            state.guests[number] = Guest(task: task, channel: channel)
            if state.isClosing { channel.close(promise: nil) }
        }
    }

    func endAll() async {
        let guests = state.withLock { state in
            state.isClosing = true
            return Array(state.guests.values)
        }
        for guest in guests { guest.channel.close(promise: nil) }
        for guest in guests { await guest.task.value }
    }

    private func leave(_ number: UInt64) { state.withLock { $0.guests[number] = nil } }
}
