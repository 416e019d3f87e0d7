package import PlantTime
package import StationPorts

/// When the input log is committed: at least every 200 ms while something is buffered, or as soon as somebody waits for it
/// (decisions.md 13), and which inputs are too old to keep. A value of the logging thread, which sleeps until
/// ``deadline`` or until somebody asks.
package struct InputLogger: ~Copyable {
    package struct Policy: Sendable, Equatable {
        /// A batch is on disk at the latest this long after it was buffered.
        package var interval: Duration
        /// Age at which inputs go: 30 days at least.
        package var retention: Duration
        /// How often old inputs are looked for.
        package var pruning: Duration

        package init(
            interval: Duration = .milliseconds(200), retention: Duration = .seconds(30 * 86_400),
            pruning: Duration = .seconds(60)
        ) {
            self.interval = interval
            self.retention = retention
            self.pruning = pruning
        }
    }

    private let history: History
    private let policy: Policy
    private var oldestBuffered: PlantInstant?
    private var nextPruning: PlantInstant?
    /// The highest input sequence on disk, as of the last commit.
    package private(set) var logged: UInt64

    /// - Throws: when the log cannot be read for where it ends.
    package init(_ history: History, policy: Policy = Policy()) throws(HistoryFault) {
        self.history = history
        self.policy = policy
        logged = try history.loggedThrough()
    }

    /// Takes a batch that the core has taken.
    package mutating func took(_ batch: LoggedBatch, at now: PlantInstant) {
        guard !batch.slots.isEmpty else { return }
        history.append(batch)
        oldestBuffered = oldestBuffered ?? now
    }

    /// When the next commit is due by itself; nil while nothing is buffered.
    package var deadline: PlantInstant? { oldestBuffered.map { $0 + policy.interval } }

    /// Commits what is buffered if its time has come or somebody waits for it.
    /// - Parameters:
    ///   - wanted: the highest input sequence that anybody waits for.
    ///   - wall: now, as the file records it.
    /// - Returns: the highest input sequence on disk.
    /// - Throws: the fault of the commit; what is buffered stays, and the next try is due one interval from now.
    @discardableResult
    package mutating func commitIfDue(
        at now: PlantInstant, wall: WallTime, wanted: UInt64 = 0
    ) throws(HistoryFault) -> UInt64 {
        guard let deadline, now >= deadline || wanted > logged else { return logged }
        oldestBuffered = now
        logged = try history.flush(at: wall)
        oldestBuffered = nil
        try pruneIfDue(at: now)
        return logged
    }

    private mutating func pruneIfDue(at now: PlantInstant) throws(HistoryFault) {
        guard now >= nextPruning ?? now else { return }
        let limit = 64
        let gone = try history.prune(endedBefore: now - policy.retention, atMost: limit)
        // A full batch means there is more: it goes after the next commits, a little each time.
        nextPruning = gone < limit ? now + policy.pruning : now
    }
}
