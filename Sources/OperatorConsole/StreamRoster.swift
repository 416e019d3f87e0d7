import PlantTime

/// Who holds an event stream, and how their writing goes: a value that decides; the hub acts.
struct StreamRoster: Sendable {
    typealias Seat = UInt64

    /// Why a stream ended before its reader left.
    enum Cut: String, Sendable, CaseIterable {
        /// Its queue was full: the reader is slower than the plant.
        case overflow
        /// Its reader took nothing for too long.
        case writeLimit = "write_limit"
    }

    let capacity: Int
    private var writingSince: [Seat: PlantInstant?] = [:]
    private var next: Seat = 1
    private(set) var cuts: [Cut: Int] = [:]
    /// Streams that were asked for and not given a seat.
    private(set) var refusedCount = 0

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { writingSince.count }

    /// A seat, or nil when all are taken.
    mutating func admit() -> Seat? {
        guard count < capacity else {
            refusedCount += 1
            return nil
        }
        defer { next += 1 }
        writingSince[next] = .some(nil)
        return next
    }

    mutating func leave(_ seat: Seat) { writingSince[seat] = nil }

    mutating func noteCut(_ cut: Cut) { cuts[cut, default: 0] += 1 }

    mutating func writeBegan(_ seat: Seat, at now: PlantInstant) {
        if writingSince[seat] != nil { writingSince[seat] = .some(now) }
    }

    mutating func writeEnded(_ seat: Seat) {
        if writingSince[seat] != nil { writingSince[seat] = .some(nil) }
    }

    /// The seats whose write has stood still for `limit`.
    func stalled(at now: PlantInstant, limit: Duration) -> [Seat] {
        writingSince.compactMap { seat, since in
            guard let since, now - since >= limit else { return nil }
            return seat
        }.sorted()
    }
}
