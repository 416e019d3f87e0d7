import EventJournal
import Foundation
import ParkSimulator
import PlantModel
import PlantTime
import StationAPI
import StationPorts
import Synchronization
import Testing

extension `The whole house` {
    @Suite struct `A value over its limit` {
        /// One device on each path, and everybody who is told.
        private struct Play {
            let site: TestSite
            let broker: BrokerProcess
            let transmitter: LibmodbusDevice
            let box: TelemetryDevice
            let duty: DutyOfficerReceiver
            let county: PlatformReceiver
            /// Keys that were told before their row stood in the journal.
            let early = EarlyTellings()

            init() throws {
                let site = try TestSite()
                self.site = site
                broker = try BrokerProcess(folder: site.broker)
                transmitter = try LibmodbusDevice(registers: [12])
                box = try TelemetryDevice(id: "TC-1", brokerPort: broker.port, value: 10)
                let early = early
                duty = try DutyOfficerReceiver(keys: site.webhookKeys) { receipt in
                    early.look(receipt.key, recipient: "/zhang", journal: site.journalFile)
                }
                county = try PlatformReceiver(token: site.platformToken)
                try site.write(
                    modbus: [.init(id: "GAS-1", port: transmitter.port)], brokerPort: broker.port, boxes: ["TC-1"],
                    webhooks: .init(duty: duty.url, platform: county.url))
                try site.write(rules: [("GAS-1", "conc"), ("TC-1", "moment")], onDelay: 0.4)
            }

            func end() {
                transmitter.stop()
                box.stop()
                broker.stop()
                duty.stop()
                county.stop()
                site.remove()
            }
        }

        private static let rules = ["GAS-1.HH", "TC-1.HH"]

        @Test(.timeLimit(.minutes(2)))
        func `is told once to the duty officer and once to the platform for each transition`() async throws {
            let play = try Play()
            defer { play.end() }
            let daemon = try await RunningDaemon.ready(play.site)
            let station = daemon.station
            try #require(
                await Waiting.until(within: .seconds(20)) {
                    station.point("GAS-1.conc")?.value == 12 && station.point("TC-1.moment")?.value == 10
                }, "both devices are read: \(daemon.logTail)")

            play.transmitter.set(80)
            play.box.set(90)
            try await expect("raise", told: 1, play, daemon)
            for rule in Self.rules {
                let alarm = try #require(station.alarm(rule))
                #expect(alarm.state == "unacknowledged")
                #expect(alarm.occurrence == 1)
                #expect(alarm.colour == "red")
                #expect(alarm.limit.value == 50)
                #expect(alarm.reading.value == (rule == "GAS-1.HH" ? 80 : 90))
                #expect(station.acknowledge(alarm, key: "ack-\(rule)", comment: "crew sent") == 200)
            }
            try await expect("acknowledge", told: 2, play, daemon)
            #expect(Self.rules.allSatisfy { station.alarm($0)?.acknowledged?.by == "zhang" })

            play.transmitter.set(12)
            play.box.set(10)
            try await expect("clear", told: 3, play, daemon)
            #expect(Self.rules.allSatisfy { station.alarm($0) == nil })

            #expect(await daemon.stop() == .exited(0))
            try compare(play)
        }

        /// Waits until both paths have told a transition, and no more than that.
        private func expect(_ transition: String, told count: Int, _ play: Play, _ daemon: RunningDaemon) async throws {
            let keys = Self.rules.map { "e2e/\($0)/1/\(transition)/0/1" }
            let (duty, county) = (play.duty, play.county)
            let isTold = await Waiting.until(within: .seconds(20)) {
                keys.allSatisfy { key in
                    duty.acceptedKeys.contains("\(key)/zhang") && county.records.contains { $0.key == key }
                }
            }
            try #require(
                isTold, "\(keys) are told: \(duty.acceptedKeys) \(county.records.map(\.key)) \(daemon.logTail)")
            for rule in Self.rules {
                #expect(duty.receipts.count { $0.key.contains("/\(rule)/") } == count)
                #expect(county.records.count { $0.key.contains("/\(rule)/") } == count)
            }
        }

        /// What was told, against the journal, word for word.
        private func compare(_ play: Play) throws {
            let journal = try JournalReader(file: play.site.journalFile)
            let records = try journal.records(after: 0, limit: 1000)
            #expect(play.early.keys == [], "told before the journal had it")
            #expect(play.duty.receipts.allSatisfy { $0.isSigned && $0.isAccepted && !$0.isRepeat })
            #expect(play.county.conflicts.isEmpty)
            for receipt in play.duty.receipts {
                let body = try Body(receipt.body)
                let record = try #require(records.first { $0.key == body.key })
                #expect(receipt.key == "\(record.key)/zhang")
                #expect(body.schema == "hazardd.alarm/v1")
                #expect(body.site == "e2e")
                #expect(body.sequence == record.sequence)
                #expect(body.transition == record.transition)
                #expect(body.point.id == record.point)
                #expect(body.value == record.value)
                #expect(body.unit == record.unit)
                #expect(body.limit == record.limit)
                #expect(body.priority == record.priority.word)
                #expect(body.colour == record.colour.word)
                #expect(body.state == record.stateAfter)
                #expect(body.occurredAt == TimeText.utc(record.occurredAt))
                #expect(body.actor == record.actor)
                #expect(body.comment == record.comment)
                #expect(body.text.chinese?.isEmpty == false && body.text.english?.isEmpty == false)
            }
            for stored in play.county.records {
                let record = try #require(records.first { $0.sequence == stored.sequence })
                #expect(stored.key == record.key)
                #expect(stored.transition == record.transition)
                #expect(stored.tag == record.point)
                #expect(stored.copies == 1)
            }
            let verified = try JournalVerifier.verify(file: play.site.journalFile)
            #expect(verified.isUnbroken)
        }
    }
}

/// Looks into the journal at the moment a message arrives.
private final class EarlyTellings: Sendable {
    private let state = Mutex<[String]>([])

    var keys: [String] { state.withLock { $0 } }

    func look(_ key: String, recipient: String, journal: String) {
        let event = key.hasSuffix(recipient) ? String(key.dropLast(recipient.count)) : key
        let record = try? JournalReader(file: journal).record(forKey: event)
        if record == nil { state.withLock { $0.append(key) } }
    }
}

/// A webhook's body as the manual describes it, read without the sender's types.
private struct Body: Decodable {
    struct Named: Decodable { var id: String }
    struct Text: Decodable {
        var chinese: String?
        var english: String?
        enum CodingKeys: String, CodingKey { case chinese = "zh-CN", english = "en" }
    }

    var schema: String
    var key: String
    var site: String
    var sequence: UInt64
    var transition: String
    var point: Named
    var value: Double?
    var unit: String
    var limit: Double?
    var priority: String
    var colour: String
    var state: String
    var occurredAt: String
    var text: Text
    var actor: String?
    var comment: String?

    init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(Body.self, from: Data(bytes)) }
}
