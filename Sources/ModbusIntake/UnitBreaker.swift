package import PlantTime

/// Keeps one dead unit from taking its siblings' time: after three failures in a row it is only probed, at growing
/// intervals, until it answers again.
package struct UnitBreaker: Sendable, Equatable {
    package static let tripsAfter = 3

    package enum State: Sendable, Equatable {
        case closed(failures: Int)
        case open(probes: Int, probeAt: PlantInstant)
    }

    package private(set) var state = State.closed(failures: 0)
    /// Open, and yet the unit has been heard of: the next probe is made at once and waits in full.
    package private(set) var isPromising = false
    /// 5 s for SIS and gas, 30 s otherwise (decisions.md 20).
    private let longestPause: Duration

    package init(longestPause: Duration) { self.longestPause = longestPause }

    package var isOpen: Bool {
        if case .open = state { return true }
        return false
    }

    /// When the next probe may leave; nil while closed.
    package var probeAt: PlantInstant? {
        guard case .open(_, let instant) = state else { return nil }
        return instant
    }

    /// - Returns: whether this failure has opened it.
    package mutating func noteFailure(at now: PlantInstant) -> Bool {
        isPromising = false
        switch state {
        case .closed(let failures) where failures + 1 < Self.tripsAfter:
            state = .closed(failures: failures + 1)
            return false
        case .closed:
            state = .open(probes: 0, probeAt: now + pause(afterProbes: 0))
            return true
        case .open(let probes, _):
            state = .open(probes: probes + 1, probeAt: now + pause(afterProbes: probes + 1))
            return false
        }
    }

    /// - Returns: whether this answer has closed it.
    package mutating func noteAnswer() -> Bool {
        let wasOpen = isOpen
        isPromising = false
        state = .closed(failures: 0)
        return wasOpen
    }

    /// An answer came that was no longer waited for. It closes nothing: an answer in time does.
    package mutating func noteSign(at now: PlantInstant) {
        guard case .open(let probes, let probeAt) = state else { return }
        isPromising = true
        state = .open(probes: probes, probeAt: min(probeAt, now))
    }

    /// The connection went: failures in a row end there, an open breaker stays open.
    package mutating func noteConnectionLost() {
        if !isOpen { state = .closed(failures: 0) }
    }

    /// 1, 2, 4 ... s.
    private func pause(afterProbes probes: Int) -> Duration { min(.seconds(1 << min(probes, 6)), longestPause) }
}
