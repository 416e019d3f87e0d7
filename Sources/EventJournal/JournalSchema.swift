import GRDB

/// The tables of a journal file, and how older ones become the present ones.
///
/// `event` is the record: it is only ever appended to, and triggers refuse everything else. Its columns between sequence and
/// body repeat what the body says, so that rows are found without reading bodies; the verifier compares them. All other
/// tables say how things stand now and could be made again from it (`outbox` and `uplink`: apart from what receivers
/// answered).
enum JournalSchema {
    /// `PRAGMA user_version`.
    static let version = 4
    /// `PRAGMA application_id`: "hzrd", so that `file` and a reader can tell what it is.
    static let applicationID = 0x687A_7264

    /// One entry per version, each run in one transaction with the new version number.
    private static let steps = [firstVersion, stamps, lighterCommits, fewerPages]

    /// Brings a writable connection to the present version, or a test to an earlier one: the old file whole, or the new one.
    static func migrate(_ db: Database, to version: Int = Self.version) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard found <= version else { throw JournalFault.newerSchema(found: found, known: version) }
        for step in found..<version {
            try db.inTransaction(.immediate) {
                try db.execute(sql: steps[step])
                try db.execute(sql: "PRAGMA user_version = \(step + 1)")
                try db.execute(sql: "PRAGMA application_id = \(applicationID)")
                return .commit
            }
        }
    }

    /// Columns that a row's body determines, computed from it.
    private static let fromBody = """
            rule TEXT AS (body ->> '$.rule') VIRTUAL,
            occurrence INTEGER AS (body ->> '$.occurrence') VIRTUAL,
            idempotency_key TEXT AS (body ->> '$.idempotencyKey') VIRTUAL,
            to_platform INTEGER AS (((body ->> '$.duties') & 64) <> 0) VIRTUAL
        """

    private static let eventStands = """
        CREATE TRIGGER event_stands BEFORE UPDATE ON event
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only: no row is ever changed'); END;
        CREATE TRIGGER event_stays BEFORE DELETE ON event
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only: no row is ever deleted'); END;
        """

    private static let recordView = """
        CREATE VIEW record AS
            SELECT sequence, key, body, rule, occurrence, idempotency_key, to_platform FROM carried
            UNION ALL
            SELECT sequence, key, body, rule, occurrence, idempotency_key, to_platform FROM event;
        """

    private static let firstVersion = """
        CREATE TABLE genesis (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            journal_id TEXT NOT NULL,
            base_sequence INTEGER NOT NULL,
            predecessor_id TEXT,
            predecessor_sequence INTEGER,
            predecessor_hash TEXT,
            carried_hash TEXT NOT NULL,
            hash TEXT NOT NULL,
            made_at INTEGER NOT NULL
        ) STRICT;
        CREATE TRIGGER genesis_stands BEFORE UPDATE ON genesis
            BEGIN SELECT RAISE(ABORT, 'the genesis of a journal is never changed'); END;
        CREATE TRIGGER genesis_stays BEFORE DELETE ON genesis
            BEGIN SELECT RAISE(ABORT, 'the genesis of a journal is never deleted'); END;

        CREATE TABLE event (
            sequence INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            body TEXT NOT NULL,
            previous TEXT NOT NULL,
            hash TEXT NOT NULL,
        \(fromBody)
        ) STRICT;
        CREATE INDEX event_of_alarm ON event (rule, occurrence, sequence);
        CREATE INDEX event_of_command ON event (idempotency_key) WHERE idempotency_key IS NOT NULL;
        CREATE INDEX event_for_platform ON event (sequence) WHERE to_platform = 1;
        \(eventStands)
        -- INSERT OR REPLACE deletes without a word to the trigger above.
        CREATE TRIGGER event_appends BEFORE INSERT ON event
            WHEN NEW.sequence <= (SELECT max(sequence) FROM event) OR EXISTS (SELECT 1 FROM event WHERE key = NEW.key)
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only: sequence or key is taken'); END;

        -- Records of the file before this one that something is still owed for, or that must be recognised.
        CREATE TABLE carried (
            sequence INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            body TEXT NOT NULL,
        \(fromBody)
        ) STRICT;
        CREATE INDEX carried_of_alarm ON carried (rule, occurrence, sequence);
        CREATE INDEX carried_of_command ON carried (idempotency_key) WHERE idempotency_key IS NOT NULL;

        \(recordView)

        CREATE TABLE standing (
            rule TEXT PRIMARY KEY,
            state INTEGER NOT NULL,
            occurrence INTEGER NOT NULL,
            version INTEGER NOT NULL,
            level INTEGER NOT NULL,
            value REAL,
            occurred_at INTEGER NOT NULL,
            counts TEXT NOT NULL,
            raise_sequence INTEGER NOT NULL,
            latest_sequence INTEGER NOT NULL,
            acknowledged_by TEXT,
            acknowledged_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX standing_open ON standing (state) WHERE state <> 0;

        -- stage: 0 in line behind an earlier message of the same rule, channel and recipient; 1 next in its line;
        -- 2 accepted; 3 refused for good; 4 not told, the outbox was full.
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY,
            sequence INTEGER NOT NULL,
            rule TEXT NOT NULL,
            occurrence INTEGER NOT NULL,
            priority INTEGER NOT NULL,
            channel TEXT NOT NULL,
            recipient TEXT NOT NULL,
            stage INTEGER NOT NULL,
            made_at INTEGER NOT NULL,
            due_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            handed_out INTEGER NOT NULL DEFAULT 0,
            last_answer TEXT,
            ended_at INTEGER,
            settled_at INTEGER,
            UNIQUE (sequence, channel, recipient)
        ) STRICT;
        CREATE INDEX outbox_next ON outbox (channel, due_at) WHERE stage = 1;
        CREATE INDEX outbox_line ON outbox (rule, channel, recipient, id) WHERE stage < 2;
        CREATE INDEX outbox_pending ON outbox (made_at) WHERE stage < 2;
        CREATE INDEX outbox_undelivered ON outbox (id) WHERE stage > 2;
        CREATE INDEX outbox_told ON outbox (rule, occurrence, id);

        CREATE TABLE uplink (
            platform TEXT PRIMARY KEY,
            confirmed INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Stage stamps are nanoseconds on the plant's time line, of which only differences mean anything to another run.
    private static let stamps = """
        CREATE TABLE stamp (
            sequence INTEGER PRIMARY KEY,
            read_at INTEGER NOT NULL,
            published_at INTEGER NOT NULL,
            judged_at INTEGER NOT NULL,
            committed_at INTEGER NOT NULL
        ) STRICT;
        ALTER TABLE outbox ADD COLUMN sent_at INTEGER;
        ALTER TABLE outbox ADD COLUMN answered_at INTEGER;

        -- Whether the last run wrote down, at its end, which messages it had handed out. An older schema always had.
        CREATE TABLE run (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            is_over INTEGER NOT NULL
        ) STRICT;
        INSERT INTO run VALUES (1, 1);
        """

    /// What a commit need not touch: a message enters the index of those told when it is accepted, and the age of the oldest
    /// is read from the lines. Every page less is less between an alarm and whoever is told.
    private static let lighterCommits = """
        DROP INDEX outbox_told;
        DROP INDEX outbox_pending;
        CREATE INDEX outbox_accepted ON outbox (rule, occurrence, id) WHERE stage = 2;
        """

    /// Three pages less for each commit, and no body is taken apart to be indexed. Keys are unique within their alarm, which
    /// they name; a message's id holds its event's sequence (``Outbox/id(of:place:)``); what a platform is owed is looked for
    /// from where it has confirmed.
    private static let fewerPages = """
        DROP VIEW record;
        CREATE TABLE event_4 (
            sequence INTEGER PRIMARY KEY,
            key TEXT NOT NULL,
            rule TEXT NOT NULL,
            occurrence INTEGER NOT NULL,
            idempotency_key TEXT,
            to_platform INTEGER NOT NULL,
            body TEXT NOT NULL,
            previous TEXT NOT NULL,
            hash TEXT NOT NULL
        ) STRICT;
        INSERT INTO event_4
            SELECT sequence, key, rule, occurrence, idempotency_key, to_platform, body, previous, hash
            FROM event ORDER BY sequence;
        DROP TABLE event;
        ALTER TABLE event_4 RENAME TO event;
        CREATE UNIQUE INDEX event_of_alarm ON event (rule, occurrence, key);
        CREATE INDEX event_of_command ON event (idempotency_key) WHERE idempotency_key IS NOT NULL;
        \(eventStands)
        -- INSERT OR REPLACE deletes without a word to the trigger above.
        CREATE TRIGGER event_appends BEFORE INSERT ON event
            WHEN NEW.sequence <= (SELECT max(sequence) FROM event) OR EXISTS (
                SELECT 1 FROM event WHERE rule = NEW.rule AND occurrence = NEW.occurrence AND key = NEW.key)
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only: sequence or key is taken'); END;
        \(recordView)

        CREATE TABLE outbox_4 (
            id INTEGER PRIMARY KEY,
            sequence INTEGER AS (id >> 16) VIRTUAL,
            rule TEXT NOT NULL,
            occurrence INTEGER NOT NULL,
            priority INTEGER NOT NULL,
            channel TEXT NOT NULL,
            recipient TEXT NOT NULL,
            stage INTEGER NOT NULL,
            made_at INTEGER NOT NULL,
            due_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            handed_out INTEGER NOT NULL DEFAULT 0,
            last_answer TEXT,
            ended_at INTEGER,
            settled_at INTEGER,
            sent_at INTEGER,
            answered_at INTEGER
        ) STRICT;
        INSERT INTO outbox_4
            SELECT (sequence << 16) + row_number() OVER (PARTITION BY sequence ORDER BY id) - 1, rule, occurrence, priority,
                channel, recipient, stage, made_at, due_at, attempts, handed_out, last_answer, ended_at, settled_at, sent_at,
                answered_at
            FROM outbox;
        DROP TABLE outbox;
        ALTER TABLE outbox_4 RENAME TO outbox;
        -- In the order of a hand-out, which so sorts nothing. At most one row of each rule and recipient stands here.
        CREATE INDEX outbox_next ON outbox (channel, priority DESC, due_at) WHERE stage = 1;
        CREATE INDEX outbox_line ON outbox (rule, channel, recipient, id) WHERE stage < 2;
        CREATE INDEX outbox_undelivered ON outbox (id) WHERE stage > 2;

        -- Events that messages are about and whose records were lost with an earlier file.
        CREATE TABLE lost (
            rule TEXT NOT NULL,
            occurrence INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            PRIMARY KEY (rule, occurrence, sequence)
        ) STRICT, WITHOUT ROWID;
        \(noteLost);
        """

    /// Whoever was told of an event is told of what follows it, though its record is lost.
    static let noteLost = """
        INSERT OR IGNORE INTO lost
            SELECT rule, occurrence, sequence FROM outbox
            WHERE sequence NOT IN (SELECT sequence FROM event) AND sequence NOT IN (SELECT sequence FROM carried)
        """
}
