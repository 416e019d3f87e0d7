import PlantTime

/// What is known of host names, and who waits to know more. A value: it decides, and ``HostLookup`` asks.
///
/// The last good address of a name is never forgotten: when nobody answers for a name, or only slowly, the device is called
/// where it was. A name service that is down keeps no device away that had been found before.
struct HostBook {
    /// After a connection was closed in order, an answer serves for this long: a device that is called anew for each cycle
    /// does not ask at each.
    static let goodInOrder = Duration.seconds(60)
    /// After a loss the device may have moved: soon asked again, though not by each of the units' first tries.
    static let goodAfterLoss = Duration.seconds(5)
    /// So long an answer is waited for where an address is known already.
    static let patience = Duration.seconds(1)
    /// And where none is; the system's own patience may be longer.
    static let firstPatience = Duration.seconds(30)

    /// What an address is wanted for.
    enum Errand {
        /// The first connection, or one after a loss.
        case anew
        /// One after a connection that was closed in order.
        case inOrder
        /// A short look whether the first address answers again: nothing is waited for that is known.
        case trial
    }

    /// What a line that has waited is to be told.
    struct Found: Equatable {
        var line: Int
        /// nil: not known, and never known before.
        var address: HostAddress?
        /// From before: nobody has answered this time.
        var isLastKnown: Bool
    }

    private struct Entry {
        var address: HostAddress?
        /// When the address was last confirmed, or last had to serve without that.
        var settledAt = PlantInstant.distantPast
        var isAsked = false
    }

    private struct Wait {
        var host: String
        var until: PlantInstant
    }

    private var entries: [String: Entry] = [:]
    /// By line: each waits for one name at most.
    private var waits: [Int: Wait] = [:]
    /// When the first of those that wait has waited long enough.
    private(set) var next: PlantInstant?

    /// Looks a name up for a line.
    /// - Returns: the address when it is known well enough; nil when the line has to wait and will be among those that
    ///   ``take(_:at:)`` or ``overdue(at:)`` tell. And whether the name must be asked for.
    mutating func seek(
        _ host: String, for line: Int, _ errand: Errand, at now: PlantInstant
    ) -> (address: HostAddress?, mustAsk: Bool) {
        drop([line])
        var entry = entries[host] ?? Entry()
        let good = errand == .inOrder ? Self.goodInOrder : Self.goodAfterLoss
        if let address = entry.address, now - entry.settledAt <= good { return (address, false) }
        let mustAsk = !entry.isAsked
        entry.isAsked = true
        entries[host] = entry
        if errand == .trial, let address = entry.address { return (address, mustAsk) }
        let until = now + (entry.address == nil ? Self.firstPatience : Self.patience)
        waits[line] = Wait(host: host, until: until)
        next = min(next ?? until, until)
        return (nil, mustAsk)
    }

    /// An answer has come: whom it serves, by line.
    mutating func take(_ answer: HostLookup.Answer, at now: PlantInstant) -> [Found] {
        var entry = entries[answer.host] ?? Entry()
        entry.isAsked = false
        if let address = answer.address { entry.address = address }
        if entry.address != nil { entry.settledAt = now }
        entries[answer.host] = entry
        let lines = waits.filter { $0.value.host == answer.host }.keys.sorted()
        drop(lines)
        return lines.map { Found(line: $0, address: entry.address, isLastKnown: answer.address == nil) }
    }

    /// Those that have waited long enough: the last known address serves, if there is one.
    mutating func overdue(at now: PlantInstant) -> [Found] {
        let lines = waits.filter { $0.value.until <= now }.keys.sorted()
        let found = lines.compactMap { line in
            waits[line].map { Found(line: line, address: entries[$0.host]?.address, isLastKnown: true) }
        }
        for host in lines.compactMap({ waits[$0]?.host }) where entries[host]?.address != nil {
            entries[host]?.settledAt = now
        }
        drop(lines)
        return found
    }

    private mutating func drop(_ lines: [Int]) {
        guard !waits.isEmpty else { return }
        for line in lines { waits[line] = nil }
        next = waits.values.map(\.until).min()
    }
}
