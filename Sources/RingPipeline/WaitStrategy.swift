/// How a reader waits, by name. Whatever the name, it parks in the end, and an idle reader costs nothing that can be measured.
public enum WaitStrategy: Sendable, Equatable {
    /// Parks at once: right where threads share cores.
    case park
    /// Looks so many times before it parks: right where a core is its own.
    case spinThenPark(Int)
    /// Looks first, as often as it has paid lately, at most so many times, then parks. What is looked for in vain halves the
    /// next try; what is found doubles it.
    case adaptive(Int)
}

/// A reader's look-out: the looks before it parks, and what it has learnt of them. A value of the reader's thread.
public struct Lookout: Sendable {
    /// An adaptive look-out never gives up altogether: this often it looks even when nothing has come for long.
    @usableFromInline static let fewest = 8
    public let strategy: WaitStrategy
    @usableFromInline var count: Int
    /// How often it will look the next time.
    public var looks: Int { count }

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
        for _ in 0..<count where isThere() {
            isFound = true
            break
        }
        if case .adaptive(let most) = strategy {
            count = isFound ? min(max(most, Self.fewest), count * 2) : max(Self.fewest, count / 2)
        }
        return isFound
    }
}

extension GatingReader {
    /// Waits for input: looks as its look-out says, then parks.
    /// - Returns: whether there is input; false after `limit`, or early.
    @inlinable public func wait(atMost limit: Duration, _ lookout: inout Lookout) -> Bool {
        lookout.finds { hasInput } || wait(atMost: limit)
    }
}
