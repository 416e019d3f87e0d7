import PlantModel
import RingPipeline
import SiteProfile
import StationPorts
import Synchronization

/// Pre-alarms as the board shows them, for the door that reads faster while one stands: a point is urgent while one of its
/// rules is active or has an on-delay running.
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
                return standing.isActive || standing.isPending
            }
        }
    }
}

/// Where the rules of each point stand on the board: a rule's number is its place among the rules of its set.
private struct RulePlaces {
    /// Those of one point behind each other.
    private var rules: [Int32]
    /// By point: where its rules end.
    private var ends: [Int32]

    init(of set: RuleSet, points: [Point]) {
        let offsets = Dictionary(points.map { ($0.tag, $0.index.offset) }) { first, _ in first }
        var found: [(point: Int, rule: Int32)] = []
        var place: Int32 = 0
        for case .rule(let rule) in set.entries {
            defer { place += 1 }
            guard let point = offsets[rule.point], points[point].pointClass != .system else { continue }
            found.append((point, place))
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

    func ofPoint(_ point: PointIndex) -> ArraySlice<Int32> {
        guard point.offset < ends.count else { return [] }
        let start = point.offset == 0 ? 0 : ends[point.offset - 1]
        return rules[Int(start)..<Int(ends[point.offset])]
    }
}
