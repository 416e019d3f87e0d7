import CHints

/// How a reader waits, by name. Whatever the name, it parks in the end, and an idle reader costs nothing that can be measured.
public enum WaitStrategy: Sendable, Equatable {
    /// Parks at once: right where threads share cores.
    case park
    /// Looks so many times before it parks: right where a core is its own.
    case spinThenPark(Int)
    /// Looks first, as often as would have paid lately, at most so many times, then parks. What is found doubles the next try,
    /// and so does what came so soon after parking that the most looks would have found it; other vain looks halve it.
    case adaptive(Int)
}

/// A reader's look-out: the looks before it parks, and what it has learnt of them. A value of the reader's thread.
public struct Lookout: Sendable {
    /// An adaptive look-out never gives up altogether: this often it looks even when nothing has come for long.
    @usableFromInline static let fewest = 8
    public let strategy: WaitStrategy
    @usableFromInline var count: Int
    /// How often it looked the last time, if in vain.
    @usableFromInline var lookedInVain = 0
    /// How often it will look the next time.
    public var looks: Int { count }
    @usableFromInline var parkCount = 0
    /// How often its reader has parked.
    public var parks: Int { parkCount }

    public init(_ strategy: WaitStrategy) {
        self.strategy = strategy
        switch strategy {
        case .park: count = 1
        case .spinThenPark(let count): self.count = max(1, count)
        case .adaptive: count = Self.fewest
        }
    }

    /// Looks until it is there, or often enough.
    /// - Returns: whether it is there. If not, park.
    @inlinable public mutating func finds(_ isThere: () -> Bool) -> Bool {
        var isFound = false
        for look in 0..<count {
            if look > 0 { Self.relax() }
            if isThere() {
                isFound = true
                break
            }
        }
        lookedInVain = isFound ? 0 : count
        if case .adaptive(let most) = strategy {
            count = isFound ? min(max(most, Self.fewest), count * 2) : max(Self.fewest, count / 2)
        }
        return isFound
    }

    /// Learns from a park that followed vain looks.
    /// - Parameters:
    ///   - looking: how long the vain looks took.
    ///   - parked: how long the park lasted, the waking included.
    public mutating func learn(looking: Duration, parked: Duration) {
        guard case .adaptive(let most) = strategy, lookedInVain > 0 else { return }
        if parked * lookedInVain < looking * max(0, most - lookedInVain) {
            count = min(max(most, Self.fewest), lookedInVain * 2)
        }
        lookedInVain = 0
    }

    /// What stands between two looks: some 50 ns in which a neighbour on the same core has the room.
    @usableFromInline static func relax() { hint_relax() }
}

extension GatingReader {
    /// Waits for input: looks as its look-out says, then parks.
    /// - Returns: whether there is input; false after `limit`, or early.
    @inlinable public func wait(atMost limit: Duration, _ lookout: inout Lookout) -> Bool {
        guard case .adaptive = lookout.strategy else {
            if lookout.finds({ hasInput }) { return true }
            lookout.parkCount &+= 1
            return wait(atMost: limit)
        }
        let began = ContinuousClock.now
        if lookout.finds({ hasInput }) { return true }
        let looked = ContinuousClock.now
        lookout.parkCount &+= 1
        let isReady = wait(atMost: limit)
        lookout.learn(looking: looked - began, parked: ContinuousClock.now - looked)
        return isReady
    }
}
