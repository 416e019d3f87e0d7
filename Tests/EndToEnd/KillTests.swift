import DeviceMap
import EventJournal
import Glibc
import ParkSimulator
import PlantModel
import PlantTime
import StationAPI
import StationPorts
import Testing

extension `The whole house` {
    @Suite struct `kill -9` {
        @Test(.timeLimit(.minutes(8)))
        func `at 50 moments loses nothing and tells nothing twice under another key`() async throws {
            // HAZARDD_SEED=... plays a printed seed again.
            let given = ChildProcess.ownEnvironment()["HAZARDD_SEED"].flatMap { UInt64($0) }
            let seed = given ?? UInt64.random(in: .min ... .max)
            print("kill -9: seed \(seed)")
            let play = try KillPlay(seed: seed)
            defer { play.end() }
            try await play.perform()
            try await play.check()
        }
    }
}

/// A scripted run that is killed again and again on one state folder. Each round brings one of the points over its limit
/// and back, and one `kill -9` falls somewhere into it.
private final class KillPlay {
    /// Where in a round the kill falls.
    private enum Moment: CaseIterable {
        /// The value is over the limit and has been read; the on-delay runs.
        case onDelay
        /// The raise is committed and its message has reached the officer, who has not answered yet.
        case sending
        /// While the next daemon is still starting.
        case starting
        /// After an acknowledgement was sent: answered, or on its way.
        case acknowledging
        /// Around the end of the excursion.
        case clearing
    }

    /// 20 during a running on-delay, 10 between commit and send, 20 anywhere else.
    private static let moments: [Moment] =
        Array(repeating: .onDelay, count: 20) + Array(repeating: .sending, count: 10)
        + Array(repeating: .starting, count: 7) + Array(repeating: .acknowledging, count: 7)
        + Array(repeating: .clearing, count: 6)
    private static let onDelay = 1.0
    private static let onDelayKillsWanted = 20
    private static let devices = ["GAS-1", "GAS-2", "GAS-3", "GAS-4"]

    private let site: TestSite
    private let park: ModbusPark
    private let duty: DutyOfficerReceiver
    private let county: PlatformReceiver
    private let seed: UInt64
    private var moments: SeededMoments
    private var daemon: RunningDaemon?
    /// How often each device was over its limit, each time until its raise was seen.
    private var excursions: [String: Int] = [:]
    /// Acknowledgements that were answered with 200: rule and occurrence by idempotency key.
    private var acknowledged: [String: (rule: String, occurrence: UInt32)] = [:]
    private var restarts: [Duration] = []
    private var kills = 0
    /// Kills after which the journal shows that the on-delay was still running.
    private var onDelayKills = 0

    init(seed: UInt64) throws {
        self.seed = seed
        moments = SeededMoments(seed: seed)
        site = try TestSite()
        park = try ModbusPark(
            devices: Self.devices.map { ParkDevice(id: $0, units: [1: RegisterBank(holdingRegisters: 4)]) })
        duty = try DutyOfficerReceiver(keys: site.webhookKeys)
        county = try PlatformReceiver(token: site.platformToken)
        try site.write(
            modbus: Self.devices.map { .init(id: $0, port: park.port(of: $0) ?? 0) },
            webhooks: .init(duty: duty.url, platform: county.url))
        try site.write(rules: Self.devices.map { ($0, "conc") }, onDelay: Self.onDelay)
        for device in Self.devices { set(device, 10) }
    }

    func end() {
        park.stop()
        duty.stop()
        county.stop()
        site.remove()
    }

    // MARK: The run

    func perform() async throws {
        try await start()
        var order = Self.moments
        order.shuffle(using: &moments)
        for (round, moment) in order.enumerated() {
            try await play(moment, on: Self.devices[round % Self.devices.count], round: round)
        }
        // On a busy machine a kill may come after its on-delay: it counts as one somewhere else, and another is made.
        var round = order.count
        while onDelayKills < Self.onDelayKillsWanted, round < 2 * order.count {
            try await play(.onDelay, on: Self.devices[round % Self.devices.count], round: round)
            round += 1
        }
        // Everything calm again, and everything told.
        for device in Self.devices { try await waitForNoAlarm(of: device) }
        let (duty, county, site) = (duty, county, site)
        let isTold = await Waiting.until(within: .seconds(40), every: .milliseconds(200)) {
            guard let records = try? JournalReader(file: site.journalFile).records(after: 0, limit: 100_000) else {
                return false
            }
            let told = Set(duty.acceptedKeys)
            let stored = Set(county.records.map(\.sequence))
            return records.allSatisfy { record in
                (!record.dutySet.contains(.notify) || told.contains("\(record.key)/zhang"))
                    && (!record.dutySet.contains(.reportToPlatform) || stored.contains(record.sequence))
            }
        }
        #expect(isTold, "every alarm is delivered: \(daemon?.logTail ?? "")")
        #expect(await daemon?.stop() == .exited(0))
        let slowest = restarts.max() ?? .zero
        print(
            "kill -9: \(kills) kills, \(onDelayKills) of them in an on-delay, slowest restart \(slowest), receipts \(duty.receipts.count)"
        )
        #expect(kills >= Self.moments.count)
        #expect(onDelayKills == Self.onDelayKillsWanted)
    }

    private func play(_ moment: Moment, on device: String, round: Int) async throws {
        let rule = "\(device).HH"
        // The excursion before on this device is over: two would be one.
        try await waitForNoAlarm(of: device)
        if moment == .sending { try await holdNextMessage() }
        excursions[device, default: 0] += 1
        let occurrence = UInt32(excursions[device, default: 0])
        set(device, 60 + UInt16(round))
        switch moment {
        case .onDelay:
            try await waitUntilRead(device)
            await Waiting.pass(moments.milliseconds(50...700))
            await kill()
            let raise = try JournalReader(file: site.journalFile).record(forKey: "e2e/\(rule)/\(occurrence)/raise/0/1")
            if raise == nil { onDelayKills += 1 }
            try await start()
        case .sending:
            let key = "e2e/\(rule)/\(occurrence)/raise/0/1/zhang"
            let duty = duty
            let isHeld = await Waiting.until(within: .seconds(20)) {
                duty.receipts.contains { $0.key == key && $0.reaction == .silence }
            }
            #expect(isHeld, "\(key) is in flight")
            await Waiting.pass(moments.milliseconds(0...100))
            try await killAndRestart()
        case .starting:
            await Waiting.pass(moments.milliseconds(0...800))
            await kill()
            daemon = try RunningDaemon(site)
            await Waiting.pass(moments.milliseconds(0...400))
            kills -= 1
            try await killAndRestart()
        case .acknowledging, .clearing: break
        }
        try await waitForRaise(rule, occurrence)
        if moment == .acknowledging || round % 3 == 0 {
            try await acknowledge(rule, occurrence, round: round, killsMeanwhile: moment == .acknowledging)
        }
        set(device, 10)
        if moment == .clearing {
            await Waiting.pass(moments.milliseconds(0...500))
            try await killAndRestart()
        }
    }

    private func acknowledge(_ rule: String, _ occurrence: UInt32, round: Int, killsMeanwhile: Bool) async throws {
        let station = StationDoor(control: site.control)
        guard let alarm = await Waiting.first(within: .seconds(10), { station.alarm(rule) }) else {
            Issue.record("\(rule)/\(occurrence) is not shown as open")
            return
        }
        #expect(alarm.occurrence == occurrence)
        let key = "seed-\(seed)-round-\(round)"
        guard killsMeanwhile else {
            if station.acknowledge(alarm, key: key) == 200 { acknowledged[key] = (rule, occurrence) }
            return
        }
        async let answer = Waiting.offPool { station.acknowledge(alarm, key: key) }
        await Waiting.pass(moments.milliseconds(0...40))
        await kill()
        let isDone = await answer == 200
        try await start()
        guard isDone else { return }
        acknowledged[key] = (rule, occurrence)
        let stands = await Waiting.first(within: .seconds(10)) { station.alarm(rule) }
        #expect(stands?.acknowledged?.by == "zhang", "\(rule)/\(occurrence) stays acknowledged after the restart")
    }

    // MARK: Steps

    private func set(_ device: String, _ value: UInt16) {
        park.update(device, unit: 1) { $0[.holdingRegister, 0] = value }
    }

    private func start() async throws {
        let started = SteadyClock().now()
        daemon = try await RunningDaemon.ready(site)
        restarts.append(SteadyClock().now() - started)
    }

    private func kill() async {
        await daemon?.kill()
        kills += 1
    }

    private func killAndRestart() async throws {
        await kill()
        try await start()
    }

    /// The next message meets a receiver that takes it and says nothing: nothing else must be on its way.
    private func holdNextMessage() async throws {
        for device in Self.devices { try await waitForNoAlarm(of: device) }
        let station = StationDoor(control: site.control)
        let isQuiet = await Waiting.until(within: .seconds(20)) { station.metric("hazardd_outbox_pending") == 0 }
        #expect(isQuiet, "the outbox is empty")
        duty.script([.silence])
    }

    /// The device has answered a request that began after now.
    private func waitUntilRead(_ device: String) async throws {
        let park = park
        let before = park.tally(of: device).requests
        #expect(await Waiting.until(within: .seconds(10)) { park.tally(of: device).requests > before })
    }

    private func waitForRaise(_ rule: String, _ occurrence: UInt32) async throws {
        let file = site.journalFile
        let key = "e2e/\(rule)/\(occurrence)/raise/0/1"
        let isRaised = await Waiting.until(within: .seconds(15)) {
            (try? JournalReader(file: file).record(forKey: key)) != nil
        }
        try #require(isRaised, "\(key) is raised: seed \(seed), \(daemon?.logTail ?? "")")
    }

    /// The device's last occurrence is cleared (its acknowledgement may be owed).
    private func waitForNoAlarm(of device: String) async throws {
        guard let occurrence = excursions[device] else { return }
        let file = site.journalFile
        let key = "e2e/\(device).HH/\(occurrence)/clear/0/1"
        let isCleared = await Waiting.until(within: .seconds(15)) {
            (try? JournalReader(file: file).record(forKey: key)) != nil
        }
        try #require(isCleared, "\(key) is cleared: seed \(seed), \(daemon?.logTail ?? "")")
    }

    // MARK: What must be true at the end

    func check() async throws {
        let report = try JournalVerifier.verify(file: site.journalFile)
        #expect(report.isUnbroken, "the journal verifies: \(String(describing: report.firstBreak))")
        let records = try JournalReader(file: site.journalFile).records(after: 0, limit: 100_000)
        #expect(Set(records.map(\.key)).count == records.count, "no key twice")

        for device in Self.devices {
            let story = records.filter { $0.rule == "\(device).HH" }
            let raises = story.filter { $0.transition == "raise" }.map(\.occurrence)
            #expect(
                raises == Array(1...UInt32(excursions[device] ?? 0)), "\(device): one occurrence number per excursion")
            for occurrence in raises {
                let words = story.filter { $0.occurrence == occurrence }.map(\.transition)
                #expect(words.first == "raise" && words.contains("clear"), "\(device)/\(occurrence): \(words)")
            }
        }

        for (key, named) in acknowledged {
            let answers = records.filter { $0.idempotencyKey == key }
            #expect(answers.map(\.transition) == ["acknowledge"], "\(named) is acknowledged once")
        }
        #expect(!acknowledged.isEmpty)
        #expect(records.allSatisfy { $0.transition != "acknowledge" || $0.actor == "zhang" })

        var bodies: [String: Set<String>] = [:]
        for receipt in duty.receipts { bodies[receipt.key, default: []].insert(receipt.text) }
        for (key, texts) in bodies { #expect(texts.count == 1, "all receipts of \(key) are equal") }
        let keys = Set(records.map { "\($0.key)/zhang" })
        #expect(Set(bodies.keys).isSubset(of: keys), "nothing was told that is not in the journal")

        #expect(county.conflicts.isEmpty, "each platform record is stored once")
        let journals = Set(county.records.map(\.journalID))
        #expect(journals == [report.journalID])
        #expect(
            county.records.map(\.sequence)
                == records.filter { $0.dutySet.contains(.reportToPlatform) }.map(\.sequence))
    }
}
