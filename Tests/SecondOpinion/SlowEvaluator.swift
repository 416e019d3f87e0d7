package import PlantModel

/// Semantics.md A and B a second time: slow, obvious, in exact fractions, and without a line of the product besides the
/// rules as they were read. Windows, estimators, totals and means are computed anew from the whole list of rows at
/// every judgement; only what the page itself calls a state (active, a delay served, an anchor, a level) is kept.
///
/// The product computes in doubles. Where a number that plain IEEE arithmetic cannot hold exactly comes so near to a
/// limit that rounding may decide (see ``Quantity``), the evaluator notes the instant in ``doubtfulFrom``: from there on
/// the two may differ without either being wrong.
package struct SlowEvaluator {
    struct LoggedRow {
        var time: Int64
        /// nil: BAD.
        var value: Double?
        /// The double is exactly the number that is meant, or its one rounding.
        var isPlain: Bool
    }

    /// What the page calls a step (B1).
    enum Step: Equatable {
        case row(point: Int)
        case timer
        case stale
    }

    /// A delay: time served before, and since when it runs; nil: it is paused.
    struct Delay {
        var served: Int64
        var since: Int64?
    }

    struct Memory {
        var isActive = false
        /// Its last judgement was unknown; before the first it is not.
        var isUnknown = false
        var delay: Delay?
        /// Of the last judgement that was not unknown.
        var value = Fraction.zero
        /// Points it reads that are stale for it.
        var stale: Set<Int> = []
        var raises: [Int64] = []
        var raisedWith = Fraction.zero
        var clearedWith = Fraction.zero
        /// FROZEN: when and at which value.
        var anchor: (time: Int64, value: Quantity)?
        /// LADDER: 0 is none.
        var level = 0
    }

    struct Said {
        var time: Int64
        var entry: Int
        var line: EventLine
    }

    let entries: [RuleSet.Entry]
    /// By entry: the points it reads and the entries it names.
    let reads: [[Int]]
    let names: [[Int]]
    private let numbers: [String: Int]

    var log: [[LoggedRow]]
    var memories: [Memory]
    var now: Int64 = 0
    private var start: Int64 = 0
    /// Points with a row in this step, derived points that went stale in it, rules that changed in it.
    private var arrived: Set<Int> = []
    private var wentStale: Set<Int> = []
    private var changed: Set<Int> = []
    /// Ladders that went to another level in it: news only to a vote that scores levels.
    private var climbed: Set<Int> = []
    private var said: [Said] = []

    /// What it saw and which delays it kept, for drawings.
    package private(set) var trace = Trace()

    /// The first instant at which rounding may decide; nil: there is none.
    package internal(set) var doubtfulFrom: Int64?
    /// Rows older than the newest before them (A1).
    package private(set) var rowsDropped = 0

    package init(_ rules: RuleSet) {
        entries = rules.entries
        var numbers: [String: Int] = [:]
        func number(_ point: String) -> Int {
            if let known = numbers[point] { return known }
            numbers[point] = numbers.count
            return numbers.count - 1
        }
        var ids: [String: Int] = [:]
        var reads: [[Int]] = []
        var names: [[Int]] = []
        for (index, entry) in rules.entries.enumerated() {
            switch entry {
            case .derived(let derived):
                reads.append(derived.inputs.map(number))
                names.append([])
                _ = number(derived.name)
            case .rule(let rule):
                ids[rule.id] = index
                reads.append(rule.kind.pointsRead(besides: rule.point).map(number))
                names.append(rule.kind.rulesNamed.compactMap { ids[$0] })
            }
        }
        self.numbers = numbers
        self.reads = reads
        self.names = names
        log = Array(repeating: [], count: numbers.count)
        memories = Array(repeating: Memory(), count: rules.entries.count)
    }

    /// The events of a recording, in the order of A10.
    package mutating func run(_ recording: [RecordedRow]) -> [EventLine] {
        var rows: [RecordedRow] = []
        for row in recording {
            if let newest = rows.last, row.time < newest.time { rowsDropped += 1 } else { rows.append(row) }
        }
        guard let first = rows.first, let last = rows.last else { return [] }
        start = first.time
        now = start
        var next = 0
        while true {
            while next < rows.count, rows[next].time == now {
                let row = rows[next]
                next += 1
                guard let point = numbers[row.point] else { continue }
                log[point].append(LoggedRow(time: now, value: row.value, isPlain: true))
                take(.row(point: point))
            }
            take(.timer)
            take(.stale)
            traceDelays()
            let instants = [next < rows.count ? rows[next].time : nil, nextOfRules()].compactMap { $0 }
            guard let instant = instants.min(), instant <= last.time else { break }
            now = instant
        }
        return said.enumerated().sorted {
            ($0.element.time, $0.element.entry, $0.offset) < ($1.element.time, $1.element.entry, $1.offset)
        }.map(\.element.line)
    }

    // MARK: Steps

    /// Once through the file, top to bottom.
    private mutating func take(_ step: Step) {
        arrived = []
        wentStale = []
        changed = []
        climbed = []
        if case .row(let point) = step { arrived = [point] }
        for index in entries.indices {
            switch entries[index] {
            case .derived(let derived): consider(derived, index, step)
            case .rule(let rule): consider(rule, index, step)
            }
        }
    }

    private mutating func consider(_ derived: DerivedPoint, _ index: Int, _ step: Step) {
        guard let own = numbers[derived.name] else { return }
        for input in reads[index] {
            if arrived.contains(input) {
                memories[index].stale.remove(input)
            } else if step == .stale,
                wentStale.contains(input) || derived.maxAge.map({ isSilent(input, for: $0.ms) }) ?? false
            {
                memories[index].stale.insert(input)
                wentStale.insert(own)
            }
        }
        guard reads[index].contains(where: arrived.contains), reads[index].allSatisfy({ !log[$0].isEmpty }) else {
            return
        }
        log[own].append(compute(derived, index))
        arrived.insert(own)
    }

    private mutating func consider(_ rule: Rule, _ index: Int, _ step: Step) {
        var isJudged = false
        for point in reads[index] {
            if arrived.contains(point) {
                memories[index].stale.remove(point)
                isJudged = true
            } else if step == .stale {
                let inherits = wentStale.contains(point) && rule.kind != .stale
                if inherits || rule.maxAge.map({ isSilent(point, for: $0.ms) }) ?? false {
                    memories[index].stale.insert(point)
                    isJudged = true
                }
            }
        }
        switch rule.kind {
        case .frozen: break
        case .vote where rule.kind.hasScores && names[index].contains(where: climbed.contains): isJudged = true
        case .count(_, _, let window):
            let leaves = names[index].contains { memories[$0].raises.contains(now - window.ms) }
            if step == .timer && leaves { isJudged = true }
            fallthrough
        default: if names[index].contains(where: changed.contains) { isJudged = true }
        }
        if isJudged {
            if case .ladder = rule.kind { climb(rule, index) } else { apply(judge(rule, index), to: rule, index) }
        }
        if step == .timer, end(of: index) == now { flip(rule, index) }
    }

    /// Whether this very instant ends `age` of silence: no row since, or none ever since start-up (B6).
    private func isSilent(_ point: Int, for age: Int64) -> Bool { (log[point].last?.time ?? start) + age == now }

    /// The next instant at which a delay ends, a raise leaves a COUNT or a point goes stale.
    private func nextOfRules() -> Int64? {
        var instants: [Int64] = []
        for index in entries.indices {
            if let end = end(of: index) { instants.append(end) }
            let maxAge: Duration?
            switch entries[index] {
            case .derived(let derived): maxAge = derived.maxAge
            case .rule(let rule):
                maxAge = rule.maxAge
                if case .count(_, _, let window) = rule.kind {
                    for member in names[index] { instants += memories[member].raises.map { $0 + window.ms } }
                }
            }
            if let maxAge { instants += reads[index].map { (log[$0].last?.time ?? start) + maxAge.ms } }
        }
        return instants.filter { $0 > now }.min()
    }

    // MARK: Delays (A4 to A7)

    private func length(_ rule: Rule, _ index: Int) -> Int64 {
        if memories[index].isActive { return rule.offDelay.ms }
        if case .expect(_, let within, _) = rule.kind { return within.ms }
        return rule.onDelay.ms
    }

    /// When the running delay of an entry ends.
    private func end(of index: Int) -> Int64? {
        guard case .rule(let rule) = entries[index], let delay = memories[index].delay, let since = delay.since else {
            return nil
        }
        return since + length(rule, index) - delay.served
    }

    private mutating func apply(_ finding: Finding, to rule: Rule, _ index: Int) {
        if memories[index].isUnknown != finding.isUnknown { changed.insert(index) }
        memories[index].isUnknown = finding.isUnknown
        trace.judged.append(Trace.Mark(time: now, rule: rule.id, sign: finding.sign))
        guard case .zone(let zone, let value) = finding else {
            if memories[index].isActive {
                memories[index].delay = nil
            } else if let delay = memories[index].delay, let since = delay.since {
                memories[index].delay = Delay(served: delay.served + now - since, since: nil)
            }
            return
        }
        memories[index].value = value
        guard zone == (memories[index].isActive ? .clear : .raise) else {
            memories[index].delay = nil
            return
        }
        if memories[index].delay?.since == nil {
            let served = memories[index].delay?.served ?? 0
            memories[index].delay = Delay(served: served, since: now)
            if served >= length(rule, index) { flip(rule, index) }
        }
    }

    private mutating func flip(_ rule: Rule, _ index: Int) {
        trace.ended.append(Trace.Mark(time: now, rule: rule.id, sign: ">"))
        memories[index].delay = nil
        memories[index].isActive.toggle()
        if memories[index].isActive { note(raiseOf: index) } else { note(clearOf: index) }
        say(memories[index].isActive ? "raise" : "clear", memories[index].value, rule, index)
    }

    private mutating func note(raiseOf index: Int) {
        memories[index].raises.append(now)
        memories[index].raisedWith = memories[index].value
        changed.insert(index)
    }

    private mutating func note(clearOf index: Int) {
        memories[index].clearedWith = memories[index].value
        changed.insert(index)
    }

    private mutating func say(_ event: String, _ value: Fraction, _ rule: Rule, _ index: Int) {
        guard !rule.isSilent else { return }
        said.append(
            Said(
                time: now, entry: index,
                line: EventLine(
                    time: UTCText.text(now), rule: rule.id, point: rule.point, event: event, value: value.nearest)))
    }

    private mutating func traceDelays() {
        for index in entries.indices {
            guard case .rule(let rule) = entries[index], let delay = memories[index].delay else { continue }
            let sign: Character = delay.since == nil ? ":" : memories[index].isActive ? "~" : "="
            trace.delays.append(Trace.Mark(time: now, rule: rule.id, sign: sign))
        }
        trace.instants.append(now)
    }

    // MARK: LADDER

    private mutating func climb(_ rule: Rule, _ index: Int) {
        let levels = names[index]
        let isUnknown = levels.contains { memories[$0].isUnknown }
        if memories[index].isUnknown != isUnknown { changed.insert(index) }
        memories[index].isUnknown = isUnknown
        let old = memories[index].level
        let level = (levels.lastIndex { memories[$0].isActive } ?? -1) + 1
        trace.judged.append(Trace.Mark(time: now, rule: rule.id, sign: Character("\(level % 10)")))
        guard level != old else { return }
        memories[index].level = level
        climbed.insert(index)
        memories[index].isActive = level > 0
        let value = level > old ? memories[levels[level - 1]].raisedWith : memories[levels[old - 1]].clearedWith
        memories[index].value = value
        if old == 0 { note(raiseOf: index) }
        if level == 0 { note(clearOf: index) }
        let event =
            level == 0
            ? "clear" : old == 0 ? "raise:\(level)" : level > old ? "escalate:\(level)" : "de-escalate:\(level)"
        say(event, value, rule, index)
    }
}

extension Duration {
    /// Whole milliseconds.
    var ms: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}

extension RuleKind {
    /// The points that a rule of this kind is judged by.
    func pointsRead(besides point: String) -> [String] {
        switch self {
        case .vote, .count, .ladder: []
        case .deviation(let other, _, _, _): [point, other]
        case .threshold, .rateOfChange, .state, .badQuality, .stale, .frozen, .expect, .timeTo, .timeWeightedAverage:
            [point]
        }
    }

    var hasScores: Bool {
        if case .vote(_, _, _, let scores) = self { !scores.isEmpty } else { false }
    }

    /// The rules it names, in their order.
    var rulesNamed: [String] {
        switch self {
        case .vote(let of, _, _, _), .count(let of, _, _): of
        case .ladder(let levels): levels
        case .expect(let when, _, _): [when]
        case .frozen(_, _, let unless): unless.map { [$0] } ?? []
        case .threshold, .rateOfChange, .state, .badQuality, .stale, .deviation, .timeTo, .timeWeightedAverage: []
        }
    }
}
