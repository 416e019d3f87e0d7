import PlantModel
import RingPipeline
import SiteProfile
import StationPorts

/// Pre-alarms as the board shows them, for the door that reads faster while one stands: a point is urgent while one of its
/// rules is active or has an on-delay running.
struct BoardUrgency: PointUrgency {
    private let board: Board
    private let rulesOfPoint: [PointIndex: [Int]]

    /// - Parameter number: the place of a rule on the board.
    init(board: Board, site: LoadedSite, number: (String) -> RuleIndex?) {
        self.board = board
        var rules: [PointIndex: [Int]] = [:]
        for rule in site.rules.rules {
            guard let point = site.description.point(tagged: rule.point), point.pointClass != .system,
                let place = number(rule.id)?.offset
            else { continue }
            rules[point.index, default: []].append(place)
        }
        rulesOfPoint = rules
    }

    func isUrgent(_ point: PointIndex) -> Bool {
        (rulesOfPoint[point] ?? []).contains { place in
            guard place < board.rules.count else { return false }
            let standing = board.rules.read(place)
            return standing.isActive || standing.isPending
        }
    }
}
