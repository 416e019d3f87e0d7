import ArgumentParser
import FoundationEssentials
import PlantModel
import StationAPI
import WebTransfer

/// Where the station is and in which language to speak: the options that every command of the station has.
struct StationOptions: ParsableArguments {
    @Option(help: "The control socket. 控制通道(默认 $HAZARDD_CONTROL,或 /run/hazardd-control.sock)")
    var control: String?

    @Option(help: "Address of a remote console, as https://console.example. 远程控制台地址")
    var url: String?

    @Option(help: "File with the bearer token for --url. 令牌文件")
    var tokenFile: String?

    @Option(help: "Language, zh or en. 语言")
    var lang: Language?

    var language: Language { lang ?? Language.ofShell(Terminal.environment) }

    func open() throws -> StationChannel {
        Terminal.tellInterrupts()
        var token: String?
        if let tokenFile {
            guard let text = try? String(contentsOf: URL(filePath: tokenFile), encoding: .utf8),
                let line = text.split(whereSeparator: \.isNewline).first
            else { throw Refusal(.usage, Phrase.tokenUnreadable(language, ["file": tokenFile])) }
            token = String(line)
        }
        if let url { return StationChannel(base: url, route: WebRoute(), token: token, language: language) }
        let variable = Terminal.environment("HAZARDD_CONTROL").flatMap { $0.isEmpty ? nil : $0 }
        let path = control ?? variable ?? "/run/hazardd-control.sock"
        return StationChannel(
            base: "http://localhost", route: WebRoute(unixSocket: path), token: token, language: language)
    }
}

/// The line to a station: the HTTP API over the control socket, or over https to a remote console.
struct StationChannel: ~Copyable {
    let language: Language
    /// Where the station is, for messages.
    let place: String
    private let base: String
    private let token: String?
    private var session: WebSession

    /// A whole list may be long; a station's API is trusted more than the open net.
    private static let answerLimit = 64 << 20

    init(base: String, route: WebRoute, token: String?, language: Language) {
        var route = route
        route.answerLimit = Self.answerLimit
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.token = token
        self.language = language
        place = route.unixSocket ?? base
        session = WebSession(route: route)
    }

    /// Asks for a page; whatever is not a 2xx answer is a ``Refusal``.
    mutating func get<Answer: Decodable>(_ path: String, as _: Answer.Type = Answer.self) throws -> Answer {
        try decode(try bytes(path))
    }

    /// The same page as text for a table and as a tree for `--json`.
    mutating func bytes(_ path: String) throws -> [UInt8] {
        let response = try send(WebRequest(.get, base + path, headers: headers))
        try refuse(unless: response)
        return response.body
    }

    /// An act on an alarm. `nil` when the station cannot say yet what became of it: the same key may be sent again.
    mutating func act(
        _ path: String, sight: String, key: String, comment: String
    ) throws -> (answer: ActAnswer?, reason: String) {
        let body = try JSONEncoder().encode(["comment": comment])
        let request = WebRequest(
            .post, base + path,
            headers: headers + [
                WebHeader("If-Match", sight), WebHeader("Idempotency-Key", key),
                WebHeader("Content-Type", "application/json"),
            ], body: Array(body))
        do {
            let response = try session.send(request)
            if response.status == 503 || response.status == 504 {
                let problem: ProblemAnswer? = try? decode(response.body)
                return (nil, problem?.detail ?? "HTTP \(response.status)")
            }
            try refuse(unless: response)
            return (try decode(response.body), "")
        } catch let fault as TransferFault {
            // It may have arrived, or not: only the answer is missing.
            return (nil, "\(fault)")
        }
    }

    /// Reads the event stream after a sequence until it ends, breaks, or falls silent for `silenceLimit`.
    /// - Returns: why it ended.
    mutating func follow(
        after sequence: UInt64, silenceLimit: Duration, onEvent: @escaping (StreamEvent) -> Void
    ) throws -> String {
        var lines = EventLines()
        let request = WebRequest(.get, base + "/api/v1/events?after=\(sequence)", headers: headers)
        do {
            let response = try session.stream(request, silenceLimit: silenceLimit) { line in
                if let event = lines.take(line) { onEvent(event) }
                return .goOn
            }
            if response.status != 503 { try refuse(unless: response) }
            return "HTTP \(response.status)"
        } catch let fault as TransferFault {
            return "\(fault)"
        }
    }

    func decode<Answer: Decodable>(_ bytes: [UInt8]) throws -> Answer {
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(bytes))
        } catch {
            throw Refusal(.notReached, Phrase.answerUnreadable(language, ["place": place, "reason": "\(error)"]))
        }
    }

    private var headers: [WebHeader] {
        [WebHeader("Accept-Language", language.rawValue)]
            + (token.map { [WebHeader("Authorization", "Bearer \($0)")] } ?? [])
    }

    private mutating func send(_ request: WebRequest) throws -> WebResponse {
        do {
            return try session.send(request)
        } catch {
            throw Refusal(.notReached, Phrase.notReached(language, ["place": place, "reason": "\(error)"]))
        }
    }

    private func refuse(unless response: WebResponse) throws {
        guard !(200..<300).contains(response.status) else { return }
        let problem = try? JSONDecoder().decode(ProblemAnswer.self, from: Data(response.body))
        let line = problem.map { "\($0.title): \($0.detail)" } ?? "HTTP \(response.status)"
        throw Refusal(ExitStatus(httpStatus: response.status), line)
    }
}

enum PathText {
    /// One segment of an address, with everything but plain letters, digits and `-._~` percent-encoded.
    static func segment(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}
