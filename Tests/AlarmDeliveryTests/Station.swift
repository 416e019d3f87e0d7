import AlarmDelivery
import DeliveryPlan
import Digests
import Logging
import ParkSimulator
import PlantModel
import PlantTesting
import PlantTime
import StationPorts
import Synchronization
import Testing

let secretText = "duty-officer-secret"
let demoSite = SiteDescription(id: "demo", name: BilingualText(english: "Demo park"))
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A record of one rule; the key tells rule, occurrence and transition.
func aRecord(
    _ transition: String = "raise", rule: String = "AT-101.HH", occurrence: UInt32 = 7, sequence: UInt64 = 1,
    priority: Priority = .critical, duties: Duties = [.annunciate, .notify, .reportToPlatform], marks: EventMarks = []
) -> AlarmRecord {
    AlarmRecord(
        sequence: sequence, key: "demo/\(rule)/\(occurrence)/\(transition)/0/1", site: "demo", transition: transition,
        rule: rule, kind: "HH", occurrence: occurrence, version: 1, point: "AT-101",
        pointName: BilingualText(chinese: "机房氨", english: "NH3 machine room"), hazardSource: "ammonia",
        hazardSourceName: BilingualText(chinese: "氨制冷", english: "Ammonia plant"), area: "machine-room",
        value: transition == "clear" ? 18.2 : 41.3, unit: "mg/m3", limit: 40, priority: priority, colour: .red,
        stateBefore: "normal", stateAfter: "unacknowledged", duties: duties, marks: marks,
        occurredAt: WallTime(milliseconds: 1_795_480_205_120), decidedAt: WallTime(milliseconds: 1_795_480_205_131),
        raisedAt: WallTime(milliseconds: 1_795_480_205_120),
        guidance: Guidance(action: BilingualText(chinese: "撤离!", english: "Evacuate"), respondWithinSeconds: 180))
}

/// A folder with the credentials of the tests, gone with the value's end.
final class CredentialFolder {
    let path: String
    var store: CredentialStore { CredentialStore(folder: path) }

    init(_ secrets: [String: String] = ["duty-secret": secretText + "\n", "county-token": "token-1\n"]) throws {
        path = try Files.temporaryFolder("credentials")
        for (name, secret) in secrets { try Files.write(secret, to: "\(path)/\(name)") }
    }

    func add(_ name: String, _ secret: String) throws { try Files.write(secret, to: "\(path)/\(name)") }

    deinit { Files.removeFolder(path) }
}

/// Who was reported as failing, in order.
final class Reports: Sendable {
    private let kept = Mutex<[String]>([])

    func add(_ line: String) {
        kept.withLock { lines in
            // The sign of life every ten seconds says the same again.
            if lines.last(where: { $0.hasPrefix(line.prefix { $0 != " " }) }) != line { lines.append(line) }
        }
    }

    var lines: [String] { kept.withLock { $0 } }
}

/// An outbox worker over a memory outbox and bundled receivers, on a clock that moves when told.
final class DutyStation {
    let clock: ManualClock
    let outbox = MemoryOutbox()
    let reports = Reports()
    let credentials: CredentialFolder
    private(set) var worker: OutboxWorker
    private let delivery: DeliveryDescription

    init(
        _ channels: [WebhookChannel], credentials: CredentialFolder? = nil, clock: ManualClock = .secondAfterTheRaise
    ) throws {
        self.clock = clock
        self.credentials = try credentials ?? CredentialFolder()
        delivery = DeliveryDescription(webhooks: channels)
        worker = Self.makeWorker(delivery, self.credentials, outbox, clock, reports)
    }

    private static func makeWorker(
        _ delivery: DeliveryDescription, _ credentials: CredentialFolder, _ outbox: MemoryOutbox, _ clock: ManualClock,
        _ reports: Reports
    ) -> OutboxWorker {
        OutboxWorker(
            delivery: delivery, site: demoSite, archive: outbox, credentials: credentials.store, clock: clock,
            logger: quiet,
            reportFailing: { channel, failing in reports.add("\(channel) \(failing ? "fails" : "works")") })
    }

    func restart() {
        worker.stop()
        worker = Self.makeWorker(delivery, credentials, outbox, clock, reports)
        worker.start()
    }

    func owe(_ record: AlarmRecord, channel: String = "duty", recipient: String = "zhang", endedAt: WallTime? = nil) {
        outbox.owe(record, channel: channel, recipient: recipient, at: clock.wallNow(), endedAt: endedAt)
        worker.wake()
    }

    /// Waits for a condition while the plant's time stands still.
    func wait(until isEnough: () -> Bool) -> Bool { Poll.until(within: .seconds(15), isEnough) }

    /// Lets the plant's time pass, step by step, until a condition holds.
    /// - Returns: whether it did within this many seconds of plant time.
    func pass(atMost seconds: Int64, step: Duration = .seconds(1), until isEnough: () -> Bool) -> Bool {
        let end = clock.now() + .seconds(seconds)
        while clock.now() < end {
            if Poll.until(within: .milliseconds(20), isEnough) { return true }
            clock.advance(by: step)
            worker.wake()
        }
        return Poll.until(within: .seconds(5), isEnough)
    }
}

extension WebhookChannel {
    /// A channel of the tests: signed, and quick to give up on a mute receiver.
    static func test(
        _ id: String = "duty", recipient: String = "zhang", to url: String, secret: String? = "duty-secret",
        authority: String? = nil, timeout: Duration = .seconds(5)
    ) -> WebhookChannel {
        WebhookChannel(
            id: id, recipient: recipient, url: url, secretCredential: secret, keyID: "k1",
            certificateAuthority: authority,
            timeout: timeout)
    }
}

extension DutyOfficerReceiver {
    /// The receiver that the tests' channels point at; give it the station's clock where time passes.
    static func test(_ clock: ManualClock = .secondAfterTheRaise) throws -> DutyOfficerReceiver {
        let key = try #require(HMACKey(Array(secretText.utf8)))
        return try DutyOfficerReceiver(keys: ["k1": key], clock: clock)
    }
}

extension ManualClock {
    /// A clock of its own that stands a second after the raise of the tests' records.
    static var secondAfterTheRaise: ManualClock { ManualClock(PlantInstant(milliseconds: 1_795_480_206_000)) }
}
