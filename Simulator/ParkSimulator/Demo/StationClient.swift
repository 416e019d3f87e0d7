import Foundation
import PlantModel
import PlantTime
import StationAPI
import Synchronization
import WebTransfer

/// The daemon's API over its control socket, as far as the demo needs it.
package struct StationClient: Sendable {
    private let controlSocket: String

    package init(controlSocket: String) { self.controlSocket = controlSocket }

    private var route: WebRoute { WebRoute(unixSocket: controlSocket, answerLimit: 4_194_304) }

    /// Acknowledges the newest open occurrence of a rule, as whoever runs this program. Blocks for at most 10 s.
    package func acknowledge(rule: String, comment: String) throws(ParkFailure) {
        var session = WebSession(route: route)
        let list: AlarmListAnswer
        do {
            let answer = try session.send(WebRequest(.get, "http://hazardd/api/v1/alarms"))
            list = try JSONDecoder().decode(AlarmListAnswer.self, from: Data(answer.body))
        } catch { throw ParkFailure("the open alarms could not be read: \(error)") }
        guard let alarm = list.alarms.filter({ $0.rule == rule }).max(by: { $0.occurrence < $1.occurrence }) else {
            throw ParkFailure("\(rule) could not be acknowledged: it is not open")
        }
        let body = (try? JSONEncoder().encode(["comment": comment])) ?? Data("{}".utf8)
        let request = WebRequest(
            .post, "http://hazardd/api/v1/alarms/\(rule)/\(alarm.occurrence)/acknowledge",
            headers: [
                WebHeader("Content-Type", "application/json"),
                WebHeader("If-Match", "\"\(alarm.occurrence).\(alarm.version)\""),
                WebHeader("Idempotency-Key", "parksim-\(RandomName.make(letters: 16))"),
            ], body: Array(body))
        let answer: WebResponse
        do { answer = try session.send(request) } catch {
            throw ParkFailure("\(rule) could not be acknowledged: \(error)")
        }
        guard (200..<300).contains(answer.status) else {
            let said = String(decoding: answer.body.prefix(300), as: UTF8.self)
            throw ParkFailure("\(rule) could not be acknowledged: status \(answer.status), \(said)")
        }
    }

    /// Follows the event stream and hands over each event, until `stop` is requested. Resumes behind the last event after
    /// every break, so that none is missed. Blocks.
    /// - Parameter onTrouble: told once per break, with a reason for a person.
    func follow(
        stop: TransferStop, onEvent: @escaping (AlarmRecord) -> Void, onTrouble: (String) -> Void
    ) {
        let position = Position()
        while !stop.isRequested {
            var session = WebSession(route: route, stop: stop)
            var lines = EventLines()
            do {
                let url = "http://hazardd/api/v1/events?after=\(position.sequence)"
                let answer = try session.stream(WebRequest(.get, url), silenceLimit: .seconds(15)) { line in
                    if let event = lines.take(line), event.name == "alarm" || event.name == "command",
                        let record = Self.record(in: event)
                    {
                        position.sequence = max(position.sequence, record.sequence)
                        onEvent(record)
                    }
                    return stop.isRequested ? .stop : .goOn
                }
                if !(200..<300).contains(answer.status) { onTrouble("the event stream answers \(answer.status)") }
            } catch {
                if !stop.isRequested { onTrouble("the event stream broke: \(error)") }
            }
            if !stop.isRequested { _ = Poll.readable([], within: .milliseconds(300)) }
        }
    }

    private static func record(in event: StreamEvent) -> AlarmRecord? {
        (try? JSONDecoder().decode(RecordAnswer.self, from: Data(event.data.utf8)))?.record
    }

    private final class Position {
        var sequence: UInt64 = 0
    }
}
