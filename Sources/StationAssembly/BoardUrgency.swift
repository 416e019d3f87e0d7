import PlantModel
import RingPipeline
import SiteProfile
import StationPorts
import Synchronization

/// Pre-alarms as the board shows them, for the door that reads faster while one stands: a point is urgent while a limit on
/// it, or on a point derived from it, is reached or has its on-delay running.
///
/// Only limits count that a newer reading can tell more about: H to LL, rates, times to a limit, deviations. A state (a trip,
/// a bypass of eight hours) is all there is to know at once; a mean over a shift hardly moves by a faster reading; rules on
/// silence, bad quality and standing still are about the link, and a device that does not answer is not to be asked more
/// often. For the same reason a rule that cannot judge (UNKNOWN: its point is bad, stale or gone) counts as calm here, though
/// its alarm stands: bad readings do not get better by being more. There are no masks yet that could take a rule out.
///
/// The door's thread asks; the core's thread tells of new rules, whose numbers are other ones. The lock between them is held
/// for a look at a table, about once a second by the door and once a reload by the core.
final class BoardUrgency: PointUrgency {
    private let board: Board
    private let points: [Point]
    private let places: Mutex<RulePlaces>

    init(board: Board, site: LoadedSite) {
        self.board = board
        points = site.description.points
        places = Mutex(RulePlaces(of: site.rules, points: points))
    }

    /// New rules are in force; called before the board shows them.
    func adopt(_ rules: RuleSet) {
        let next = RulePlaces(of: rules, points: points)
        places.withLock { $0 = next }
    }

    func isUrgent(_ point: PointIndex) -> Bool {
        places.withLock { places in
            places.ofPoint(point).contains { place in
                guard place < board.rules.count else { return false }
                let standing = board.rules.read(Int(place))
                return (standing.isActive || standing.isPending) && !standing.isUnknown
            }
        }
    }
}

/// Where the limits of each point stand on the board: a rule's number is its place among the rules of its set. A limit on a
/// derived point is one of every point that it is derived from, through as many steps as there are.
private struct RulePlaces {
    /// Those of one point behind each other.
    private var rules: [Int32]
    /// By point: where its rules end.
    private var ends: [Int32]

    init(of set: RuleSet, points: [Point]) {
        let offsets = Dictionary(points.map { ($0.tag, $0.index.offset) }) { first, _ in first }
        /// By derived point, which stand above their use: the points that are read for it.
        var sources: [String: Set<Int>] = [:]
        func read(for tag: String) -> Set<Int> { sources[tag] ?? offsets[tag].map { [$0] } ?? [] }
        var found: [(point: Int, rule: Int32)] = []
        var place: Int32 = 0
        for entry in set.entries {
            switch entry {
            case .derived(let derived):
                sources[derived.name] = derived.inputs.reduce(into: []) { $0.formUnion(read(for: $1)) }
            case .rule(let rule):
                let measured = Self.measured(by: rule).reduce(into: Set<Int>()) { $0.formUnion(read(for: $1)) }
                for point in measured where points[point].pointClass != .system { found.append((point, place)) }
                place += 1
            }
        }
        ends = Array(repeating: 0, count: points.count)
        for (point, _) in found { ends[point] += 1 }
        var end: Int32 = 0
        for point in ends.indices {
            end += ends[point]
            ends[point] = end
        }
        rules = found.sorted { ($0.point, $0.rule) < ($1.point, $1.rule) }.map(\.rule)
    }

    /// The points whose readings a limit is held against; none of a rule that is no limit.
    private static func measured(by rule: Rule) -> [String] {
        switch rule.kind {
        case .threshold, .rateOfChange, .timeTo: [rule.point]
        case .deviation(let other, _, _, _): [rule.point, other]
        case .state, .expect, .timeWeightedAverage, .badQuality, .stale, .frozen, .vote, .count, .ladder: []
        }
    }

    func ofPoint(_ point: PointIndex) -> ArraySlice<Int32> {
        guard point.offset < ends.count else { return [] }
        let start = point.offset == 0 ? 0 : ends[point.offset - 1]
        return rules[Int(start)..<Int(ends[point.offset])]
    }
}
