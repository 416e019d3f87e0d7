import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOPosix
import PlantTime

/// One open door: accepts connections, speaks HTTP/1.1 on each and brings what is asked to the reception.
struct Listener: Sendable {
    enum Place: Sendable {
        case loopback(host: String, port: Int)
        /// A listening Unix socket, owned from here on.
        case control(descriptor: Int32)
    }

    private typealias Connections = NIOAsyncChannel<HTTP1Channel.Value, Never>

    private let connections: Connections
    private let http: HTTP1Channel
    private let logger: Logger

    /// Opens the door. Connections wait in the kernel until ``serve()`` runs.
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
        let prepare: @Sendable (any Channel) -> EventLoopFuture<HTTP1Channel.Value> = { channel in
            http.setup(channel: channel, logger: logger)
        }
        switch place {
        case .loopback(let host, let port):
            connections = try await bootstrap.bind(host: host, port: port, childChannelInitializer: prepare)
        case .control(let descriptor):
            connections = try await bootstrap.bind(descriptor, childChannelInitializer: prepare)
        }
        self.http = http
        self.logger = logger
    }

    /// The port that the kernel chose; nil on the control socket.
    var port: Int? { connections.channel.localAddress?.port }

    /// Serves until ``close()``; returns when every connection has ended.
    ///
    /// Closing is the only way out: it hands over the connections that were accepted last, and each is then ended in
    /// order. A cancelled loop would drop them, which NIO takes for a broken promise.
    func serve() async {
        await withDiscardingTaskGroup { group in
            do {
                try await connections.executeThenClose { arriving in
                    for try await connection in arriving {
                        group.addTask { await http.handle(value: connection, logger: logger) }
                    }
                }
            } catch {
                logger.error("console stopped accepting", metadata: ["error": "\(error)"])
            }
            group.cancelAll()
        }
    }

    func close() { connections.channel.close(promise: nil) }

    /// Closes a door that never served.
    func abandon() async {
        try? await connections.executeThenClose { _ in }
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
