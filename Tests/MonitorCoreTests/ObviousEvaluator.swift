import PlantModel
import PlantTime

/// Semantics.md part A, STATE, STALE and BAD_QUALITY a second time, the slow and obvious way: a clock that walks in steps
/// of 250 ms, delays that are counted up in milliseconds, windows that look at every row there ever was.
struct ObviousEvaluator {
    struct Row { var time: Int64, point: Int, value: Double? }

    struct Said: Equatable, CustomStringConvertible {
        var time: Int64, rule: Int, isRaise: Bool, value: Double
        var description: String { "\(time) #\(rule) \(isRaise ? "raise" : "clear") \(value)" }
    }

    private enum Seen { case raise, hold, clear, unknown }

    private struct Memory {
        var isActive = false
        /// Milliseconds served of the delay that runs or is paused; nil: none.
        var served: Int64?
        var isPaused = false
        var isStale = false
        var value = Double.nan
    }

    let rules: [Rule]
    let rows: [Row]
    private var memories: [Memory]
    private var said: [Said] = []
    private static let step: Int64 = 250

    init(rules: [Rule], rows: [Row]) {
        self.rules = rules
        self.rows = rows
        memories = Array(repeating: Memory(), count: rules.count)
    }

    mutating func run() -> [Said] {
        guard let first = rows.first?.time, let last = rows.last?.time else { return [] }
        for now in stride(from: first, through: last, by: Int(Self.step)) {
            if now > first { serve() }
            for (index, row) in rows.enumerated() where row.time == now { judge(row, upTo: index) }
            for rule in rules.indices { endDelay(of: rule, at: now) }
            for rule in rules.indices { notice(silenceOf: rule, since: first, at: now) }
        }
        return said
    }

    private mutating func serve() {
        for rule in rules.indices where !memories[rule].isPaused {
            memories[rule].served = memories[rule].served.map { $0 + Self.step }
        }
    }

    private func delay(_ rule: Int) -> Int64 {
        (memories[rule].isActive ? rules[rule].offDelay : rules[rule].onDelay).nanoseconds / 1_000_000
    }

    private mutating func endDelay(of rule: Int, at now: Int64) {
        guard let served = memories[rule].served, !memories[rule].isPaused, served >= delay(rule) else { return }
        memories[rule].isActive.toggle()
        memories[rule].served = nil
        said.append(Said(time: now, rule: rule, isRaise: memories[rule].isActive, value: memories[rule].value))
    }

    private mutating func notice(silenceOf rule: Int, since start: Int64, at now: Int64) {
        guard let maxAge = rules[rule].maxAge.map({ $0.nanoseconds / 1_000_000 }) else { return }
        let point = Self.number(rules[rule].point)
        let last = rows.last { $0.point == point && $0.time <= now }?.time ?? start
        guard last + maxAge == now, !memories[rule].isStale else { return }
        memories[rule].isStale = true
        switch rules[rule].kind {
        case .stale: take(rule, .raise, value: Double(maxAge) / 1000, at: now)
        case .badQuality: take(rule, .raise, value: 2, at: now)
        default: take(rule, .unknown, value: .nan, at: now)
        }
    }

    private mutating func judge(_ row: Row, upTo index: Int) {
        for rule in rules.indices where Self.number(rules[rule].point) == row.point {
            memories[rule].isStale = false
            let (seen, value) = look(rules[rule], row, rows[...index])
            take(rule, seen, value: value, at: row.time)
        }
    }

    private func look(_ rule: Rule, _ row: Row, _ past: ArraySlice<Row>) -> (Seen, Double) {
        if case .stale = rule.kind { return (.clear, 0) }
        guard let value = row.value else {
            if case .badQuality = rule.kind { return (.raise, 1) }
            return (.unknown, .nan)
        }
        switch rule.kind {
        case .threshold(let threshold):
            let up = threshold.looksUp ? 1.0 : -1.0
            return (zone(value * up, threshold.limit * up, threshold.deadband), value)
        case .rateOfChange(let rate):
            guard case .leastSquares(let window) = rate.estimator,
                let slope = slope(past.filter { $0.point == row.point }, at: row.time, window.nanoseconds / 1_000_000)
            else { return (.unknown, .nan) }
            let seen = rate.direction == .either ? abs(slope) : rate.direction == .rise ? slope : -slope
            return (zone(seen, rate.limit, rate.deadband), slope)
        case .state(.states(let states)): return (states.contains(value) ? .raise : .clear, value)
        case .badQuality: return (.clear, 0)
        default: preconditionFailure("the obvious evaluator does not know this kind")
        }
    }

    private func zone(_ value: Double, _ limit: Double, _ deadband: Double) -> Seen {
        value >= limit ? .raise : value < limit - deadband ? .clear : .hold
    }

    /// In exact integers of half units and milliseconds.
    private func slope(_ rows: [Row], at now: Int64, _ window: Int64) -> Double? {
        let seen = rows.filter { $0.time >= now - window && $0.value != nil }
        guard seen.count >= 2, let oldest = seen.first, 2 * (now - oldest.time) >= window else { return nil }
        var (t, x, tt, tx): (Int128, Int128, Int128, Int128) = (0, 0, 0, 0)
        for row in seen {
            let (time, halves) = (Int128(row.time - now), Int128((row.value ?? 0) * 2))
            t += time
            x += halves
            tt += time * time
            tx += time * halves
        }
        let count = Int128(seen.count)
        return Double((count * tx - t * x) * 500) / Double(count * tt - t * t)
    }

    private mutating func take(_ rule: Int, _ seen: Seen, value: Double, at now: Int64) {
        if seen != .unknown { memories[rule].value = value }
        let towards: Seen = memories[rule].isActive ? .clear : .raise
        if seen == towards {
            // Nothing to run, or paused with nothing left: at the row itself. Any other delay ends behind the rows of
            // its instant, which may yet cancel it.
            let isOver = delay(rule) == 0 || memories[rule].isPaused && memories[rule].served == delay(rule)
            memories[rule].isPaused = false
            memories[rule].served = memories[rule].served ?? 0
            if isOver { endDelay(of: rule, at: now) }
        } else if seen == .unknown, !memories[rule].isActive {
            memories[rule].isPaused = memories[rule].served != nil
        } else {
            memories[rule].served = nil
            memories[rule].isPaused = false
        }
    }

    static func number(_ tag: String) -> Int { ["A": 0, "B": 1, "C": 2][tag] ?? 0 }
}
