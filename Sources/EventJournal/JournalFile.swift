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
                if let pages = options.checkpointAfterPages {
                    try db.execute(sql: "PRAGMA wal_autocheckpoint = \(pages)")
                }
                let kept = try durability(db)
                guard kept.synchronous == 2, kept.journalMode == "wal" else {
                    throw JournalFault.notDurable(synchronous: kept.synchronous, journalMode: kept.journalMode)
                }
                try JournalSchema.migrate(db)
            }
            return pool
        } catch {
            throw JournalFault.reading(error)
        }
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

extension Duration {
    /// For interfaces that count in seconds.
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
