package import PlantModel
package import RingPipeline

/// The board: what stands now for every point and rule. The core's thread writes it, anyone reads it without blocking.
package final class Board: Sendable {
    package let points: SlotTable<PointStanding>
    package let rules: SlotTable<RuleStanding>

    /// - Parameters: as many points and rules as the station can number; a reload that needs more takes a new board.
    package init(points: Int, rules: Int) {
        self.points = SlotTable(count: points, blank: .unseen)
        self.rules = SlotTable(count: rules, blank: .quiet)
    }
}
