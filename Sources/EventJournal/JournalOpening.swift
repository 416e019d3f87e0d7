import FoundationEssentials
import GRDB
import PlantTime
import StationPorts

/// Opens the file of a journal, or what takes its place: verified, or succeeded by a new file that says after what it comes.
///
/// There is one way out of everything that can be wrong with a file (damage, tampering, rows missing at its end, no file
/// at all where the head file remembers one): the file is put aside untouched, and a **successor** with an id of its own
/// starts from its last verified row, with all that people are still owed. Sequence numbers go on above every number that
/// was ever announced, so that no number ever means two events.
struct JournalOpening {
    let paths: JournalPaths
    let options: Journal.Options
    let now: WallTime

    struct Opened {
        var pool: DatabasePool
        var findings: [JournalFinding]
    }

    /// - Parameter announced: what the head file says.
    func open(announced: JournalHead?) throws(JournalFault) -> Opened {
        if !FileManager.default.fileExists(atPath: paths.file) {
            return try openAbsent(announced: announced)
        }
        do throws(JournalFault) {
            let (findings, isBroken) = try examine(announced: announced)
            if isBroken { return try succeed(announced: announced, because: findings) }
            return Opened(pool: try JournalFile.open(paths.file, options: options), findings: findings)
        } catch {
            guard case .damaged(let what) = error else { throw error }
            return try succeed(announced: announced, because: [.suspect("SQLite finds the journal damaged: \(what)")])
        }
    }

    /// No file: a new station, a successor that was cut short before it was put in its place, or a journal that is gone.
    private func openAbsent(announced: JournalHead?) throws(JournalFault) -> Opened {
        if FileManager.default.fileExists(atPath: paths.next),
            (try? JournalFile.openReadOnly(paths.next).close()) != nil,
            let whole = try? JournalVerifier.verify(file: paths.next, announced: nil), whole.isUnbroken
        {
            try paths.adoptNext()
            let finding = JournalFinding.suspect(
                "a journal was being replaced when the last run ended; it has been put in place")
            return Opened(pool: try JournalFile.open(paths.file, options: options), findings: [finding])
        }
        var findings: [JournalFinding] = []
        if let announced, announced.sequence > 0 { findings = [.short(missing: 1...announced.sequence)] }
        try Succession(after: announced, atLeast: announced?.sequence ?? 0, at: now).make(paths)
        return Opened(pool: try JournalFile.open(paths.file, options: options), findings: findings)
    }

    /// What is wrong with the file, without writing a byte to it: a broken one is evidence.
    private func examine(announced: JournalHead?) throws(JournalFault) -> (findings: [JournalFinding], isBroken: Bool) {
        try JournalFile.refuseNewerSchema(paths.file)
        let queue = try JournalFile.openReadOnly(paths.file)
        defer { try? queue.close() }
        do {
            return try queue.read { db in
                let pages = try UInt64.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                let bytes = pages * (try UInt64.fetchOne(db, sql: "PRAGMA page_size") ?? 4096)
                if bytes <= options.quickCheckBytes,
                    let fault = try String.fetchOne(db, sql: "PRAGMA quick_check(1)"), fault != "ok"
                {
                    throw JournalFault.damaged(fault)
                }
                let report = try JournalVerifier.verify(db, tail: UInt64(options.verifiedTail), announced: announced)
                if let found = report.firstBreak { return ([Self.finding(of: found)], true) }
                return (Self.strangeHead(announced, report), false)
            }
        } catch {
            throw JournalFault.reading(error)
        }
    }

    /// A head file that belongs neither to this journal nor to the one before it: one of the two was exchanged. Nothing in
    /// the file is wrong by itself, so it is said and the file goes on.
    private static func strangeHead(_ announced: JournalHead?, _ report: JournalVerifier.Report) -> [JournalFinding] {
        guard let announced, ![report.journalID, report.predecessor?.journalID].contains(announced.journalID) else {
            return []
        }
        return [.suspect("the head file is of journal \(announced.journalID), the file is journal \(report.journalID)")]
    }

    private static func finding(of found: ChainBreak) -> JournalFinding {
        switch found.cause {
        case .cutOff(let head): .short(missing: found.sequence...head)
        case .unreadable(let what): .suspect("row \(found.sequence) of the journal cannot be read: \(what)")
        case .missing, .notContinued, .altered, .mislabelled, .rewritten, .genesis: .tampered(found)
        }
    }

    /// Puts the file aside and starts its successor.
    func succeed(
        announced: JournalHead?, because findings: [JournalFinding]
    ) throws(JournalFault) -> Opened {
        let salvage = Salvage(of: paths.file, keepingNewest: options.carriedRecords)
        let floor = max(salvage.highestSequence, announced?.sequence ?? 0)
        paths.discardNext()
        let succession = Succession(
            after: salvage.verifiedHead ?? announced, atLeast: floor, at: now, carrying: salvage)
        try succession.build(paths.next)
        let aside = try paths.setAside()
        try paths.adoptNext()
        return Opened(
            pool: try JournalFile.open(paths.file, options: options),
            findings: findings + [.setAside(file: aside, continuedFrom: salvage.verifiedHead)])
    }
}
