import PlantModel
import PlantTime
import RingPipeline
import StationPorts

/// The board as people read it: names, units and ages beside the numbers.
struct BoardView: BoardPort {
    let board: Board
    let site: SiteDescription
    let clock: any PlantClock

    func points() -> [PointView] {
        let now = clock.now()
        return site.points.map { view(of: $0, at: now) }
    }

    func point(tagged tag: String) -> PointView? {
        site.point(tagged: tag).map { view(of: $0, at: clock.now()) }
    }

    /// How many points have a usable, fresh value, of those that are not the station's own.
    func live(at now: PlantInstant) -> (live: Int, total: Int, newestAge: Duration?) {
        var live = 0
        var total = 0
        var newest: PlantInstant?
        for point in site.points where point.pointClass != .system {
            total += 1
            let standing = board.points.read(point.index.offset)
            guard standing.count > 0 else { continue }
            newest = max(newest ?? standing.arrival, standing.arrival)
            if standing.quality.isUsable, !isStale(standing, point, at: now) { live += 1 }
        }
        return (live, total, newest.map { now - $0 })
    }

    private func isStale(_ standing: PointStanding, _ point: Point, at now: PlantInstant) -> Bool {
        guard let limit = point.staleAfter else { return false }
        return now - standing.arrival >= limit
    }

    private func view(of point: Point, at now: PlantInstant) -> PointView {
        let standing = board.points.read(point.index.offset)
        let isSeen = standing.count > 0
        let quality = isSeen && isStale(standing, point, at: now) ? .bad(.stale) : standing.quality
        return PointView(
            tag: point.tag, name: point.name, unit: point.unit.symbol, quality: quality.word.name,
            reason: quality.word == .good ? nil : quality.reason.name,
            value: quality.isUsable && standing.payload.number.isFinite ? standing.payload : nil,
            lastUsable: standing.lastUsable.isFinite ? standing.lastUsable : nil,
            time: isSeen ? clock.wall(standing.time) : nil,
            ageSeconds: isSeen ? (now - standing.arrival).seconds : nil)
    }
}
