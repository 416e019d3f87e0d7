import Foundation
import StationAPI
import WebTransfer

/// The station's API through its control socket, as `hazardctl` uses it. Its calls block for a moment at most.
struct StationDoor: Sendable {
    let control: String

    func get(_ path: String) -> WebResponse? {
        var session = WebSession(route: WebRoute(unixSocket: control, answerLimit: 8 << 20))
        return try? session.send(WebRequest(.get, "http://hazardd\(path)"))
    }

    private func decoded<Answer: Decodable>(_ path: String, as type: Answer.Type) -> Answer? {
        guard let response = get(path), response.status == 200 else { return nil }
        return try? JSONDecoder().decode(type, from: Data(response.body))
    }

    /// The open alarms; nil when the station does not answer.
    func alarms() -> [AlarmAnswer]? { decoded("/api/v1/alarms", as: AlarmListAnswer.self)?.alarms }
    func alarm(_ rule: String) -> AlarmAnswer? { alarms()?.last { $0.rule == rule } }
    func point(_ tag: String) -> PointAnswer? { decoded("/api/v1/points/\(tag)", as: PointAnswer.self) }

    /// Acknowledges an alarm as it was seen.
    /// - Returns: the status of the answer; nil when none came: then it may have been done or not.
    func acknowledge(_ alarm: AlarmAnswer, key: String, comment: String = "seen") -> Int? {
        var session = WebSession(route: WebRoute(unixSocket: control))
        let request = WebRequest(
            .post, "http://hazardd/api/v1/alarms/\(alarm.rule)/\(alarm.occurrence)/acknowledge",
            headers: [
                WebHeader("Content-Type", "application/json"), WebHeader("Idempotency-Key", key),
                WebHeader("If-Match", "\"\(alarm.occurrence).\(alarm.version)\""),
            ], body: Array("{\"comment\":\"\(comment)\"}".utf8))
        return (try? session.send(request))?.status
    }

    /// The value of a metric with these labels; nil when there is none.
    func metric(_ line: String) -> Double? {
        get("/metrics")?.text.split(separator: "\n").first { $0.hasPrefix("\(line) ") }
            .flatMap { Double($0.dropFirst(line.count + 1)) }
    }
}
