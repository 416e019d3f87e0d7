import GRDB

/// How far each platform has said it stored our records.
enum Uplink {
    static func confirmed(_ db: Database, platform: String) throws -> UInt64 {
        try UInt64.fetchOne(
            db.cachedStatement(sql: "SELECT confirmed FROM uplink WHERE platform = ?"), arguments: [platform]) ?? 0
    }

    /// Forward or back: a platform that has lost records says a smaller number, and is sent them again.
    static func confirm(_ db: Database, platform: String, sequence: UInt64) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO uplink VALUES (?, ?)
                ON CONFLICT (platform) DO UPDATE SET confirmed = excluded.confirmed
                """
        ).execute(arguments: [platform, JournalQuery.bounded(sequence)])
    }
}
