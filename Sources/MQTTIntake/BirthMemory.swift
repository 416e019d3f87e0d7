import DeviceMap
import FoundationEssentials
import PlantTime

/// What the Sparkplug nodes of one broker said at their births, over a restart of ours: a birth comes once, and a reader that sends
/// nothing cannot ask for it again.
///
/// Two files: the births, as long as they are, and beside them, rewritten each second, the number that each node's next message will
/// have. The second says of which first it is and of which broker; without it, or with another first, nothing is remembered.
struct BirthMemory {
    /// Births of more than this are not kept.
    static let bytesMax = 8 << 20

    let livesPath: String
    let countsPath: String
    let address: String
    /// Of the births in the file, once this life of the daemon has written them.
    private var digest: UInt64?

    private struct Counts: Codable {
        var broker: String
        /// Of the bytes of the other file.
        var births: UInt64
        var next: [String: UInt8]
    }

    struct TooLong: Error, CustomStringConvertible {
        var bytes: Int
        var description: String { "births of \(bytes) bytes, at most \(BirthMemory.bytesMax) are kept" }
    }

    /// - Parameter path: what both files' names begin with.
    init(path: String, address: String) {
        livesPath = "\(path).births"
        countsPath = "\(path).counts"
        self.address = address
    }

    /// Nothing when there is none, or when a file is damaged, of another broker or of other births.
    func recall() -> SparkplugMemory {
        guard let text = try? Data(contentsOf: URL(filePath: countsPath)),
            let counts = try? JSONDecoder().decode(Counts.self, from: text), counts.broker == address,
            let births = try? Data(contentsOf: URL(filePath: livesPath)), StableHash.of(births) == counts.births,
            let lives = try? JSONDecoder().decode(SparkplugMemory.Lives.self, from: births)
        else { return SparkplugMemory() }
        return SparkplugMemory(lives: lives, counts: counts.next)
    }

    /// Replaces the births, then the counts, each in one step.
    mutating func remember(_ memory: SparkplugMemory) throws {
        try forget()
        let births = try JSONEncoder().encode(memory.lives)
        guard births.count <= Self.bytesMax else { throw TooLong(bytes: births.count) }
        try births.write(to: URL(filePath: livesPath), options: .atomic)
        digest = StableHash.of(births)
        try remember(counts: memory.counts)
    }

    /// Replaces the counts; nothing is done where no births were kept for them.
    func remember(counts: [String: UInt8]) throws {
        guard let digest else { return }
        let text = try JSONEncoder().encode(Counts(broker: address, births: digest, next: counts))
        try text.write(to: URL(filePath: countsPath), options: .atomic)
    }

    /// From now on nothing is remembered. Not there is as good as gone.
    mutating func forget() throws {
        digest = nil
        guard FileManager.default.fileExists(atPath: countsPath) else { return }
        try FileManager.default.removeItem(atPath: countsPath)
    }
}

/// Keeps a ``BirthMemory`` true while messages come.
///
/// A birth or death ends what is remembered at once, before it is acknowledged: a kill in between must not leave the births of an
/// earlier life. It is written anew when everything that was read is settled, at most once a second, and when the door stops.
struct BirthKeeper {
    private static let interval = Duration.seconds(1)

    private var memory: BirthMemory
    /// What the files say; nil: they say nothing.
    private var kept: (lives: Int, counts: Int)?
    private var isForgotten = false
    private var nextAt = PlantInstant.distantPast

    init(_ memory: BirthMemory) { self.memory = memory }

    /// Nothing is remembered; for a door that hears no node.
    mutating func forget() throws { try memory.forget() }

    /// To be asked whenever messages were taken: costs two comparisons where no life changed.
    mutating func forgetIfChanged(_ intake: MessageIntake) throws {
        guard !isForgotten, intake.sparkplugChanges.lives != kept?.lives ?? 0 else { return }
        isForgotten = true
        kept = nil
        try memory.forget()
    }

    /// To be asked when everything that was taken is settled.
    /// - Parameter isLast: nothing is taken after this: the second is not waited for.
    mutating func keep(_ intake: MessageIntake, at now: PlantInstant, isLast: Bool = false) throws {
        let changes = intake.sparkplugChanges
        guard changes != kept ?? (0, 0), isLast || now >= nextAt else { return }
        nextAt = now + Self.interval
        let isSameLives = kept?.lives == changes.lives
        // Said once for each change, should the folder be full.
        kept = changes
        if isSameLives {
            try memory.remember(counts: intake.sparkplugMemory.counts)
        } else {
            try memory.remember(intake.sparkplugMemory)
            isForgotten = false
        }
    }
}
