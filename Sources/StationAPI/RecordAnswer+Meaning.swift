package import PlantModel
import PlantTime

extension RecordAnswer {
    /// The journal's record that it was made from, as far as the API tells of it; nil when a word or a time cannot be read.
    package var record: AlarmRecord? {
        guard let occurred = WallTime(utc: occurredAt), let decided = WallTime(utc: decidedAt),
            let priority = Priority(word: priority), let colour = WarningColour(word: colour)
        else { return nil }
        return AlarmRecord(
            sequence: sequence, key: key, site: String(key.prefix { $0 != "/" }), transition: transition, rule: rule,
            kind: limit.kind, occurrence: occurrence, version: version, level: level ?? 0, nth: nth, point: point,
            pointName: pointName ?? BilingualText(), hazardSource: hazardSource ?? "",
            hazardSourceName: hazardSourceName ?? BilingualText(), area: area ?? "", value: reading.value,
            unit: reading.unit, quality: reading.quality, reason: reading.reason, limit: limit.value,
            priority: priority, colour: colour, stateBefore: stateBefore, stateAfter: state,
            marks: EventMarks(words: marks), occurredAt: occurred, decidedAt: decided,
            raisedAt: raisedAt.flatMap { WallTime(utc: $0) },
            guidance: guidance?.guidance(respondWithin: respondWithinSeconds) ?? Guidance(), actor: actor,
            origin: origin, comment: comment, refusal: refusal)
    }

    /// The alarm as it stands after this record; nil when it is back to normal.
    /// - Parameter known: how it stood before, as far as is known.
    package func alarm(following known: AlarmAnswer?) -> AlarmAnswer? {
        guard state != "normal" else { return nil }
        return AlarmAnswer(
            rule: rule, occurrence: occurrence, version: version, state: state, priority: priority, colour: colour,
            point: point, pointName: pointName, area: area,
            // An answer carries no evidence of its own: the reading stays that of the plant.
            reading: actor == nil ? reading : known?.reading ?? reading, limit: limit,
            occurredAt: known?.occurredAt ?? raisedAt ?? occurredAt, acknowledged: answered(following: known),
            guidance: guidance ?? known?.guidance, respondWithinSeconds: respondWithinSeconds, sequence: sequence)
    }

    private func answered(following known: AlarmAnswer?) -> AlarmAnswer.Answered? {
        guard AlarmState(word: state)?.awaitsAnswer == false else { return nil }
        guard transition == "acknowledge", let actor else { return known?.acknowledged }
        return AlarmAnswer.Answered(by: actor, name: nil, at: occurredAt)
    }
}

extension WallTime {
    fileprivate init?(utc text: String) {
        guard let milliseconds = TimeText.milliseconds(of: text) else { return nil }
        self.init(milliseconds: milliseconds)
    }
}
