import PlantModel
import PlantTime

/// A count of the station's own as a point: said when it differs from what was said before, and not before its first event.
struct SaidCount: Sendable {
    /// nil: not watched.
    private let point: PointIndex?
    private var said: Int?

    /// It was said once, so that its falling is to be said too.
    var isSaid: Bool { said != nil }

    init(of point: PointIndex?) { self.point = point }

    mutating func say(_ count: Int, at now: PlantInstant, source: UInt16, into batch: inout IntakeBatch) {
        guard let point, count != said else { return }
        said = count
        let sample = Sample(point: point, at: now.wholeMillisecond, .good(Double(count)))
        batch.append(sample, isSafety: false, source: source)
    }
}
