import AlarmLogic
import PlantModel
import PlantTime

/// Turns a rule set into the core's flat lists, in file order (semantics.md B2: what an entry names stands above it, so
/// file order is the order of dependence and there are no cycles).
struct RuleCompiler {
    private(set) var book = RuleBook()
    private(set) var points: [PointCell] = []
    private(set) var cells: [EntryCell] = []
    private(set) var alarms: [AlarmCell] = []
    private(set) var watches: [SilenceWatch] = []
    private(set) var silenceGroups: [SilenceGroup] = []
    var lists = KindLists()

    private let start: PlantInstant
    private var pointNumbers: [String: UInt32] = [:]
    private var entryNumbers: [String: UInt32] = [:]
    private var unmadeDerived: Set<String> = []
    private var slopeNumbers: [SlopeKey: UInt32] = [:]
    private var readersOf: [[PointReader]] = []
    private var dependentsOf: [[UInt32]] = []

    /// Of each group, its number and its last watch so far.
    private var groupEnds: [SilenceKey: (number: UInt32, last: Int32)] = [:]

    private struct SilenceKey: Hashable {
        var point: UInt32
        var maxAge: Int64
    }

    private struct SlopeKey: Hashable {
        var point: UInt32
        var method: SlopeCell.Method
        var span: Int64
    }

    /// - Parameter start: staleness of points that never had a row counts from here (B6).
    init(points tags: [String], rules: RuleSet, startingAt start: PlantInstant) throws(RuleRefusal) {
        self.start = start
        reserve(for: rules, tags.count)
        for tag in tags { addPoint(tag) }
        for case .derived(let derived) in rules.entries { unmadeDerived.insert(derived.name) }
        for entry in rules.entries {
            switch entry {
            case .rule(let rule): try add(rule)
            case .derived(let derived): try add(derived)
            }
        }
        flattenReaders()
    }

    /// The lists that grow with every rule get their room at once: grown step by step they would keep up to twice of it.
    private mutating func reserve(for rules: RuleSet, _ tags: Int) {
        let count = rules.entries.count
        cells.reserveCapacity(count)
        alarms.reserveCapacity(count)
        book.fingerprints.reserveCapacity(count)
        points.reserveCapacity(tags)
        book.tags.reserveCapacity(tags)
        watches.reserveCapacity(
            rules.entries.count { if case .rule(let rule) = $0 { rule.maxAge != nil } else { false } })
        let windows = rules.entries.count { entry in
            if case .rule(let rule) = entry, case .rateOfChange(let rate) = rule.kind,
                case .leastSquares = rate.estimator
            {
                true
            } else {
                false
            }
        }
        lists.leastSquares.reserveCapacity(windows)
        lists.slopes.reserveCapacity(windows)
    }

    // MARK: Rules

    private mutating func add(_ rule: Rule) throws(RuleRefusal) {
        guard book.rules.number(of: rule.id) == nil else {
            throw RuleRefusal(rule.location, "rule id \(rule.id) is used twice; give each rule an id of its own")
        }
        let entry = UInt32(cells.count)
        var cell = EntryCell(
            mechanism: .threshold, isSilent: rule.isSilent, point: try point(rule.point, at: rule.location),
            rule: UInt32(alarms.count), delays: Delays(on: rule.onDelay, off: rule.offDelay))
        dependentsOf.append([])
        if rule.kind.readsItsPoint {
            cell.watch = read(cell.point, by: entry, maxAge: rule.maxAge)
        }
        try shape(&cell, entry: entry, after: rule)
        cells.append(cell)
        alarms.append(AlarmCell(entry: entry, priority: rule.priority, isLatching: rule.latching))
        book.rules.append(rule.id)
        entryNumbers[rule.id] = entry
        book.fingerprints.append(RuleFingerprint(rule).value)
    }

    // MARK: Names

    private mutating func addPoint(_ tag: String) {
        pointNumbers[tag] = UInt32(points.count)
        book.tags.append(tag)
        points.append(PointCell())
        readersOf.append([])
    }

    /// The number of a point; a derived one must stand above.
    func point(_ tag: String, at location: SourceLocation) throws(RuleRefusal) -> UInt32 {
        if unmadeDerived.contains(tag) {
            throw RuleRefusal(location, "derived point \(tag) stands below its first use; move it above")
        }
        guard let number = pointNumbers[tag] else {
            throw RuleRefusal(location, "point \(tag) is not known here; name a point of the site or derive it above")
        }
        return number
    }

    /// The entry of a rule that another rule names.
    func entry(named id: String, at location: SourceLocation) throws(RuleRefusal) -> UInt32 {
        guard let entry = entryNumbers[id] else {
            throw RuleRefusal(location, "rule \(id) does not stand above; a rule names only rules above it")
        }
        return entry
    }

    /// Lists the members of a rule in the list of members, and that rule among those they tell of their changes.
    mutating func name(_ ids: [String], by entry: UInt32, at location: SourceLocation) throws(RuleRefusal) -> Slice {
        let list = Slice(start: UInt32(lists.members.count), count: UInt32(ids.count))
        guard Set(ids).count == ids.count else {
            throw RuleRefusal(location, "the list names a rule twice; name each once")
        }
        guard !ids.isEmpty else { throw RuleRefusal(location, "the list of rules is empty; name at least one") }
        for id in ids {
            let member = try self.entry(named: id, at: location)
            lists.members.append(member)
            dependentsOf[Int(member)].append(entry)
        }
        return list
    }

    /// Has `entry` told when the rule `id` is raised or cleared, or becomes or ceases to be unknown.
    mutating func follow(_ id: String, by entry: UInt32, at location: SourceLocation) throws(RuleRefusal) -> UInt32 {
        let named = try self.entry(named: id, at: location)
        dependentsOf[Int(named)].append(entry)
        return named
    }

    /// Makes `entry` a reader of a point, and keeps watch on its silence if `maxAge` is given.
    /// - Returns: the watch, or -1.
    mutating func read(_ point: UInt32, by entry: UInt32, maxAge: Duration?) -> Int32 {
        var watch: Int32 = -1
        if let maxAge {
            watch = Int32(watches.count)
            let key = SilenceKey(point: point, maxAge: maxAge.nanoseconds)
            if let known = groupEnds[key] {
                watches[Int(known.last)].following = watch
            } else {
                silenceGroups.append(SilenceGroup(point: point, firstWatch: watch, maxAge: key.maxAge))
            }
            let group = groupEnds[key]?.number ?? UInt32(silenceGroups.count - 1)
            groupEnds[key] = (group, watch)
            watches.append(SilenceWatch(entry: entry, group: group, notBefore: .distantPast))
        }
        readersOf[Int(point)].append(PointReader(entry: entry, watch: watch))
        return watch
    }

    /// The slope of a point by an estimator: one for all rules that ask for the same.
    mutating func slope(
        of point: UInt32, by estimator: RuleKind.Estimator, at location: SourceLocation
    ) throws(RuleRefusal) -> UInt32 {
        let (method, duration): (SlopeCell.Method, Duration) =
            switch estimator {
            case .leastSquares(let window): (.leastSquares, window)
            case .theilSen(let window): (.theilSen, window)
            case .ewma(let tau): (.weighted, tau)
            }
        let span = try milliseconds(duration, at: location)
        let key = SlopeKey(point: point, method: method, span: span)
        if let known = slopeNumbers[key] { return known }
        let place: Int
        switch method {
        case .leastSquares:
            place = lists.leastSquares.count
            lists.leastSquares.append(LeastSquaresSlope(windowMilliseconds: span))
            if points[Int(point)].window < 0 {
                points[Int(point)].window = Int32(place)
                points[Int(point)].slope = Int32(lists.slopes.count)
            }
        case .theilSen:
            place = lists.theilSen.count
            lists.theilSen.append(TheilSenSlope(windowMilliseconds: span))
        case .weighted:
            place = lists.weighted.count
            lists.weighted.append(WeightedTrend(tauMilliseconds: span))
        }
        let number = UInt32(lists.slopes.count)
        lists.slopes.append(SlopeCell(method: method, place: UInt32(place), point: point, span: span))
        slopeNumbers[key] = number
        return number
    }

    /// A window in whole milliseconds, above 0 and at most two years.
    func milliseconds(_ duration: Duration, at location: SourceLocation) throws(RuleRefusal) -> Int64 {
        let milliseconds = duration.nanoseconds / 1_000_000
        guard milliseconds > 0, milliseconds <= LeastSquaresSlope.spanMax / 2 else {
            throw RuleRefusal(location, "a window of \(duration.seconds) s is not above 0 and within two years")
        }
        return milliseconds
    }

    // MARK: Derived points

    private mutating func add(_ derived: DerivedPoint) throws(RuleRefusal) {
        let location = derived.location
        guard unmadeDerived.contains(derived.name) else {
            throw RuleRefusal(location, "derived point \(derived.name) is made twice; give each a name of its own")
        }
        guard Set(derived.inputs).count == derived.inputs.count else {
            throw RuleRefusal(location, "the list names a point twice; name each once")
        }
        let entry = UInt32(cells.count)
        dependentsOf.append([])
        var inputs: [DerivedInput] = []
        for tag in derived.inputs {
            let input = try point(tag, at: location)
            inputs.append(DerivedInput(point: input, watch: read(input, by: entry, maxAge: derived.maxAge)))
        }
        let operation = try operation(of: derived)
        unmadeDerived.remove(derived.name)
        if pointNumbers[derived.name] == nil { addPoint(derived.name) }
        let output = try point(derived.name, at: location)
        points[Int(output)].isDerived = true
        let detail = UInt32(lists.derived.count)
        lists.derived.append(
            DerivedCell(
                operation: operation, output: output,
                inputs: Slice(start: UInt32(lists.derivedInputs.count), count: UInt32(inputs.count))))
        lists.derivedInputs.append(contentsOf: inputs)
        cells.append(EntryCell(mechanism: .derived, point: output, rule: .max, detail: detail))
        book.fingerprints.append(RuleFingerprint(derived).value)
    }

    // MARK: Lists

    private mutating func append(_ readers: [PointReader]) -> Slice {
        defer { book.readers.append(contentsOf: readers) }
        return Slice(start: UInt32(book.readers.count), count: UInt32(readers.count))
    }

    private mutating func flattenReaders() {
        let lively = readersOf.map { $0.filter { !cells[Int($0.entry)].mechanism.restsInBand } }
        let restless = lively.enumerated().map { number, readers in
            readers.filter { !cells[Int($0.entry)].isRate(over: points[number].slope) }
        }
        book.readers.reserveCapacity((readersOf + lively + restless).reduce(0) { $0 + $1.count })
        for (number, readers) in readersOf.enumerated() {
            points[number].readers = append(readers)
            points[number].livelyReaders = append(lively[number])
            points[number].restlessReaders = append(restless[number])
            for reader in readers { narrowBands(of: number, by: cells[Int(reader.entry)]) }
        }
        for (number, dependents) in dependentsOf.enumerated() {
            cells[number].dependents = Slice(start: UInt32(book.dependents.count), count: UInt32(dependents.count))
            book.dependents.append(contentsOf: dependents)
        }
    }
}

extension RuleCompiler {
    /// A value or a slope in the band of a point is in no raise zone.
    private mutating func narrowBands(of point: Int, by cell: EntryCell) {
        var band = cell.limit.band
        if cell.mechanism == .threshold {
            points[point].bandLow = max(points[point].bandLow, band.low)
            points[point].bandHigh = min(points[point].bandHigh, band.high)
        } else if cell.isRate(over: points[point].slope) {
            if cell.takesMagnitude { band.low = -band.high }
            points[point].slopeLow = max(points[point].slopeLow, band.low)
            points[point].slopeHigh = min(points[point].slopeHigh, band.high)
        }
    }
}

extension RuleKind {
    /// VOTE, COUNT and LADDER only show their point.
    fileprivate var readsItsPoint: Bool {
        switch self {
        case .vote, .count, .ladder: false
        default: true
        }
    }
}
