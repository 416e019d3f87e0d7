import Foundation
import GRDB
import PlantModel
import PlantTime
import StationPorts
import Synchronization
import Testing

@testable import EventJournal

@Suite struct `A crash` {
    let folder: StateFolder
    init() throws { folder = try StateFolder() }

    /// What a kill -9 leaves is what the page cache holds. Files are copied while a thread commits; only checkpoints wait
    /// for the copy, since copying two files is not one moment.
    @Test(arguments: [1, 2, 3])
    func `at any moment loses nothing that a commit had returned`(run: UInt64) throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("crash run \(run): seed \(seed)")
        var random = SeededGenerator(state: seed)
        var options = Journal.Options()
        options.checkpointAfterPages = 0
        let journal = try folder.open(plan: telling("wang", "li"), options)
        let loop = CommitLoop()
        loop.start(journal, seed: seed)
        defer { loop.stop() }
        for copy in 1...12 {
            // Another moment each time: after a few more commits, and while more are on their way.
            loop.run(through: Int.random(in: 1...9, using: &random), and: 8)
            let crashed = try StateFolder()
            let promised = try loop.files.withLock { _ in
                let promised = loop.committed.load(ordering: .acquiring)
                try folder.copyFiles(to: crashed)
                return promised
            }
            let report = try JournalVerifier.verify(file: crashed.paths.file)
            #expect(report.isUnbroken, "seed \(seed), copy \(copy)")
            let revived = try crashed.open(plan: telling("wang", "li"))
            #expect(revived.takeFindings().isEmpty, "seed \(seed), copy \(copy)")
            let head = try revived.head().sequence
            #expect(head >= promised, "seed \(seed), copy \(copy)")
            // Every record brought its messages and its standing, or none of them is there.
            let records = try revived.records(after: 0, limit: .max)
            #expect(records.map(\.sequence) == Array(1...head), "seed \(seed), copy \(copy)")
            #expect(try revived.backlog(at: .start).pending == records.count * 2, "seed \(seed), copy \(copy)")
            #expect(try revived.standings().count == records.count, "seed \(seed), copy \(copy)")
        }
        #expect(loop.faults.load(ordering: .relaxed) == 0)
    }

    @Test(arguments: [0.2, 0.5, 0.9])
    func `a write-ahead log that is cut short is missed by number`(kept: Double) throws {
        let crashed = try Self.crashedStation(folder)
        let wal = crashed.paths.file + "-wal"
        let bytes = try #require(FileManager.default.contents(atPath: wal))
        let length = Int(Double(bytes.count) * kept)
        #expect(FileManager.default.createFile(atPath: wal, contents: bytes.prefix(length)))
        try Self.expectShort(crashed, head: 40)
    }

    @Test func `one flipped bit in the write-ahead log drops every commit after it, and they are missed by number`()
        throws
    {
        let crashed = try Self.crashedStation(folder)
        let wal = crashed.paths.file + "-wal"
        var bytes = try #require(FileManager.default.contents(atPath: wal))
        bytes[bytes.count / 2] ^= 0x10
        #expect(FileManager.default.createFile(atPath: wal, contents: bytes))
        try Self.expectShort(crashed, head: 40)
    }

    @Test func `events that were lost with the log are derived again under their keys, with numbers of their own`()
        throws
    {
        let crashed = try Self.crashedStation(folder)
        let wal = crashed.paths.file + "-wal"
        let bytes = try #require(FileManager.default.contents(atPath: wal))
        #expect(FileManager.default.createFile(atPath: wal, contents: bytes.prefix(bytes.count / 2)))
        let left = try JournalVerifier.verify(file: crashed.paths.file, announced: nil).rows
        let journal = try crashed.open(plan: telling("wang"))
        let again = try journal.commit(raises(1...40), at: .start).map(\.sequence)
        #expect(again == Array(1...left) + (41...40 + (40 - left)))
        #expect(try journal.backlog(at: .start).pending == 40)
    }

    /// Forty commits, all in the log; copied as a crash would leave them.
    private static func crashedStation(_ folder: StateFolder) throws -> StateFolder {
        var options = Journal.Options()
        options.checkpointAfterPages = 0
        let journal = try folder.open(plan: telling("wang"), options)
        for number in 1...40 { _ = try journal.commit(raises(number...number), at: .start) }
        let crashed = try StateFolder()
        try folder.copyFiles(to: crashed)
        return crashed
    }

    private static func expectShort(_ crashed: StateFolder, head: UInt64) throws {
        let left = try JournalVerifier.verify(file: crashed.paths.file, announced: nil)
        #expect(left.isUnbroken, "what is left is a right chain: only the head file knows better")
        #expect(left.rows < head)
        let found = try JournalVerifier.verify(file: crashed.paths.file).firstBreak
        #expect(found == ChainBreak(sequence: left.rows + 1, cause: .cutOff(head: head)))
        #expect(try crashed.open().takeFindings().first == .short(missing: left.rows + 1...head))
    }
}

/// Commits raises of ever new rules, one or a few at a time, as often as it is asked to, and now and then moves the log into the
/// file.
private final class CommitLoop: Sendable {
    let committed = Atomic<UInt64>(0)
    let faults = Atomic(0)
    /// Held by whoever copies the files, and by a checkpoint.
    let files = Mutex(())
    private let isOver = Atomic(false)
    private let asked = DispatchSemaphore(value: 0)
    private let tried = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)

    /// Waits until it has tried so many more commits, and leaves it at some more of which nobody waits for the end.
    func run(through count: Int, and more: Int) {
        for _ in 1...(count + more) { asked.signal() }
        for _ in 1...count { tried.wait() }
    }

    func start(_ journal: Journal, seed: UInt64) {
        let thread = Thread { [self] in
            var random = SeededGenerator(state: seed)
            var next = 1
            while true {
                asked.wait()
                // Acquire: pairs with the release in `stop`.
                guard !isOver.load(ordering: .acquiring) else { break }
                let last = next + Int.random(in: 0...3, using: &random)
                do {
                    let records = try journal.commit(raises(next...last), at: .start)
                    // Release: whoever sees the number sees the files that hold it.
                    committed.store(records.last?.sequence ?? 0, ordering: .releasing)
                    if Int.random(in: 0..<8, using: &random) == 0 {
                        try files.withLock { _ in
                            try journal.pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
                        }
                    }
                } catch {
                    faults.add(1, ordering: .relaxed)
                }
                next = last + 1
                tried.signal()
            }
            finished.signal()
        }
        thread.start()
    }

    func stop() {
        isOver.store(true, ordering: .releasing)
        asked.signal()
        finished.wait()
    }
}

/// Random numbers that a printed seed brings back (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension StateFolder {
    /// The head first: a copy of it may be behind the copy of the journal, as after a crash, never ahead.
    func copyFiles(to other: StateFolder) throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: other.journal, withIntermediateDirectories: true)
        try manager.copyItem(atPath: paths.head, toPath: other.paths.head)
        for suffix in ["", "-wal"] {
            try manager.copyItem(atPath: paths.file + suffix, toPath: other.paths.file + suffix)
        }
    }
}
