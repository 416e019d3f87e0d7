import MonitorCore
import PlantTime

/// Lays the core's snapshots: begins one when its time has come, and hands it out in small portions between two batches, so
/// that neither an alarm nor the memory ever waits for the whole of it. Owned by the core's thread.
struct SnapshotHand: ~Copyable {
    /// A snapshot is laid this often, or seldom enough that its bytes stay below a rate: what it saves a restart from
    /// replaying is less the more it costs the plant's hour by hour.
    private static let period = Duration.seconds(10)
    private static let bytesPerSecond = 256 << 10
    private static let periodMax = Duration.seconds(600)
    /// Nobody has taken anything of it for so long: log or journal have other troubles, and the rows that are held for it are
    /// wanted.
    private static let patience = Duration.seconds(20)
    /// What the core writes between two looks at the ring: some 30 microseconds.
    private static let portionBytes = 32 << 10
    private static let pieceBytes = 256 << 10

    private let tray: SnapshotTray
    private var next: PlantInstant
    /// Of the snapshot under way: where it stands, when it was begun and last went on, what has been laid of it.
    private var place = SnapshotPlace(input: 0, events: 0)
    private var begun: PlantInstant?
    private var moved = PlantInstant.distantPast
    private var number = 0
    private var laidBytes = 0
    private var piece: [UInt8] = []

    init(tray: SnapshotTray, at now: PlantInstant) {
        self.tray = tray
        next = now + Self.period
    }

    /// One turn of the core, behind a batch.
    /// - Parameter isWanted: whether the core has other work; asked behind each portion.
    mutating func turn(
        _ monitor: inout Monitor, at place: SnapshotPlace, now: PlantInstant, unless isWanted: () -> Bool
    ) {
        if begun == nil {
            guard now >= next else { return }
            begin(&monitor, at: place, now: now)
        }
        guard now - moved <= Self.patience else { return giveUp(&monitor, now: now) }
        repeat {
            guard tray.hasRoom else { return }
            write(Self.portionBytes, of: &monitor)
            moved = now
        } while begun != nil && !isWanted()
    }

    /// Lays the whole of a snapshot at once: the rules have changed, or the station stops.
    mutating func layWhole(_ monitor: inout Monitor, at place: SnapshotPlace, now: PlantInstant) {
        begin(&monitor, at: place, now: now)
        while begun != nil { write(Self.pieceBytes, of: &monitor) }
    }

    private mutating func begin(_ monitor: inout Monitor, at place: SnapshotPlace, now: PlantInstant) {
        monitor.beginSnapshot()
        // What is left of one before it would only keep the tray full.
        tray.clear()
        self.place = place
        (begun, moved) = (now, now)
        (number, laidBytes) = (0, 0)
        piece = []
    }

    private mutating func giveUp(_ monitor: inout Monitor, now: PlantInstant) {
        monitor.giveUpSnapshot()
        tray.clear()
        piece = []
        begun = nil
        next = now + Self.period
    }

    private mutating func write(_ count: Int, of monitor: inout Monitor) {
        if piece.isEmpty { piece.reserveCapacity(Self.pieceBytes + Self.portionBytes) }
        let isLast = monitor.writeSnapshot(count, into: &piece)
        guard isLast || piece.count >= Self.pieceBytes else { return }
        laidBytes += piece.count
        tray.lay(SnapshotPiece(place: place, number: number, isLast: isLast, bytes: piece))
        number += 1
        piece = []
        guard isLast, let begun else { return }
        let period = Duration.seconds(laidBytes / Self.bytesPerSecond)
        next = begun + min(max(Self.period, period), Self.periodMax)
        self.begun = nil
    }
}
