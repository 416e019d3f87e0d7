import PlantModel
import RingPipeline
import SiteProfile
import StationPorts

/// Pre-alarms as the board shows them, for the door that reads faster while one stands: a point is urgent while one of its
/// rules is active or has an on-delay running.
struct BoardUrgency: PointUrgency {
    private let board: Board
    /// Places of rules on the board, those of one point behind each other.
    private var rules: [Int32] = []
    /// By point: where its rules end.
    private var ends: [Int32]

    /// - Parameter number: the place of a rule on the board.
    init(board: Board, site: LoadedSite, number: (String) -> RuleIndex?) {
        self.board = board
        let points = site.description.points
        let places = Dictionary(points.map { ($0.tag, $0.index.offset) }) { first, _ in first }
        var found: [(point: Int, rule: Int32)] = []
        for case .rule(let rule) in site.rules.entries {
            guard let point = places[rule.point], points[point].pointClass != .system,
                let place = number(rule.id)?.offset
            else { continue }
            found.append((point, Int32(place)))
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

    func isUrgent(_ point: PointIndex) -> Bool {
        guard point.offset < ends.count else { return false }
        let start = point.offset == 0 ? 0 : ends[point.offset - 1]
        return rules[Int(start)..<Int(ends[point.offset])].contains { place in
            guard place < board.rules.count else { return false }
            let standing = board.rules.read(Int(place))
            return standing.isActive || standing.isPending
        }
    }
}
