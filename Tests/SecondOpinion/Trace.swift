/// What the slow evaluator saw on the way, as signs of a drawing.
package struct Trace: Sendable {
    package struct Mark: Sendable {
        package var time: Int64
        package var rule: String
        package var sign: Character
    }

    /// Judgements: `^` raise zone, `-` hold zone, `_` clear zone, `?` unknown; of a LADDER its level.
    package var judged: [Mark] = []
    /// Behind each instant: `=` the on-delay runs, `:` it is paused, `~` the off-delay runs.
    package var delays: [Mark] = []
    /// Delays that ended in an event.
    package var ended: [Mark] = []
    /// All instants at which anything was looked at.
    package var instants: [Int64] = []

    /// The zone of the last judgement at an instant; nil: it was not judged there.
    package func zone(of rule: String, at time: Int64) -> Character? {
        judged.last { $0.time == time && $0.rule == rule }?.sign
    }

    /// The delay behind an instant.
    package func delay(of rule: String, behind time: Int64) -> Character? {
        guard let instant = instants.last(where: { $0 <= time }) else { return nil }
        return delays.first { $0.time == instant && $0.rule == rule }?.sign
    }

    package func hasEnded(_ rule: String, at time: Int64) -> Bool {
        ended.contains { $0.time == time && $0.rule == rule }
    }
}

extension Finding {
    var sign: Character {
        switch self {
        case .unknown: "?"
        case .zone(.raise, _): "^"
        case .zone(.hold, _): "-"
        case .zone(.clear, _): "_"
        }
    }
}
