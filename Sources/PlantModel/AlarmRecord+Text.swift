import PlantTime

extension AlarmRecord {
    /// The record as one line of JSON, its keys in order: the same bytes for the same record on every machine, since the
    /// journal's chain is made over them. What is not a finite number is left out: a record is never refused because of it.
    package var line: String {
        var line = JSONLine()
        line.object { line in
            line.member("actor", actor)
            line.member("area", area)
            line.member("colour", colour.rawValue)
            line.member("comment", comment)
            line.member("decidedAt", decidedAt.nanoseconds)
            line.member("duties", duties)
            line.member("guidance", guidance)
            line.member("hazardSource", hazardSource)
            line.member("hazardSourceName", hazardSourceName)
            line.member("idempotencyKey", idempotencyKey)
            line.member("inputSequence", inputSequence)
            line.member("key", key)
            line.member("kind", kind)
            line.member("level", level)
            line.member("limit", limit)
            line.member("limitWritten", limitWritten)
            line.member("marks", marks)
            line.member("nth", nth)
            line.member("occurredAt", occurredAt.nanoseconds)
            line.member("occurrence", occurrence)
            line.member("origin", origin)
            line.member("point", point)
            line.member("pointName", pointName)
            line.member("priority", priority.rawValue)
            line.member("quality", quality)
            line.member("raisedAt", raisedAt?.nanoseconds)
            line.member("reason", reason)
            line.member("refusal", refusal)
            line.member("rule", rule)
            line.member("sampleArrival", sampleArrival)
            line.member("samplePublished", samplePublished)
            line.member("sequence", sequence)
            line.member("site", site)
            line.member("stateAfter", stateAfter)
            line.member("stateBefore", stateBefore)
            line.member("transition", transition)
            line.member("unit", unit)
            line.member("value", value)
            line.member("version", version)
        }
        return line.text
    }
}
