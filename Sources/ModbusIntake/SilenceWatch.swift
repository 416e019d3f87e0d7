import PlantModel
package import PlantTime

/// Sees to it that the points of a block are never for long neither good nor bad.
///
/// A device that answers "busy" for ever, a block that alone times out while its unit answers, one that never gets its turn on
/// a link with too little time, a device that calls anew before it has answered: none of them ends a connection or opens a
/// breaker, and each would leave the last value standing as if it were true (decision 32).
package struct SilenceWatch: Sendable, Equatable {
    /// A moment's stall of the host is no news of the plant, however fast a block is read.
    package static let shortest = Duration.seconds(1)
    /// A block that has never had a word gets no more than this once it has been asked in vain: everything is read at
    /// once when a link comes up, so that it need not wait for its period.
    package static let firstPatience = Duration.seconds(10)

    /// Two reads in vain and half a period: before `stale_after`, three periods, at which STALE would speak.
    package static func patience(period: Duration) -> Duration { max(period * 5 / 2, shortest) }

    private let patience: Duration
    /// When its points are declared bad; nil while they are bad already.
    private(set) var until: PlantInstant?
    /// It was this watch that declared them bad, and no value has come since.
    private(set) var isSilent = false
    /// Neither a value nor a reason has come since the start.
    private var isUntold = true
    /// Why nothing came: what the last try ended with; stale when there was none.
    private var reason = QualityReason.stale

    /// - Parameter start: the latest instant at which the first read may be expected.
    package init(period: Duration, startingAt start: PlantInstant) {
        patience = Self.patience(period: period)
        until = start + patience
    }

    var isBad: Bool { until == nil }
    /// The last try was in vain.
    var isFailing: Bool { reason != .stale }

    /// - Returns: whether the silence that this watch had declared is over.
    mutating func noteValue(at now: PlantInstant) -> Bool {
        until = now + patience
        isUntold = false
        reason = .stale
        defer { isSilent = false }
        return isSilent
    }

    /// Its points have been told why they have no value.
    mutating func noteBad() {
        until = nil
        isUntold = false
    }

    mutating func noteFailure(_ reason: QualityReason, at now: PlantInstant) {
        self.reason = reason
        if isUntold { until = until.map { min($0, now + Self.firstPatience) } }
    }

    /// - Returns: what its points must be told, once, when it has been silent for too long.
    mutating func expire(at now: PlantInstant) -> QualityReason? {
        guard let end = until, now >= end else { return nil }
        noteBad()
        isSilent = true
        return reason
    }
}

extension PollSchedule {
    /// A value of every point of the lane has come.
    /// - Returns: whether its silence is over.
    mutating func noteValue(lane: Int, at now: PlantInstant) -> Bool {
        let wasSilent = lanes[lane].watch.noteValue(at: now)
        lookNoLaterThan(lanes[lane].watch.until)
        return wasSilent
    }

    mutating func noteBad(lane: Int) { lanes[lane].watch.noteBad() }

    mutating func noteBad(unit: Int) {
        for place in lanes.indices where lanes[place].unit == unit { lanes[place].watch.noteBad() }
    }

    /// A try of the lane has brought neither a value nor a reason.
    mutating func noteFailure(lane: Int, _ reason: QualityReason, at now: PlantInstant) {
        lanes[lane].watch.noteFailure(reason, at: now)
        lookNoLaterThan(lanes[lane].watch.until)
        if let until = lanes[lane].watch.until { nextAlert = min(nextAlert, until) }
    }

    /// The lanes whose points must now be told something, and what. Each is named once until a value has come.
    mutating func expireSilences(at now: PlantInstant) -> [(lane: Int, reason: QualityReason)] {
        guard now >= nextLook else { return [] }
        nextLook = .distantFuture
        nextAlert = .distantFuture
        var expired: [(lane: Int, reason: QualityReason)] = []
        for place in lanes.indices {
            if let reason = lanes[place].watch.expire(at: now) { expired.append((place, reason)) }
            guard let until = lanes[place].watch.until else { continue }
            lookNoLaterThan(until)
            if lanes[place].watch.isFailing { nextAlert = min(nextAlert, until) }
        }
        return expired
    }

    private mutating func lookNoLaterThan(_ instant: PlantInstant?) {
        if let instant, instant < nextLook { nextLook = instant }
    }
}

extension EndpointSession {
    /// Looked for at every turn, and on time after a try in vain.
    mutating func declareSilences(_ now: PlantInstant, _ actions: inout [Action]) {
        for (lane, reason) in schedule.expireSilences(at: now) {
            counts.silences += 1
            actions.append(.spoil(lane: lane, reason))
            actions.append(.note(.blockSilent(lane: lane, reason)))
        }
    }

    /// The points of a lane are bad, and why.
    mutating func spoil(_ lane: Int, _ reason: QualityReason, _ actions: inout [Action]) {
        schedule.noteBad(lane: lane)
        actions.append(.spoil(lane: lane, reason))
    }

    /// Units of which nothing has been said since the start.
    private var hasUntoldUnits: Bool { units.contains { $0.link == .unknown } }

    /// While a name is looked up for the first time, its units are told that there is no link as soon as connecting would
    /// have taken too long: a name service may think for half a minute.
    var nameDeadline: PlantInstant? { way.trialEnd ?? (hasUntoldUnits ? firstWordBy : nil) }

    mutating func declareNameless(_ now: PlantInstant, _ actions: inout [Action]) {
        guard hasUntoldUnits, now >= firstWordBy else { return }
        actions.append(.note(.nameAwaited))
        for place in units.indices { markDown(unit: place, .linkDown, &actions) }
    }
}
