import EventJournal
import Glibc
import ParkSimulator
import PlantModel
import PlantTime
import StationAPI
import StationPorts
import Testing

extension `The whole house` {
    @Suite(.enabled(if: Files.isExecutable(BrokerProcess.usualExecutable), "needs Debian's mosquitto"))
    struct `kill -9 before the acknowledgement` {
        /// 6 seeds here; `make soak` plays 50 (HAZARDD_KILLS=50). HAZARDD_SEED=... plays printed seeds again.
        @Test(.timeLimit(.minutes(12)))
        func `every published alarm has its event and none has two`() async throws {
            let environment = ChildProcess.ownEnvironment()
            let count = environment["HAZARDD_KILLS"].flatMap { Int($0) } ?? 6
            let first = environment["HAZARDD_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...1_000_000)
            print("kill -9 between read, commit and acknowledgement: seeds \(first)...\(first + UInt64(count) - 1)")
            let play = try UnacknowledgedPlay()
            defer { play.end() }
            try await play.perform(seeds: (0..<UInt64(count)).map { first + $0 })
            try play.check(rounds: count)
        }
    }
}

/// A crane's box speaks through a real broker to a daemon that is killed right after each alarm: before it has read the
/// message, between reading and commit, between commit and acknowledgement, or behind that.
private final class UnacknowledgedPlay {
    private static let publisher = "/usr/bin/mosquitto_pub"
    private static let boxes = ["BOX-1", "BOX-2"]

    private let site: TestSite
    private let broker: BrokerProcess
    private var daemon: RunningDaemon?
    private var excursions: [String: Int] = [:]
    /// The seed that made each excursion, so that a failure names what plays it again.
    private var seedOf: [String: [UInt32: UInt64]] = [:]
    private var sequence = 0
    /// How often a kill found the raise uncommitted, committed and sent again, or done with.
    private var uncommitted = 0, unacknowledged = 0, settled = 0

    init() throws {
        site = try TestSite()
        broker = try BrokerProcess(folder: site.broker)
        try site.write(modbus: [], brokerPort: broker.port, boxes: Self.boxes, webhooks: .init())
        try site.write(rules: Self.boxes.map { ($0, "moment") }, onDelay: 0)
    }

    func end() {
        broker.stop()
        site.remove()
    }

    func perform(seeds: [UInt64]) async throws {
        daemon = try await RunningDaemon.ready(site)
        for box in Self.boxes {
            let station = StationDoor(control: site.control)
            var isSeen = false
            // READY does not wait for the broker: what comes before the first subscription nobody keeps.
            for _ in 0..<20 where !isSeen {
                try await publish(10, from: box)
                isSeen = await Waiting.until(within: .seconds(1)) { station.point("\(box).moment")?.value == 10 }
            }
            try #require(isSeen, "\(box) is heard: \(daemon?.logTail ?? "")")
        }
        for (round, seed) in seeds.enumerated() { try await play(seed, round: round) }
        #expect(await daemon?.stop() == .exited(0))
        print(
            "kill -9: \(uncommitted) before the commit, \(unacknowledged) between commit and acknowledgement, "
                + "\(settled) behind it")
    }

    private func play(_ seed: UInt64, round: Int) async throws {
        var moments = SeededMoments(seed: seed)
        let box = Self.boxes[round % Self.boxes.count]
        excursions[box, default: 0] += 1
        let occurrence = excursions[box, default: 0]
        seedOf[box, default: [:]][UInt32(occurrence)] = seed
        // In every second play the end of the excursion is under way too: said again, it must not begin a new one.
        let isOverAtOnce = Bool.random(using: &moments)
        try await publish(60 + Double(round), from: box)
        if isOverAtOnce { try await publish(10, from: box) }
        await Waiting.pass(moments.milliseconds(Bool.random(using: &moments) ? 0...15 : 0...250))
        await daemon?.kill()
        let wasCommitted = try record("raise", box, occurrence) != nil
        daemon = try await RunningDaemon.ready(site)
        try await wait(for: "raise", box, occurrence, seed)
        let station = StationDoor(control: site.control)
        let again = station.metric("hazardd_mqtt_messages_total{broker=\"post\"}") ?? 0
        if !wasCommitted { uncommitted += 1 } else if again > 0 { unacknowledged += 1 } else { settled += 1 }
        if !isOverAtOnce { try await publish(10, from: box) }
        try await wait(for: "clear", box, occurrence, seed)
    }

    private func record(_ transition: String, _ box: String, _ occurrence: Int) throws -> AlarmRecord? {
        try JournalReader(file: site.journalFile).record(forKey: "e2e/\(box).HH/\(occurrence)/\(transition)/0/1")
    }

    private func wait(for transition: String, _ box: String, _ occurrence: Int, _ seed: UInt64) async throws {
        let file = site.journalFile
        let key = "e2e/\(box).HH/\(occurrence)/\(transition)/0/1"
        let isThere = await Waiting.until(within: .seconds(20)) {
            (try? JournalReader(file: file).record(forKey: key)) != nil
        }
        try #require(isThere, "\(key) is in the journal: seed \(seed), \(daemon?.logTail ?? "")")
    }

    /// Through Debian's own mosquitto_pub: it ends when the broker has the message.
    private func publish(_ moment: Double, from box: String) async throws {
        sequence += 1
        let stamp = TimeText.utc(SteadyClock().wallNow())
        let text = "{\"seq\":\(sequence),\"ts\":\"\(stamp)\",\"moment\":\(moment)}"
        let child = try ChildProcess(
            "device", executable: Self.publisher,
            arguments: [
                "-h", "127.0.0.1", "-p", "\(broker.port)", "-q", "1", "-t", "park/e2e/\(box)/telemetry", "-m", text,
            ], output: .discard, errors: .discard)
        let ending = await Waiting.offPool { child.waitForEnd(within: .seconds(10)) }
        try #require(ending == .exited(0), "the broker took it")
    }

    func check(rounds: Int) throws {
        let report = try JournalVerifier.verify(file: site.journalFile)
        #expect(report.isUnbroken, "the journal verifies: \(String(describing: report.firstBreak))")
        let records = try JournalReader(file: site.journalFile).records(after: 0, limit: 100_000)
        #expect(Set(records.map(\.key)).count == records.count, "no key twice")
        for box in Self.boxes {
            let story = records.filter { $0.rule == "\(box).HH" }
            for transition in ["raise", "clear"] {
                let seen = story.filter { $0.transition == transition }.map(\.occurrence)
                let expected = Array(1...UInt32(max(excursions[box] ?? 0, 1)))
                // One too many shifts all behind it: the first that differs is the one to play again.
                let culprit = zip(expected, seen + [UInt32](repeating: 0, count: expected.count)).first { $0 != $1 }
                let seed = culprit.flatMap { seedOf[box]?[$0.0] }.map { "HAZARDD_KILLS=1 HAZARDD_SEED=\($0)" }
                #expect(seen == expected, "\(box): one \(transition) each; to play again: \(seed ?? "the last seed")")
            }
        }
    }
}
