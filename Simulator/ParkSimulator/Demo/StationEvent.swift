import Foundation
package import PlantModel
import PlantTime

/// One event of the daemon's stream (`/api/v1/events`), read back into the record that it was made from.
package struct StationEvent: Sendable, Equatable {
    package var record: AlarmRecord

    /// - Parameter data: the JSON behind `data:` of an `alarm` or `command` event; nil when it is something else.
    package init?(json data: String) {
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(data.utf8)),
            let occurred = TimeText.milliseconds(of: wire.occurredAt)
        else { return nil }
        record = AlarmRecord(
            sequence: wire.sequence, key: wire.key, site: String(wire.key.prefix { $0 != "/" }),
            transition: wire.transition, rule: wire.rule, kind: wire.limit?.kind ?? "", occurrence: wire.occurrence,
            version: wire.version, level: wire.level ?? 0, nth: wire.nth, point: wire.point,
            pointName: wire.pointName ?? BilingualText(), hazardSource: wire.hazardSource ?? "",
            hazardSourceName: wire.hazardSourceName ?? BilingualText(), area: wire.area ?? "",
            value: wire.reading?.value, unit: wire.reading?.unit ?? "", quality: wire.reading?.quality ?? "good",
            reason: wire.reading?.reason, limit: wire.limit?.value, priority: Priority(word: wire.priority) ?? .low,
            colour: WarningColour(word: wire.colour) ?? .blue, stateBefore: wire.stateBefore, stateAfter: wire.state,
            marks: wire.marks.reduce(into: []) { $0.formUnion(Self.marks[$1] ?? []) },
            occurredAt: WallTime(milliseconds: occurred), decidedAt: WallTime(milliseconds: occurred),
            raisedAt: wire.raisedAt.flatMap { TimeText.milliseconds(of: $0) }.map { WallTime(milliseconds: $0) },
            guidance: wire.guidance?.read(respondWithin: wire.respondWithinSeconds) ?? Guidance(), actor: wire.actor,
            origin: wire.origin, comment: wire.comment, refusal: wire.refusal)
    }

    private static let marks: [String: EventMarks] = [
        "late": .late, "afterRestart": .afterRestart, "notRecorded": .notRecorded, "masked": .masked,
        "supersedes": .supersedes,
    ]

    private struct Wire: Decodable {
        var sequence: UInt64
        var key: String
        var transition: String
        var rule: String
        var occurrence: UInt32
        var version: UInt32
        var level: UInt8?
        var nth: UInt32
        var stateBefore: String
        var state: String
        var priority: String
        var colour: String
        var point: String
        var pointName: BilingualText?
        var hazardSource: String?
        var hazardSourceName: BilingualText?
        var area: String?
        var reading: WireReading?
        var limit: WireLimit?
        var occurredAt: String
        var raisedAt: String?
        var marks: [String]
        var actor: String?
        var origin: String?
        var comment: String?
        var refusal: String?
        var guidance: WireGuidance?
        var respondWithinSeconds: Int?
    }

    private struct WireReading: Decodable {
        var value: Double?
        var unit: String?
        var quality: String?
        var reason: String?
    }

    private struct WireLimit: Decodable {
        var kind: String
        var value: Double?
    }

    private struct WireGuidance: Decodable {
        struct Texts: Decodable {
            var cause: String?
            var consequence: String?
            var action: String?
        }

        var chinese: Texts?
        var english: Texts?

        private enum CodingKeys: String, CodingKey {
            case chinese = "zh-CN"
            case english = "en"
        }

        func read(respondWithin seconds: Int?) -> Guidance {
            func both(_ pick: (Texts) -> String?) -> BilingualText {
                BilingualText(chinese: chinese.flatMap(pick), english: english.flatMap(pick))
            }
            return Guidance(
                cause: both(\.cause), consequence: both(\.consequence), action: both(\.action),
                respondWithinSeconds: seconds)
        }
    }
}

/// The lines of a server-sent event stream, put together to events. Pure: lines in, events out.
package struct EventLines: Sendable, Equatable {
    /// One whole event: its name, its data and, where it has one, its id.
    package struct Event: Sendable, Equatable {
        package var name: String
        package var data: String
        package var id: String?

        package init(name: String, data: String, id: String?) {
            self.name = name
            self.data = data
            self.id = id
        }
    }

    private var name = ""
    private var data: [String] = []
    private var id: String?

    package init() {}

    /// - Returns: the event that ends with this line, if one does.
    package mutating func take(_ line: String) -> Event? {
        if line.isEmpty {
            defer {
                name = ""
                data = []
                id = nil
            }
            return data.isEmpty
                ? nil : Event(name: name.isEmpty ? "message" : name, data: data.joined(separator: "\n"), id: id)
        }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count == 2 ? String(parts[1].first == " " ? parts[1].dropFirst() : parts[1]) : ""
        switch parts[0] {
        case "event": name = value
        case "data": data.append(value)
        case "id": id = value
        default: break
        }
        return nil
    }
}
