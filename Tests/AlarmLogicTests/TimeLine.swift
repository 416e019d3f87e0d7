import AlarmLogic
import PlantTime

/// A condition drawn as text: one column a second, what is seen above, what becomes of it below
/// (`.` normal, `p` on-delay running, `s` on-delay paused, `A` raised, `a` active, `r` off-delay running, `R` returned).
struct TimeLine {
    private var condition = AlarmCondition()
    private let delays: Delays

    init(on: Int, off: Int) { delays = Delays(on: .seconds(on), off: .seconds(off)) }

    /// - Parameter verdicts: `^` raise zone, `-` hold, `v` clear, `?` unknown, `_` no row.
    mutating func drawing(of verdicts: String) -> String {
        verdicts.split(separator: " ").enumerated().map { column(second: $0, $1) }.joined(separator: " ")
    }

    private mutating func column(second: Int, _ mark: Substring) -> String {
        let now = PlantInstant(milliseconds: Int64(second) * 1000)
        var change = AlarmCondition.Change.none
        // Rows of an instant come before the delays that end in it.
        if let verdict = Self.verdict(mark) { change = condition.judge(verdict, at: now, delays) }
        if condition.delayEnd == now { change = condition.delayEnded() }
        switch (change, condition.isActive, condition.timer) {
        case (.raised, _, _): return "A"
        case (.cleared, _, _): return "R"
        case (.none, false, .idle): return "."
        case (.none, false, .running): return "p"
        case (.none, false, .paused): return "s"
        case (.none, true, .idle), (.none, true, .paused): return "a"
        case (.none, true, .running): return "r"
        }
    }

    private static func verdict(_ mark: Substring) -> Verdict? {
        switch mark {
        case "^": .raise
        case "-": .hold
        case "v": .clear
        case "?": .unknown
        default: nil
        }
    }
}
