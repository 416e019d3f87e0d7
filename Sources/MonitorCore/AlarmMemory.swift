import AlarmLogic
import PlantModel
import PlantTime

/// What a snapshot says of one alarm: its last judgement, and what people were told, if anything was.
struct AlarmMemory {
    var value: Double
    var quality: Quality
    var lifecycle = AlarmLifecycle()
    var lateThrough = PlantInstant.distantPast
    var isActive = false
    var level: UInt8 = 0
    /// By raw value of the transition; empty: none beyond a raise and a clear.
    var counts: [UInt32] = []

    init(_ part: inout SnapshotReader) throws(SnapshotRefused) {
        (value, quality) = (.nan, .good)
        // Before form 3 the judgement stood behind the standing, and nothing was left out.
        if part.form >= 3 {
            try readJudgement(&part)
            if part.isAtEnd { return }
            try readStanding(&part)
            if part.isAtEnd { return }
        } else {
            try readStanding(&part)
            try readJudgement(&part)
        }
        for _ in 0..<TransitionCounts.kinds { counts.append(try part.read()) }
    }

    private mutating func readJudgement(_ part: inout SnapshotReader) throws(SnapshotRefused) {
        value = try part.readDouble()
        quality = try part.readQuality()
    }

    private mutating func readStanding(_ part: inout SnapshotReader) throws(SnapshotRefused) {
        guard let state = AlarmState(rawValue: try part.read()) else { throw .damaged }
        lifecycle = AlarmLifecycle(state: state, occurrence: try part.read(), version: try part.read())
        lateThrough = try part.readInstant()
        isActive = try part.readBool()
        level = try part.read()
    }
}
