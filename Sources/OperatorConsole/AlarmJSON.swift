import PlantModel
import PlantTime
import StationPorts

// What the API says of alarms (console.md 5). Alarms, journal pages and event streams use the same words for the same
// things: whoever reads one can read all.

extension AlarmView {
    /// The tag that an act must name in `If-Match`: occurrence and version, as the person saw them.
    var sight: AlarmSight { AlarmSight(occurrence: latest.occurrence, version: latest.version) }

    /// - Parameter names: people's names by id, for `acknowledged`.
    func json(names: PeopleNames) -> JSONText {
        // An answer carries no evidence of its own: the reading is that of the last record that the plant wrote.
        let evidence = latest.isWrittenByPlant ? latest : raise
        return [
            "rule": .text(latest.rule), "occurrence": .unsigned(UInt64(latest.occurrence)),
            "version": .unsigned(UInt64(latest.version)), "state": .text(latest.stateAfter), "masks": [],
            "priority": .text(latest.priority.word), "colour": .text(latest.colour.word),
            "level": latest.level == 0 ? nil : .unsigned(UInt64(latest.level)), "point": .text(latest.point),
            "pointName": latest.pointName.json, "area": .text(orNothing: latest.area),
            "hazardSource": .text(orNothing: latest.hazardSource), "hazardSourceName": latest.hazardSourceName.json,
            "reading": evidence.reading, "limit": latest.limitJSON, "occurredAt": .text(TimeText.utc(raise.occurredAt)),
            "decidedAt": .text(TimeText.utc(raise.decidedAt)), "changedAt": .text(TimeText.utc(latest.occurredAt)),
            "acknowledged": answer(names: names), "marks": .list(latest.markSet.words.map { .text($0) }),
            "guidance": latest.guidance.json,
            "respondWithinSeconds": latest.guidance.respondWithinSeconds.map { .integer(Int64($0)) },
            "sequence": .unsigned(latest.sequence),
        ]
    }

    /// Who answered and when; nil while nobody has.
    func answer(names: PeopleNames) -> JSONText? {
        guard let by = acknowledgedBy else { return nil }
        return [
            "by": .text(by), "name": .text(orNothing: names.name(of: by)),
            "at": acknowledgedAt.map { .text(TimeText.utc($0)) },
        ]
    }
}

extension AlarmRecord {
    /// One row of the journal.
    var json: JSONText {
        [
            "sequence": .unsigned(sequence), "key": .text(key), "transition": .text(transition), "rule": .text(rule),
            "occurrence": .unsigned(UInt64(occurrence)), "version": .unsigned(UInt64(version)),
            "level": level == 0 ? nil : .unsigned(UInt64(level)), "nth": .unsigned(UInt64(nth)),
            "stateBefore": .text(stateBefore), "state": .text(stateAfter), "priority": .text(priority.word),
            "colour": .text(colour.word), "point": .text(point), "pointName": pointName.json,
            "area": .text(orNothing: area), "hazardSource": .text(orNothing: hazardSource),
            "hazardSourceName": hazardSourceName.json, "reading": reading, "limit": limitJSON,
            "occurredAt": .text(TimeText.utc(occurredAt)), "decidedAt": .text(TimeText.utc(decidedAt)),
            "raisedAt": raisedAt.map { .text(TimeText.utc($0)) }, "duties": .list(dutySet.words.map { .text($0) }),
            "marks": .list(markSet.words.map { .text($0) }), "actor": .text(orNothing: actor),
            "origin": .text(orNothing: origin), "comment": .text(orNothing: comment),
            "refusal": .text(orNothing: refusal), "guidance": guidance.json,
            "respondWithinSeconds": guidance.respondWithinSeconds.map { .integer(Int64($0)) },
        ]
    }

    /// The judged value with unit, quality and time. A bad reading has a reason and no value.
    fileprivate var reading: JSONText {
        let isBad = quality == "bad"
        return [
            "value": isBad ? nil : value.map { .number($0) }, "unit": .text(unit), "quality": .text(quality),
            "reason": .text(orNothing: reason), "time": .text(TimeText.utc(occurredAt)),
        ]
    }

    fileprivate var limitJSON: JSONText { ["kind": .text(kind), "value": limit.map { .number($0) }] }

    fileprivate var isWrittenByPlant: Bool { actor == nil }
}

extension PointView {
    var json: JSONText {
        [
            "tag": .text(tag), "name": name.json, "unit": .text(unit), "quality": .text(quality),
            "reason": .text(orNothing: reason), "value": quality == "bad" ? nil : value?.json,
            "lastUsable": lastUsable.map { .number($0) }, "time": time.map { .text(TimeText.utc($0)) },
            "ageSeconds": ageSeconds.map { .number($0) },
        ]
    }
}

extension Payload {
    /// The number with all its digits.
    fileprivate var json: JSONText? {
        switch kind {
        case .none: nil
        case .float64: .number(Double(bitPattern: raw))
        case .signed64: .integer(Int64(bitPattern: raw))
        case .unsigned64, .bits64: .unsigned(raw)
        }
    }
}

extension BilingualText {
    var json: JSONText? {
        guard !isEmpty else { return nil }
        return ["zh-CN": .text(orNothing: chinese), "en": .text(orNothing: english)]
    }
}

extension Guidance {
    /// Both languages, each with what is known of cause, consequence and action; nil when nothing is.
    var json: JSONText? {
        func texts(_ pick: (BilingualText) -> String?) -> JSONText? {
            let members: JSONText = [
                "cause": .text(orNothing: pick(cause)), "consequence": .text(orNothing: pick(consequence)),
                "action": .text(orNothing: pick(action)),
            ]
            return members == [:] ? nil : members
        }
        let both: JSONText = ["zh-CN": texts(\.chinese), "en": texts(\.english)]
        return both == [:] ? nil : both
    }
}

extension Duties {
    var words: [String] {
        let all: [(Duties, String)] = [
            (.annunciate, "annunciate"), (.notify, "notify"), (.sayCleared, "sayCleared"),
            (.sayAcknowledged, "sayAcknowledged"), (.startEscalation, "startEscalation"),
            (.stopEscalation, "stopEscalation"), (.reportToPlatform, "reportToPlatform"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

/// The names of people by their id in the site's table.
struct PeopleNames: Sendable {
    private let names: [String: String]

    init(_ people: [Person]) {
        names = Dictionary(people.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    }

    func name(of id: String) -> String? { names[id] }
}
