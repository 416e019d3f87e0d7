import Foundation
import Logging
import PlantModel
import PlantTime
import Synchronization
import WebTransfer

@testable import OperatorConsole

/// A real console on a free port and a temporary control socket, for the length of one test.
struct OpenConsole {
    let station = FakeStation()
    let doors: OperatorConsole.Doors
    let control: String
    let console: OperatorConsole

    struct Tokens: TokenTable {
        let people: [String: Person]
        func person(forToken token: String) -> Person? { people[token] }
    }

    static let zhang = Person(id: "zhang", name: "张三", role: .dutyOfficer, unixUser: "@self", language: .english)
    static let li = Person(id: "li", name: "李四", role: .auditor, unixUser: nil)

    static func with(
        people: [Person] = [zhang, li], tokens: Tokens? = nil, streams: Int = 200,
        configure: (inout ConsoleConfiguration) -> Void = { _ in }, _ body: (OpenConsole) async throws -> Void
    ) async throws {
        let open = try await OpenConsole(people: people, tokens: tokens, streams: streams, configure: configure)
        do {
            try await body(open)
        } catch {
            await open.console.stop()
            throw error
        }
        await open.console.stop()
    }

    private init(
        people: [Person], tokens: Tokens?, streams: Int, configure: (inout ConsoleConfiguration) -> Void
    ) async throws {
        // Short, because a socket's path holds 107 bytes at most.
        control = "/tmp/hazardd-\(UUID().uuidString.prefix(8)).sock"
        var configuration = ConsoleConfiguration(port: 0, control: .path(control))
        configure(&configuration)
        let site = SiteDescription(
            id: "demo", name: BilingualText(chinese: "示范园区", english: "Demo park"), people: people,
            capacities: Capacities(consoleStreams: streams))
        console = OperatorConsole(
            configuration: configuration, site: site, archive: station, desk: station, feed: station, health: station,
            board: station, clock: SteadyClock(), tokens: tokens,
            logger: Logger(label: "console", factory: { _ in SwiftLogNoOpLogHandler() }))
        doors = try await console.start()
    }

    // MARK: Asking it

    func get(_ path: String, _ headers: [WebHeader] = [], tcp: Bool = false) async throws -> WebResponse {
        try await ask(WebRequest(.get, "http://localhost\(path)", headers: headers), tcp: tcp)
    }

    func post(
        _ path: String, sight: String? = "\"7.1\"", key: String? = "k1", type: String? = "application/json",
        body: String = "{}", _ more: [WebHeader] = [], tcp: Bool = false
    ) async throws -> WebResponse {
        var headers = more
        if let sight { headers.append(WebHeader("If-Match", sight)) }
        if let key { headers.append(WebHeader("Idempotency-Key", key)) }
        headers.append(WebHeader("Content-Type", type ?? ""))
        return try await ask(
            WebRequest(.post, "http://localhost\(path)", headers: headers, body: Array(body.utf8)), tcp: tcp)
    }

    func ask(_ request: WebRequest, tcp: Bool = false) async throws -> WebResponse {
        var addressed = request
        let route = route(tcp: tcp, &addressed)
        return try await Self.onOwnThread { [addressed] in
            var session = WebSession(route: route)
            return try session.send(addressed)
        }
    }

    /// Reads a stream on a thread of its own until the server ends it or the reading is stopped.
    func read(_ path: String, lastEventID: UInt64? = nil) -> Reading {
        var request = WebRequest(.get, "http://localhost\(path)")
        if let lastEventID { request.headers.append(WebHeader("Last-Event-ID", String(lastEventID))) }
        return Reading(request, route: route(tcp: false, &request))
    }

    private func route(tcp: Bool, _ request: inout WebRequest) -> WebRoute {
        guard tcp else { return WebRoute(unixSocket: control, answerLimit: 1 << 24) }
        request.url = request.url.replacing("http://localhost", with: "http://127.0.0.1:\(doors.port ?? 0)")
        return WebRoute(answerLimit: 1 << 24)
    }

    /// curl blocks; the threads of Swift's tasks are the console's own.
    static func onOwnThread<Answer: Sendable>(_ body: @escaping @Sendable () throws -> Answer) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }
}

/// One event of a stream as its reader got it.
struct ReadEvent: Sendable, Equatable {
    var name = ""
    var id: UInt64?
    var data = ""
}

/// The reading end of an event stream.
final class Reading: Sendable {
    private let stop = TransferStop()
    let events: AsyncStream<ReadEvent>
    private let outcome: Task<WebResponse?, Never>

    init(_ request: WebRequest, route: WebRoute) {
        let (events, feed) = AsyncStream.makeStream(of: ReadEvent.self)
        self.events = events
        let stop = stop
        outcome = Task {
            try? await OpenConsole.onOwnThread {
                defer { feed.finish() }
                let parser = Mutex(ReadEvent())
                var session = WebSession(route: route, stop: stop)
                return try session.stream(request, silenceLimit: .seconds(60)) { line in
                    let complete: ReadEvent? = parser.withLock { event in
                        if line.isEmpty {
                            defer { event = ReadEvent() }
                            return event.name.isEmpty ? nil : event
                        }
                        let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
                        switch parts.first {
                        case "event": event.name = parts[1]
                        case "id": event.id = UInt64(parts[1])
                        case "data": event.data = parts[1]
                        default: break
                        }
                        return nil
                    }
                    if let complete { feed.yield(complete) }
                    return .goOn
                }
            }
        }
    }

    /// The first events of a kind, in order; fewer when the stream ends before.
    func first(_ count: Int, where isWanted: (ReadEvent) -> Bool = { $0.id != nil }) async -> [ReadEvent] {
        var found: [ReadEvent] = []
        for await event in events where isWanted(event) {
            found.append(event)
            if found.count == count { break }
        }
        return found
    }

    /// Leaves the stream; the server's answer if it ended by itself.
    @discardableResult
    func leave() async -> WebResponse? {
        stop.request()
        return await outcome.value
    }

    /// Waits for the server to end it.
    func ended() async -> WebResponse? { await outcome.value }
}

/// The members of a JSON answer.
func members(_ response: WebResponse) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any] ?? [:]
}
