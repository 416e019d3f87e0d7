import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import PlantModel
import PlantTime
import StationPorts

/// The desk behind every door: reads what is asked, has it answered, and says every refusal in the reader's language.
struct Reception: Sendable {
    let ports: Ports
    let people: ControlPeople
    let tokens: (any TokenTable)?
    let names: PeopleNames
    let site: SiteDescription
    let hub: EventHub
    let guardian: DoorGuard
    let bodyBytesMax: Int
    let clock: any PlantClock
    let logger: Logger

    /// What the console knows of the station.
    struct Ports: Sendable {
        let archive: ArchiveReader
        let desk: any CommandDesk
        let feed: any CommitFeed
        let health: any HealthPort
        let board: any BoardPort
    }

    /// Answers one request of a connection. Never throws for what a person did wrong: that is an answer too.
    func answer(_ request: Request, by door: Caller.Door, on channel: any Channel) async -> Response {
        let person = identify(request, door)
        let caller = Caller(door: door, person: person)
        let language = language(of: request, caller)
        var response: Response
        do {
            try guardian.admit(request, by: door)
            let route = try Route(method: request.method, path: request.uri.path)
            response = try await answer(route, request, caller, channel)
        } catch {
            response = say(error, to: request, in: language)
        }
        response.headers[.date] = HTTPDate.text(clock.wallNow())
        response.headers[.xContentTypeOptions] = "nosniff"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-cache" }
        return request.method == .head ? Response(status: response.status, headers: response.headers) : response
    }

    private func answer(
        _ route: Route, _ request: Request, _ caller: Caller, _ channel: any Channel
    ) async throws(Problem) -> Response {
        switch route {
        case .alarms: try await alarms(request)
        case .alarm(let name): try await alarm(name, request)
        case .act(let act, let name): try await perform(act, on: name, request, caller)
        case .events: try await events(request, channel)
        case .journal: try await journal(request)
        case .points: try points(request)
        case .point(let tag): try point(tag)
        case .health: health()
        case .alive: alive()
        case .ready: ready()
        case .metrics:
            Response(
                text: MetricsText.exposition(ports.health.metrics() + hub.metrics()), as: MetricsText.contentType)
        }
    }

    // MARK: Who and how

    private func identify(_ request: Request, _ door: Caller.Door) -> Person? {
        switch door {
        case .control(let user): people.person(ofUser: user)
        case .loopback: BearerToken(request.headers).flatMap { tokens?.person(forToken: $0.text) }
        }
    }

    private func language(of request: Request, _ caller: Caller) -> BilingualText.Language {
        request.headers[.acceptLanguage].flatMap { BilingualText.Language(acceptLanguage: $0) }
            ?? caller.person?.language ?? .chinese
    }

    private func say(_ problem: Problem, to request: Request, in language: BilingualText.Language) -> Response {
        if problem.kind.status.kind == .serverError {
            logger.warning(
                "request not answered", metadata: ["problem": "\(problem.type)", "found": "\(problem.found ?? "")"])
        }
        let body = problem.json(in: language, instance: request.uri.path, names: names)
        var response = Response(json: body, as: "application/problem+json", status: problem.kind.status)
        for field in problem.headers { response.headers[field.name] = field.value }
        if let present = problem.present { response.headers[.eTag] = present.sight.entityTag }
        response.headers[.contentLanguage] = language.rawValue
        response.headers[.vary] = "Accept-Language"
        response.headers[.cacheControl] = "no-store"
        return response
    }
}

/// The token of an `Authorization: Bearer` header (RFC 6750).
struct BearerToken: Sendable {
    let text: String

    init?(_ headers: HTTPFields) {
        guard let field = headers[.authorization] else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        text = String(parts[1].trimmingSpaces)
    }
}

extension Response {
    init(json: JSONText, as type: String = "application/json", status: HTTPResponse.Status = .ok) {
        self.init(text: json.encoded, as: type, status: status)
    }

    init(text: String, as type: String, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

/// `Tue, 24 Nov 2026 00:30:05 GMT` (RFC 9110, 5.6.7).
enum HTTPDate {
    private static let dayNames = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func text(_ time: WallTime) -> String {
        let civil = CivilTime(milliseconds: time.milliseconds)
        // 1970-01-01 was a Thursday. Days and remainders are rounded down, for times before it.
        let (days, rest) = time.wholeSeconds.quotientAndRemainder(dividingBy: 86_400)
        let day = Int(((rest < 0 ? days - 1 : days) % 7 + 7) % 7)
        let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return "\(dayNames[day]), \(two(civil.day)) \(monthNames[civil.month - 1]) \(civil.year) "
            + "\(TimeText.timeOfDay(time, offsetSeconds: 0)) GMT"
    }
}
