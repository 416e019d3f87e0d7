import Digests
import GRDB
import PlantTime
import StationPorts

/// The first row of a journal file: its id, and after which head of which file it comes.
struct Succession {
    let predecessor: JournalHead?
    let baseSequence: UInt64
    let now: WallTime
    let salvage: Salvage?

    /// - Parameter sequence: the highest number that was ever used or announced before.
    init(after predecessor: JournalHead?, atLeast sequence: UInt64, at now: WallTime, carrying salvage: Salvage? = nil)
    {
        self.predecessor = predecessor
        baseSequence = sequence
        self.now = now
        self.salvage = salvage
    }

    /// Makes the file whole under another name, then puts it in its place: a crash leaves the old state or the new one.
    func make(_ paths: JournalPaths) throws(JournalFault) {
        paths.discardNext()
        try build(paths.next)
        try paths.adoptNext()
    }

    /// Writes the new file, in one transaction, without a WAL beside it.
    func build(_ path: String) throws(JournalFault) {
        do {
            var configuration = Configuration()
            configuration.label = "journal in the making"
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try JournalSchema.migrate(db)
                try db.inTransaction(.immediate) {
                    try fill(db)
                    return .commit
                }
            }
            try queue.close()
        } catch {
            throw JournalFault.reading(error)
        }
    }

    private func fill(_ db: Database) throws {
        let id = Self.newID()
        let carried = salvage?.carried ?? []
        let carriedHash = Chain.carried(carried.map(\.body))
        try db.execute(
            sql: "INSERT INTO genesis VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                id, baseSequence, predecessor?.journalID, predecessor?.sequence, predecessor?.hash, carriedHash,
                Chain.genesis(
                    journalID: id, predecessor: predecessor, baseSequence: baseSequence, carriedHash: carriedHash),
                now.nanoseconds,
            ])
        for row in carried {
            try db.execute(
                sql: "INSERT OR IGNORE INTO carried (sequence, key, body) VALUES (?, ?, ?)",
                arguments: [row.sequence, row.labels.key, row.body])
        }
        guard let salvage else { return }
        for standing in salvage.standings { try standing.save(db) }
        for message in salvage.messages {
            try db.execute(
                sql: """
                    INSERT INTO outbox (id, rule, occurrence, priority, channel, recipient, stage, made_at, due_at,
                        attempts, handed_out, last_answer, ended_at, settled_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """, arguments: StatementArguments(message))
        }
        try db.execute(sql: JournalSchema.noteLost)
        for (platform, confirmed) in salvage.uplinks {
            try Uplink.confirm(db, platform: platform, sequence: confirmed)
        }
    }

    /// 32 hexadecimal digits that no other journal has.
    private static func newID() -> String {
        var generator = SystemRandomNumberGenerator()
        return Hexadecimal.text(of: (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }
}
