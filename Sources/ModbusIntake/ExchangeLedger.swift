package import DeviceMap
package import PlantTime

/// Which transaction numbers are out, and which were given up: the answer to "whose value is this?".
///
/// One request is out at a time. A request given up leaves a tombstone, so that its late answer is known, counted and
/// dropped instead of being taken for the next one (acquisition.md 0, fact 1).
package struct ExchangeLedger: Sendable {
    package static let tombstoneLife = Duration.seconds(30)
    package static let tombstoneLimit = 64

    /// A request as the ledger needs it: who was asked for what, and when.
    package struct Entry: Sendable, Equatable {
        package var transaction: UInt16
        /// Place of the unit in the endpoint.
        package var unit: Int
        package var unitNumber: UInt8
        package var area: RegisterArea
        package var dataBytes: Int
        package var sentAt: PlantInstant
        /// How long its unit is usually waited for.
        package var patience: Duration
        /// Later than its patience has it behind a probe that may hold the line, earlier for a probe that is cut.
        package var deadline: PlantInstant
        package var turn: PollTurn
        package var isProbe: Bool
        package var isCut = false

        /// It has more time than its unit needs, because a probe before it may still hold the line.
        package var isBehindProbe: Bool { !isProbe && deadline > sentAt + patience }
    }

    package enum Settlement: Sendable, Equatable {
        case answered(Entry)
        case late(Entry)
        case unknown
    }

    package private(set) var outstanding: Entry?
    private var tombstones: [(entry: Entry, until: PlantInstant)] = []
    private var nextTransaction: UInt16

    /// - Parameter first: differs from connection to connection.
    package init(startingAt first: UInt16) {
        nextTransaction = first
        tombstones.reserveCapacity(Self.tombstoneLimit)
    }

    package var tombstoneCount: Int { tombstones.count }

    /// A number that no outstanding or buried request bears.
    package mutating func takeTransaction(at now: PlantInstant) -> UInt16 {
        forget(before: now)
        while tombstones.contains(where: { $0.entry.transaction == nextTransaction }) { nextTransaction &+= 1 }
        defer { nextTransaction &+= 1 }
        return nextTransaction
    }

    /// - Precondition: nothing is outstanding.
    package mutating func open(_ entry: Entry) {
        precondition(outstanding == nil, "one request is out at a time")
        outstanding = entry
    }

    /// Looks up an answer's number, and closes what it belongs to.
    /// - Parameter echo: whether the device repeats our numbers; one that does not can only have answered what is out.
    package mutating func settle(
        _ transaction: UInt16, echo: LinkManners.TransactionEcho = .strict, at now: PlantInstant
    ) -> Settlement {
        if echo != .strict {
            guard let entry = outstanding, echo == .ignore || transaction == 0 else { return .unknown }
            outstanding = nil
            return .answered(entry)
        }
        if let entry = outstanding, entry.transaction == transaction {
            outstanding = nil
            return .answered(entry)
        }
        forget(before: now)
        guard let place = tombstones.firstIndex(where: { $0.entry.transaction == transaction }) else { return .unknown }
        return .late(tombstones.remove(at: place).entry)
    }

    /// Waits for the outstanding request as long as its unit is usually waited for.
    package mutating func waitInFull() {
        guard let entry = outstanding else { return }
        outstanding?.deadline = entry.sentAt + entry.patience
    }

    /// Gives the outstanding request up.
    /// - Returns: the request, and whether its late answer will be known; when not, only closing the connection is safe.
    package mutating func bury(at now: PlantInstant) -> (entry: Entry, isRemembered: Bool)? {
        guard let entry = outstanding else { return nil }
        outstanding = nil
        forget(before: now)
        guard tombstones.count < Self.tombstoneLimit else { return (entry, false) }
        tombstones.append((entry, now + Self.tombstoneLife))
        return (entry, true)
    }

    private mutating func forget(before now: PlantInstant) {
        if let first = tombstones.first, first.until <= now { tombstones.removeAll { $0.until <= now } }
    }
}
