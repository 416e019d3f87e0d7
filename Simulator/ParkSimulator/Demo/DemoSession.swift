import Glibc
import PlantModel
import PlantTime
import RingPipeline
import WebTransfer

/// What `make run` does: a park, a broker, receivers and a real daemon in one temporary folder, a scenario played on them,
/// and every alarm and receipt shown as it comes.
///
/// One object for one run, used from one thread, which ``run()`` blocks. Whatever it started is ended when ``run()``
/// returns, in order: scenario, daemon, park, broker, receivers; and nothing else is touched.
package final class DemoSession {
    package struct Plan: Sendable {
        package var script: ScenarioScript
        /// Where `Simulator/DemoSite` and `DeviceProfiles` stand.
        package var repository: String
        /// The daemon's executable.
        package var hazardd: String
        /// The operator's tool, named in the hints; nil: no hints.
        package var hazardctl: String?
        package var view: LiveView
        /// Goes on after the scenario until it is stopped; otherwise it ends by itself, with a verdict.
        package var staysUntilStopped: Bool
        /// Keeps the temporary folder.
        package var keepsFolder: Bool
        /// How long the daemon may take to say READY.
        package var readyWithin: Duration

        package init(
            script: ScenarioScript, repository: String, hazardd: String, hazardctl: String? = nil, view: LiveView,
            staysUntilStopped: Bool = false, keepsFolder: Bool = false, readyWithin: Duration = .seconds(60)
        ) {
            self.script = script
            self.repository = repository
            self.hazardd = hazardd
            self.hazardctl = hazardctl
            self.view = view
            self.staysUntilStopped = staysUntilStopped
            self.keepsFolder = keepsFolder
            self.readyWithin = readyWithin
        }
    }

    /// Exit statuses of the demo.
    package enum Verdict: Int32, Sendable {
        /// Everything that was expected came.
        case complete = 0
        /// Something is missing, or something broke; it has been said what.
        case incomplete = 1
        /// Stopped by the person before the scenario was over.
        case interrupted = 130
    }

    private let plan: Plan
    private let clock = SteadyClock()
    private let stopDescriptor: Int32
    private let say: (String) -> Void
    private let mailbox: Mailbox<News>
    private var checker: ExpectationChecker
    private var toldPlatformKeys: Set<String> = []
    private var shownKeys: Set<String> = []
    /// Receipts that came before the event stream had told of their event, by event key.
    private var earlyReceipts: [String: [String]] = [:]

    private enum News: Sendable {
        case event(AlarmRecord)
        case trouble(String)
        case webhook(DutyOfficerReceiver.Receipt)
        case platform
    }

    /// - Parameters:
    ///   - stopDescriptor: readable when the person wants it to end (``TerminationSignals``).
    ///   - say: takes each line for the terminal.
    package init(_ plan: Plan, stopDescriptor: Int32, say: @escaping (String) -> Void) throws(ParkFailure) {
        self.plan = plan
        self.stopDescriptor = stopDescriptor
        self.say = say
        mailbox = try Mailbox()
        checker = ExpectationChecker(plan.script)
    }

    /// Runs it all. Blocks until it is over.
    package func run() -> Verdict {
        do throws(ParkFailure) {
            let folder = try DemoFolder(repository: plan.repository)
            let verdict = try run(in: folder)
            if plan.keepsFolder || verdict == .incomplete {
                tell(chinese: "临时目录保留在 \(folder.root)", english: "the temporary folder stays: \(folder.root)")
            } else {
                folder.remove()
            }
            return verdict
        } catch {
            say("parksim: \(error)")
            return .incomplete
        }
    }

    // MARK: The parts

    private func run(in folder: DemoFolder) throws(ParkFailure) -> Verdict {
        let mailbox = self.mailbox
        let broker = try BrokerProcess(folder: folder.broker)
        defer { broker.stop() }
        let duty = try DutyOfficerReceiver(keys: try DemoCredentials(folder: folder.credentials).webhookKeys) {
            mailbox.put(.webhook($0))
        }
        defer { duty.stop() }
        let county = try PlatformReceiver(token: folder.platformToken) { _ in mailbox.put(.platform) }
        defer { county.stop() }
        let plant = try SimulatedPlant(plan: .demo, seed: plan.script.seed, brokerPort: broker.port)
        defer { plant.stop() }
        let addresses = ParkAddresses(
            plant: plant, brokerPort: broker.port, dutyURL: duty.url, countyURL: county.url)
        try addresses.write(toSite: folder.site)
        tell(
            chinese: "园区已启动:\(plant.plan.devices.count) 台设备,MQTT 端口 \(broker.port),目录 \(folder.root)",
            english:
                "park up: \(plant.plan.devices.count) devices, broker on port \(broker.port), folder \(folder.root)")

        let notify = try NotifyListener()
        let daemon = try startDaemon(folder, notify)
        defer { daemon.end(patience: .seconds(20)) }
        if let failure = waitForReady(daemon, notify, folder) { return failure }

        let stopFollowing = TransferStop()
        let follower = follow(folder.controlSocket, until: stopFollowing)
        let verdict = play(daemon, plant, broker, county, folder)
        stopFollowing.request()
        follower.join()
        daemon.end(patience: .seconds(20))
        takeNews(readyAt: clock.wallNow(), county, isLate: true)
        for line in earlyReceipts.sorted(by: { $0.key < $1.key }).flatMap(\.value) { say(line) }
        return verdict
    }

    private func startDaemon(_ folder: DemoFolder, _ notify: NotifyListener) throws(ParkFailure) -> ChildProcess {
        var environment = ChildProcess.ownEnvironment()
        for name in ["WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] {
            environment[name] = nil
        }
        environment["NOTIFY_SOCKET"] = notify.socketName
        return try ChildProcess(
            "hazardd", executable: plan.hazardd,
            arguments: [
                "--site", folder.site, "--state", folder.state, "--credentials", folder.credentials, "--control",
                folder.controlSocket,
            ], environment: environment, output: .file(folder.daemonLog), errors: .file(folder.daemonLog))
    }

    /// Waits for READY=1; a verdict when it does not come.
    private func waitForReady(_ daemon: ChildProcess, _ notify: NotifyListener, _ folder: DemoFolder) -> Verdict? {
        let deadline = clock.now() + plan.readyWithin
        while true {
            if notify.lines.contains("READY=1") { return nil }
            let left = deadline - clock.now()
            guard left > .zero else {
                say("parksim: hazardd did not say READY within \(written(plan.readyWithin.seconds)) s")
                tellLog(folder)
                return .incomplete
            }
            let awake = Poll.readable([stopDescriptor, daemon.endDescriptor, notify.descriptor], within: left)
            notify.takeIn()
            if awake.contains(0) { return .interrupted }
            if let ending = daemon.ending {
                say("parksim: hazardd ended before it was ready: \(ending)")
                tellLog(folder)
                return .incomplete
            }
        }
    }

    private func follow(_ socket: String, until stop: TransferStop) -> WorkerThread {
        let mailbox = self.mailbox
        return WorkerThread(named: "park-follow") {
            StationClient(controlSocket: socket).follow(
                stop: stop, onEvent: { mailbox.put(.event($0)) }, onTrouble: { mailbox.put(.trouble($0)) })
        }
    }

    // MARK: The play

    private func play(
        _ daemon: ChildProcess, _ plant: SimulatedPlant, _ broker: BrokerProcess, _ county: PlatformReceiver,
        _ folder: DemoFolder
    ) -> Verdict {
        let readyAt = clock.wallNow()
        let start = clock.now()
        let script = plan.script
        let station = StationClient(controlSocket: folder.controlSocket)
        let player: ScenarioPlayer
        do throws(ParkFailure) {
            player = try ScenarioPlayer(script, on: plant, broker: broker) { rule, comment throws(ParkFailure) in
                try station.acknowledge(rule: rule, comment: comment)
            }
        } catch {
            say("parksim: \(error)")
            return .incomplete
        }
        defer { player.stop() }
        tellStart(folder)
        var isJudged = false
        while true {
            let awake = Poll.readable(
                [stopDescriptor, daemon.endDescriptor, mailbox.descriptor], within: .milliseconds(200))
            takeNews(readyAt: readyAt, county)
            if let ending = daemon.ending {
                say("parksim: hazardd ended by itself: \(ending)")
                tellLog(folder)
                return .incomplete
            }
            if awake.contains(0) {
                tell(chinese: "正在停止", english: "stopping")
                return isJudged ? verdict(player) : .interrupted
            }
            let seconds = (clock.now() - start).seconds
            guard !isJudged, player.isOver, seconds >= script.seconds else { continue }
            guard checker.isComplete || seconds >= script.seconds + ScenarioScript.graceSeconds else { continue }
            isJudged = true
            tellVerdict(player)
            guard plan.staysUntilStopped else { return verdict(player) }
            tell(
                chinese: "场景已结束,园区保持平静运行;按 Ctrl-C 停止",
                english: "the scenario is over; the park goes on calmly; Ctrl-C ends it")
        }
    }

    private func verdict(_ player: ScenarioPlayer) -> Verdict {
        checker.isComplete && player.mishaps.isEmpty ? .complete : .incomplete
    }

    private func takeNews(readyAt: WallTime, _ county: PlatformReceiver, isLate: Bool = false) {
        for news in mailbox.takeAll() {
            switch news {
            case .event(let record):
                say(plan.view.line(record))
                shownKeys.insert(record.key)
                for line in earlyReceipts.removeValue(forKey: record.key) ?? [] { say(line) }
                guard !isLate, record.refusal == nil else { continue }
                checker.note(
                    SeenEvent(
                        key: record.key, rule: record.rule, transition: record.transition,
                        seconds: (record.occurredAt - readyAt).seconds))
            case .trouble(let reason):
                if !isLate { tell(chinese: "事件流中断:\(reason)", english: reason) }
            case .webhook(let receipt):
                guard receipt.isAccepted, let key = EventKeyParts(idempotencyKey: receipt.key) else {
                    tell(chinese: "值班员拒收了一条消息", english: "the duty officer refused a message: \(receipt.reaction)")
                    continue
                }
                checker.noteWebhook(key: key.eventKey)
                let line = plan.view.receipt(
                    .dutyOfficer, transition: key.transition, rule: key.rule, detail: key.recipient,
                    at: receipt.arrivedAt)
                show(line, behind: key.eventKey)
            case .platform:
                for record in county.records where toldPlatformKeys.insert(record.key).inserted {
                    checker.notePlatformRecord(key: record.key)
                    guard let key = EventKeyParts(eventKey: record.key) else { continue }
                    let line = plan.view.receipt(
                        .platform, transition: key.transition, rule: key.rule, detail: "#\(record.sequence)",
                        at: clock.wallNow())
                    show(line, behind: record.key)
                }
            }
        }
    }

    /// Shows a receipt, but not before the event that it is for: the three ways from the daemon to us race.
    private func show(_ line: String, behind eventKey: String) {
        if shownKeys.contains(eventKey) { say(line) } else { earlyReceipts[eventKey, default: []].append(line) }
    }

    // MARK: Words

    private func tell(chinese: String, english: String) { say(plan.view.note(chinese: chinese, english: english)) }

    private func tellStart(_ folder: DemoFolder) {
        let about = plan.script.about.text(plan.view.language)
        tell(
            chinese: "hazardd 就绪;场景 \(plan.script.name)(\(written(plan.script.seconds)) 秒):\(about)",
            english: "hazardd is ready; scenario \(plan.script.name) (\(written(plan.script.seconds)) s): \(about)")
        guard plan.staysUntilStopped, let hazardctl = plan.hazardctl else { return }
        let command = "\(hazardctl) alarms --control \(folder.controlSocket)"
        tell(chinese: "另开终端可查看或确认报警:\(command)", english: "from another terminal: \(command)")
    }

    private func tellVerdict(_ player: ScenarioPlayer) {
        let events = "\(checker.metCount)/\(checker.expectedCount)"
        tell(
            chinese: "场景 \(plan.script.name):预期事件 \(events),值班员消息 \(checker.webhookCount) 条,平台记录 "
                + "\(checker.platformCount) 条",
            english: "scenario \(plan.script.name): \(events) expected events, \(checker.webhookCount) webhooks, "
                + "\(checker.platformCount) platform records")
        for line in player.mishaps + checker.shortcomings.map({ $0.text(in: plan.view.language) }) { say("   \(line)") }
        if verdict(player) == .complete {
            tell(chinese: "全部符合预期", english: "everything that was expected came")
        } else {
            tell(chinese: "与预期不符", english: "not as expected")
        }
    }

    private func tellLog(_ folder: DemoFolder) {
        let lines = ((try? Files.text(of: folder.daemonLog)) ?? "").split(separator: "\n").suffix(20)
        for line in lines { say("   hazardd: \(line)") }
    }
}

/// What an event key says: `demo/NH3-101.L1/1/raise/0/1`, and with a recipient behind it as idempotency key.
struct EventKeyParts: Equatable {
    var eventKey: String
    var rule: String
    var transition: String
    var recipient = ""

    init?(eventKey: String) {
        let parts = eventKey.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        self.eventKey = eventKey
        rule = String(parts[1])
        transition = String(parts[3])
    }

    init?(idempotencyKey: String) {
        guard let slash = idempotencyKey.lastIndex(of: "/") else { return nil }
        self.init(eventKey: String(idempotencyKey[..<slash]))
        recipient = String(idempotencyKey[idempotencyKey.index(after: slash)...])
    }
}
