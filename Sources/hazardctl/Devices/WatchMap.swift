import DeviceMap
import PlantModel
import PlantTime
import SiteProfile

/// Which rules look at which points of a site: their values, whether those can be trusted, and their silence. What an
/// integrator asks before trusting a screen that is quiet.
struct WatchMap {
    /// A rule that looks at a point.
    struct Eye: Equatable {
        /// In the order of judgement.
        var rule: Int
        var by = Way.itself
    }

    /// How a rule comes to see a point.
    enum Way: Equatable {
        case itself
        /// By a derived point that is made of it.
        case madeOfIt(String)
        /// By a point that comes with it, in one request or one message: of what befalls both, a lost link or silence.
        case comingWithIt(String)
    }

    /// All eyes on one point. Only rules that tell somebody count, by themselves or by a rule that they feed.
    struct Sight: Equatable {
        /// Judge what the value is.
        var judges: [Eye] = []
        /// Tell that it is bad.
        var trust: [Eye] = []
        /// Tell that no rows come.
        var silence: [Eye] = []

        var isJudged: Bool { !judges.isEmpty }
        /// Its own badness is told, and not only what befalls others with it.
        var isTrustTold: Bool { trust.contains { if case .comingWithIt = $0.by { false } else { true } } }
        var all: [Eye] { judges + trust + silence }
    }

    let rules: [Rule]
    /// Derived points of the site, in order.
    let derived: [DerivedPoint]
    /// By tag: the rules that read the point.
    private var readers: [String: [Int]] = [:]
    private var madeOf: [String: [Int]] = [:]
    /// By rule id: the rules that are decided by it.
    private var users: [String: [Int]] = [:]
    /// Points that one request reads, or of which every message has a row: their silence, and their link, are one.
    private var together: [String: [String]] = [:]
    /// Status points, with the points that they speak for.
    private(set) var speaksFor: [String: [String]] = [:]

    init(_ site: LoadedSite) {
        rules = site.rules.rules
        derived = site.rules.entries.compactMap { if case .derived(let point) = $0 { point } else { nil } }
        for (place, rule) in rules.enumerated() {
            for tag in rule.pointsRead { readers[tag, default: []].append(place) }
            for id in rule.membersRead { users[id, default: []].append(place) }
        }
        for (place, point) in derived.enumerated() {
            for input in point.inputs { madeOf[input, default: []].append(place) }
        }
        gather(site)
    }

    private mutating func gather(_ site: LoadedSite) {
        let tag = { (point: PointIndex) in site.description.points[point.offset].tag }
        for unit in site.modbus.flatMap(\.units) {
            for group in Dictionary(grouping: unit.points.filter { $0.snapshotGroup != nil }, by: \.snapshotGroup)
                .values
            {
                let tags = group.map { tag($0.point) }
                for member in tags { together[member] = tags }
            }
            for point in unit.points {
                if let status = point.status { speaksFor[tag(status), default: []].append(tag(point.point)) }
            }
        }
        for route in site.brokers.flatMap(\.routes) {
            if route.isOneRow {
                let tags = route.allPoints.map(tag)
                for member in tags { together[member] = tags }
            }
            for (point, status) in route.points.map({ ($0.point, $0.status) })
                + route.blobs.flatMap({ $0.points.map { ($0.point, $0.status) } })
            {
                if let status { speaksFor[tag(status), default: []].append(tag(point)) }
            }
        }
    }

    // MARK: Asking

    /// - Complexity: the rules on the point, on what is derived from it and on what falls silent with it.
    func sight(of tag: String) -> Sight {
        var sight = Sight()
        look(at: tag, &sight)
        lookThroughDerived(tag, &sight)
        for mate in together[tag] ?? [] where mate != tag {
            for rule in telling(mate) {
                let eye = Eye(rule: rule, by: .comingWithIt(mate))
                if rules[rule].watchesSilence { sight.silence.append(eye) }
                if rules[rule].kind == .badQuality { sight.trust.append(eye) }
            }
        }
        return sight
    }

    private func look(at tag: String, _ sight: inout Sight) {
        for rule in telling(tag) {
            let eye = Eye(rule: rule)
            switch rules[rule].kind {
            case .stale: sight.silence.append(eye)
            case .badQuality:
                sight.trust.append(eye)
                if rules[rule].watchesSilence { sight.silence.append(eye) }
            default: sight.judges.append(eye)
            }
        }
    }

    /// What is made of a point is bad with it; it is bad with the point's silence where it knows an age; and it is silent with
    /// it where it is made of nothing else.
    private func lookThroughDerived(_ tag: String, _ sight: inout Sight) {
        var pending = [(tag: tag, isAged: false, isSole: true)]
        var seen: Set<String> = [tag]
        while let next = pending.popLast() {
            for place in madeOf[next.tag] ?? [] where seen.insert(derived[place].name).inserted {
                let point = derived[place]
                let isAged = next.isAged || point.maxAge != nil
                let isSole = next.isSole && Set(point.inputs).count == 1
                pending.append((point.name, isAged, isSole))
                for rule in telling(point.name) {
                    let eye = Eye(rule: rule, by: .madeOfIt(point.name))
                    switch rules[rule].kind {
                    case .stale: if isSole { sight.silence.append(eye) }
                    case .badQuality:
                        sight.trust.append(eye)
                        if isAged || isSole && rules[rule].watchesSilence { sight.silence.append(eye) }
                    default: sight.judges.append(eye)
                    }
                }
            }
        }
    }

    private func telling(_ tag: String) -> [Int] { (readers[tag] ?? []).filter { tells($0) } }

    /// A silent rule tells somebody only by a rule that is decided by it.
    private func tells(_ rule: Int) -> Bool {
        // References point upwards in a checked file: a user stands below.
        !rules[rule].isSilent || (users[rules[rule].id] ?? []).contains { $0 > rule && tells($0) }
    }

    /// The rules that are decided by one of these, and those themselves, in the order of judgement.
    func following(_ chosen: some Sequence<Int>) -> [Int] {
        var found: Set<Int> = []
        var pending = Array(chosen)
        while let next = pending.popLast() {
            if found.insert(next).inserted { pending += users[rules[next].id] ?? [] }
        }
        return found.sorted()
    }

    /// The ids of the rules that a rule decides.
    func fed(by rule: Int) -> [String] { (users[rules[rule].id] ?? []).map { rules[$0].id } }

    /// What is made, directly or not, of points of which this says yes.
    func derived(from isInput: (String) -> Bool) -> [DerivedPoint] {
        var names: Set<String> = []
        // An input stands above what is made of it.
        return derived.filter { point in
            let isMade = point.inputs.contains { isInput($0) || names.contains($0) }
            if isMade { names.insert(point.name) }
            return isMade
        }
    }
}

extension Rule {
    /// The points whose values it judges; VOTE, COUNT and LADDER judge rules.
    fileprivate var pointsRead: [String] {
        switch kind {
        case .vote, .count, .ladder: []
        case .deviation(let other, _, _, _): [point, other]
        case .threshold, .rateOfChange, .state, .badQuality, .stale, .frozen, .expect, .timeTo, .timeWeightedAverage:
            [point]
        }
    }

    /// The rules whose alarms it is made of. FROZEN is only excused by its `unless`.
    fileprivate var membersRead: [String] {
        switch kind {
        case .vote(let members, _, _, _), .count(let members, _, _): members
        case .ladder(let levels): levels
        case .expect(let when, _, _): [when]
        case .threshold, .rateOfChange, .state, .badQuality, .stale, .frozen, .deviation, .timeTo, .timeWeightedAverage:
            []
        }
    }

    /// It raises when no rows come for a while.
    fileprivate var watchesSilence: Bool {
        switch kind {
        case .stale: true
        case .badQuality: maxAge != nil
        default: false
        }
    }
}

extension TopicRoute {
    /// Every message about the device has a row of each of its points.
    fileprivate var isOneRow: Bool {
        (codec == .json || codec == .registers) && !blobs.contains { $0.answer != nil }
    }
}
