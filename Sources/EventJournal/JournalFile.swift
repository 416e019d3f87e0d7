import GRDB

/// Connections to a journal file.
enum JournalFile {
    /// A writing connection with readers beside it, of which "committed" means: on disk, whatever happens next.
    static func open(_ path: String, options: Journal.Options) throws(JournalFault) -> DatabasePool {
        do {
            var configuration = Configuration()
            configuration.label = "journal"
            configuration.busyMode = .timeout(options.busyTimeout.seconds)
            configuration.maximumReaderCount = 4
            configuration.prepareDatabase { db in
                // A mebibyte for each of five connections: their pages are few, and what they hold stands still early.
                try db.execute(sql: "PRAGMA cell_size_check = ON; PRAGMA cache_size = -1024")
            }
            let pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { db in
                // GRDB sets NORMAL when it turns on WAL, after `prepareDatabase`: FULL has to come here.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                if let pages = options.maximumPages { try db.execute(sql: "PRAGMA max_page_count = \(pages)") }
                try db.execute(sql: "PRAGMA wal_autocheckpoint = \(options.checkpointAfterPages)")
                let kept = try durability(db)
                guard kept.synchronous == 2, kept.journalMode == "wal" else {
                    throw JournalFault.notDurable(synchronous: kept.synchronous, journalMode: kept.journalMode)
                }
                try bringForward(db, options)
            }
            return pool
        } catch {
            throw JournalFault.reading(error)
        }
    }

    /// An older schema becomes the present one: one transaction, which may hold the whole file once more.
    private static func bringForward(_ db: Database, _ options: Journal.Options) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let isOlder = (1..<JournalSchema.version).contains(found)
        if isOlder, let tell = options.bringingForward {
            tell(found, try Int.fetchOne(db, sql: "SELECT count(*) FROM event") ?? 0)
        }
        try JournalSchema.migrate(db)
        // The write-ahead file keeps its size for good unless it is told; beside a reader it does.
        if isOlder { _ = try? db.checkpoint(.truncate) }
    }

    /// Copies what the write-ahead file holds into the file, on a connection of its own. Commits go on meanwhile; a file of
    /// which all is copied is begun anew by the next commit.
    static func checkpoint(_ path: String) throws {
        var configuration = Configuration()
        configuration.label = "journal keeper"
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

    static func durability(_ db: Database) throws -> (synchronous: Int, journalMode: String) {
        (
            try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1,
            try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""
        )
    }

    /// A connection that cannot write; it does not look at the schema's version.
    static func openReadOnly(_ path: String) throws(JournalFault) -> DatabaseQueue {
        do {
            var configuration = Configuration()
            configuration.label = "journal reader"
            configuration.readonly = true
            configuration.busyMode = .timeout(0.25)
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw JournalFault.reading(error)
        }
    }

    /// Refuses a file of a newer hazardd without having written a byte to it.
    static func refuseNewerSchema(_ path: String) throws(JournalFault) {
        let queue = try openReadOnly(path)
        do {
            let found = try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
            try queue.close()
            if found > JournalSchema.version {
                throw JournalFault.newerSchema(found: found, known: JournalSchema.version)
            }
        } catch {
            throw JournalFault.reading(error)
        }
    }
}

extension Database {
    /// A transaction that takes the writer's lock at its beginning; committed when this returns, and rolled back when it
    /// throws. As GRDB's own, with statements that are prepared once: they stand in the way of every alarm.
    func committing<Answer>(_ changes: () throws -> Answer) throws -> Answer {
        try cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute()
        do {
            let answer = try changes()
            try cachedStatement(sql: "COMMIT TRANSACTION").execute()
            return answer
        } catch {
            // Does nothing where SQLite has rolled back by itself.
            try? rollback()
            throw error
        }
    }
}

extension Duration {
    /// For interfaces that count in seconds.
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
