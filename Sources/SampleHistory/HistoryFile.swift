import FoundationEssentials
import GRDB
import PlantTime

/// The file of the history: `history.sqlite`, on its own, so that its size and its damage are never the journal's.
enum HistoryFile {
    /// 2: segments hold ``PackedSlots``; those of 1 hold ``FixedSlots`` and stay as they are.
    static let version = 2
    /// Pages of the write-ahead file at which whoever logs asks for a ``History/checkpoint()``: half a MiB, for while it is
    /// synced the journal's commits wait behind it. And those at which SQLite makes one in the middle of a commit, because
    /// nobody did: 64 MiB.
    static let walPages = 128
    private static let walPagesMax = 16_000
    /// `PRAGMA application_id`: "hzhi".
    private static let applicationID = 0x687A_6869

    private static let schema = """
        CREATE TABLE origin (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            base_sequence INTEGER NOT NULL,
            made_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE segment (
            first INTEGER PRIMARY KEY,
            last INTEGER NOT NULL,
            first_time INTEGER NOT NULL,
            last_time INTEGER NOT NULL,
            commands TEXT NOT NULL,
            digest TEXT NOT NULL,
            slots BLOB NOT NULL
        ) STRICT;
        CREATE INDEX segment_age ON segment (last_time);
        CREATE TABLE snapshot (
            input_sequence INTEGER PRIMARY KEY,
            made_at INTEGER NOT NULL,
            digest TEXT NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT;
        """

    /// What a large snapshot has behind its first piece, which stands in its row: SQLite copies a value more than once on its
    /// way to the disk. Made where it is missing: files of schema 1 came without it.
    private static let parts = """
        CREATE TABLE IF NOT EXISTS snapshot_part (
            input_sequence INTEGER NOT NULL,
            part INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            PRIMARY KEY (input_sequence, part)
        ) STRICT
        """

    /// - Parameter base: input sequences begin above it, in a new file and in one that ends before it: a process that died
    ///   may have used numbers whose inputs never reached the disk.
    static func open(_ path: String, base: UInt64, now: WallTime, maximumPages: Int?) throws(HistoryFault)
        -> DatabasePool
    {
        do {
            var configuration = Configuration()
            configuration.label = "history"
            configuration.busyMode = .timeout(0.25)
            configuration.maximumReaderCount = 3
            // It is written in long runs and read from end to end: pages kept in memory would serve nobody.
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -256") }
            let pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { db in
                // After opening: GRDB sets NORMAL when it turns on WAL.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try db.execute(sql: "PRAGMA wal_autocheckpoint = \(walPagesMax)")
                if let maximumPages { try db.execute(sql: "PRAGMA max_page_count = \(maximumPages)") }
                let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1
                let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""
                guard synchronous == 2, mode == "wal" else {
                    throw HistoryFault.notDurable(synchronous: synchronous, journalMode: mode)
                }
                try prepare(db, base: base, now: now)
                try db.execute(sql: parts)
            }
            return pool
        } catch {
            throw HistoryFault.of(error)
        }
    }

    private static func prepare(_ db: Database, base: UInt64, now: WallTime) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard found <= version else { throw HistoryFault.newerSchema(found: found, known: version) }
        guard found == 0 else {
            if found < version { try db.execute(sql: "PRAGMA user_version = \(version)") }
            if try loggedThrough(db) < base {
                try db.execute(sql: "UPDATE origin SET base_sequence = ?", arguments: [Int64(clamping: base)])
            }
            return
        }
        try db.inTransaction(.immediate) {
            try db.execute(sql: schema)
            try db.execute(
                sql: "INSERT INTO origin VALUES (1, ?, ?)", arguments: [Int64(clamping: base), now.nanoseconds])
            try db.execute(sql: "PRAGMA user_version = \(version)")
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            return .commit
        }
    }

    /// Copies what the write-ahead file holds into the file, on a connection of its own. Commits go on meanwhile; what they
    /// add is copied by the next round, and a file of which all is copied is begun anew by the next commit.
    static func checkpoint(_ path: String) throws {
        var configuration = Configuration()
        configuration.label = "history-keeper"
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0")
            for _ in 0..<4 {
                let result = try db.checkpoint(.passive)
                if result.walFrameCount == result.checkpointedFrameCount { break }
            }
        }
        try queue.close()
    }

    static func loggedThrough(_ db: Database) throws -> UInt64 {
        let base = try UInt64.fetchOne(db.cachedStatement(sql: "SELECT base_sequence FROM origin")) ?? 0
        let last = try UInt64.fetchOne(db.cachedStatement(sql: "SELECT last FROM segment ORDER BY first DESC LIMIT 1"))
        return max(base, last ?? 0)
    }

    /// Moves a damaged file and what SQLite keeps beside it out of the way; its new name.
    static func setAside(_ path: String) throws(HistoryFault) -> String {
        let manager = FileManager.default
        var number = 1
        while manager.fileExists(atPath: "\(path).suspect-\(number)") { number += 1 }
        let aside = "\(path).suspect-\(number)"
        do {
            for suffix in ["-wal", "-shm", ""] where manager.fileExists(atPath: path + suffix) {
                try manager.moveItem(atPath: path + suffix, toPath: aside + suffix)
            }
        } catch {
            throw .notWritable("\(path): cannot be set aside: \(error)")
        }
        return aside
    }
}
