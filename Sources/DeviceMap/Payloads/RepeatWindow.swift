package import PlantTime

/// What one device sent lately, to recognise what is sent again: after a lost acknowledgement the broker repeats, and
/// some devices do too. Bounded: the newest 4,096 payloads of the last ten minutes.
package struct RepeatWindow {
    package static let keysMax = 4096
    package static let span = Duration.seconds(600)

    private struct Seen {
        var key: UInt64
        var at: PlantInstant
    }

    private var known: Set<UInt64> = []
    /// In order of arrival from `oldest`; a ring once it is full.
    private var seen: [Seen] = []
    private var oldest = 0
    private var count = 0

    package init() {}

    /// Whether a key was noted within the window; if not, it is now.
    /// - Complexity: O(1) on average; memory grows to 4,096 entries and no further.
    package mutating func notes(_ key: UInt64, at now: PlantInstant) -> Bool {
        let horizon = now.nanoseconds &- Self.span.nanoseconds
        while count > 0, seen[oldest].at.nanoseconds < horizon { forgetOldest() }
        guard known.insert(key).inserted else { return true }
        if count == Self.keysMax { forgetOldest() }
        let place = (oldest + count) % Self.keysMax
        if place < seen.count { seen[place] = Seen(key: key, at: now) } else { seen.append(Seen(key: key, at: now)) }
        count += 1
        return false
    }

    private mutating func forgetOldest() {
        known.remove(seen[oldest].key)
        oldest = (oldest + 1) % Self.keysMax
        count -= 1
    }
}
