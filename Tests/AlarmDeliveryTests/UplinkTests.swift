import AlarmDelivery
import DeliveryPlan
import Foundation
import ParkSimulator
import PlantModel
import PlantTesting
import PlantTime
import StationPorts
import Testing

/// An uplink over a memory journal and the bundled platform, on a clock that moves when told.
private final class UplinkStation {
    let clock = ManualClock(PlantInstant(milliseconds: 1_795_480_206_000))
    let journal: MemoryUplinkArchive
    let platform: PlatformReceiver
    let reports = Reports()
    let credentials: CredentialFolder
    private(set) var uplink: PlatformUplink

    init(journal: MemoryUplinkArchive = MemoryUplinkArchive()) throws {
        self.journal = journal
        platform = try PlatformReceiver(token: "token-1")
        credentials = try CredentialFolder()
        uplink = Self.makeUplink(platform.url, credentials, journal, clock, reports)
        uplink.start()
    }

    private static func makeUplink(
        _ url: String, _ credentials: CredentialFolder, _ journal: MemoryUplinkArchive, _ clock: ManualClock,
        _ reports: Reports
    ) -> PlatformUplink {
        PlatformUplink(
            channel: PlatformChannel(
                id: "county", url: url, enterpriseID: "E-1", gatewayID: "G-1", tokenCredential: "county-token",
                timeout: .seconds(5)),
            site: demoSite, archive: journal, credentials: credentials.store, clock: clock, logger: quiet,
            reportFailing: { trouble, failing in reports.add("\(trouble) \(failing)") })
    }

    func restart() {
        uplink.stop()
        uplink = Self.makeUplink(platform.url, credentials, journal, clock, reports)
        uplink.start()
    }

    func stop() {
        uplink.stop()
        platform.stop()
    }

    func commit(_ records: [AlarmRecord]) {
        journal.append(records)
        uplink.wake()
    }

    func wait(until isEnough: () -> Bool) -> Bool { Poll.until(within: .seconds(15), isEnough) }

    func pass(atMost seconds: Int, until isEnough: () -> Bool) -> Bool {
        for _ in 0..<seconds {
            if Poll.until(within: .milliseconds(20), isEnough) { return true }
            clock.advance(by: .seconds(1))
            uplink.wake()
        }
        return Poll.until(within: .seconds(5), isEnough)
    }

    var stored: [UInt64] { platform.records.map(\.sequence) }
}

private func raises(_ count: Int) -> [AlarmRecord] {
    (1...count).map { aRecord(occurrence: UInt32($0)) }
}

@Suite struct `The platform uplink` {
    private func withStation(_ body: (UplinkStation) throws -> Void) throws {
        let station = try UplinkStation()
        defer { station.stop() }
        try body(station)
    }

    @Test func `asks first how far the platform is, then sends what it owes, each record once`() throws {
        try withStation { station in
            #expect(station.wait { station.platform.receipts.count == 1 })
            #expect(station.platform.receipts[0].sequences == [])
            station.commit([aRecord(), aRecord("de-escalate", duties: []), aRecord("clear")])
            #expect(station.wait { station.stored == [1, 3] })
            #expect(station.wait { station.journal.confirmed == 3 })
            #expect(station.platform.records.allSatisfy { $0.copies == 1 })
        }
    }

    @Test func `tells hazard source, tag, value, unit, limit and colour`() throws {
        try withStation { station in
            station.commit([aRecord()])
            #expect(station.wait { station.stored == [1] })
            let text = try #require(station.platform.receipts.last?.text)
            let body = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect(body["enterpriseId"] as? String == "E-1" && body["gatewayId"] as? String == "G-1")
            #expect((body["collectTime"] as? String)?.wholeMatch(of: /\d{14}/) != nil)
            #expect(body["journalId"] as? String == "J1")
            #expect((body["head"] as? [String: Any])?["hash"] as? String == "ab12")
            let record = try #require((body["records"] as? [[String: Any]])?.first)
            #expect(record["hazardSource"] as? String == "ammonia" && record["tag"] as? String == "AT-101")
            #expect(record["value"] as? Double == 41.3 && record["limit"] as? Double == 40)
            #expect(record["unit"] as? String == "mg/m3" && record["colour"] as? String == "red")
            #expect(record["transition"] as? String == "raise" && record["isValid"] as? Bool == true)
            #expect(record["key"] as? String == "demo/AT-101.HH/7/raise/0/1")
        }
    }

    @Test func `sends a thousand records in order, a hundred at a time`() throws {
        try withStation { station in
            station.commit(raises(1000))
            #expect(station.wait { station.journal.confirmed == 1000 })
            #expect(station.stored == Array(1...1000))
            #expect(station.platform.receipts.map(\.sequences.count).max() == 100)
        }
    }

    @Test func `after a restart sends nothing again`() throws {
        try withStation { station in
            station.commit(raises(5))
            #expect(station.wait { station.journal.confirmed == 5 })
            station.restart()
            station.commit(raises(1))
            #expect(station.wait { station.stored.count == 6 })
            #expect(station.platform.records.allSatisfy { $0.copies == 1 })
        }
    }

    @Test func `fills a platform again that has lost its store`() throws {
        try withStation { station in
            station.commit(raises(250))
            #expect(station.wait { station.journal.confirmed == 250 })
            station.platform.forget()
            #expect(station.pass(atMost: 70) { station.stored == Array(1...250) })
            #expect(!station.reports.lines.contains("mismatch true"))
        }
    }

    @Test func `keeps order and loses nothing while the platform fails`() throws {
        try withStation { station in
            #expect(station.wait { station.platform.receipts.count == 1 })
            station.platform.script([
                .answer(status: 500), .hangUp, .answer(status: 200, body: "<html>maintenance</html>"),
                .answer(status: 200, body: "{\"errcode\":7}"),
            ])
            station.commit(raises(3))
            #expect(station.pass(atMost: 60) { station.journal.confirmed == 3 })
            #expect(station.stored == [1, 2, 3])
            #expect(station.wait { station.reports.lines.last == "notReached false" })
            #expect(station.reports.lines.contains("notReached true"))
        }
    }

    @Test func `gives a sign of life every minute`() throws {
        try withStation { station in
            #expect(station.wait { station.platform.receipts.count == 1 })
            #expect(!station.pass(atMost: 50) { station.platform.receipts.count > 1 })
            #expect(station.pass(atMost: 15) { station.platform.receipts.count == 2 })
            #expect(station.uplink.lastBeat == station.clock.now())
        }
    }

    @Test func `a number above our head raises a mismatch and sends open alarms and everything since again`() throws {
        try withStation { station in
            station.commit(raises(10))
            #expect(station.wait { station.journal.confirmed == 10 })
            station.journal.standOpen([9, 7])
            station.platform.claim(journalID: "J1", storedThrough: 5000)
            #expect(station.pass(atMost: 70) { station.reports.lines.contains("mismatch true") })
            #expect(station.wait { station.platform.receipts.last?.sequences == [7, 8, 9, 10] })
            #expect(station.platform.receipts.contains { $0.isResend && $0.sequences == [9, 7] })
            station.commit(raises(2))
            #expect(station.wait { station.journal.confirmed == 12 })
            #expect(station.stored == Array(1...12) && station.platform.conflicts.isEmpty)
            station.platform.claim(journalID: nil, storedThrough: 0)
            #expect(station.pass(atMost: 70) { station.reports.lines.last == "mismatch false" })
        }
    }

    @Test func `a platform that speaks of another journal is told of ours until it knows it`() throws {
        try withStation { station in
            station.platform.claim(journalID: "X", storedThrough: 3)
            #expect(station.pass(atMost: 70) { station.reports.lines.contains("mismatch true") })
            station.commit(raises(3))
            station.journal.standOpen([2])
            #expect(station.pass(atMost: 70) { station.stored.contains(3) })
            #expect(station.journal.confirmed == 0)
            station.platform.claim(journalID: nil, storedThrough: 0)
            #expect(station.pass(atMost: 130) { station.journal.confirmed == 3 })
            #expect(station.wait { station.reports.lines.last == "mismatch false" })
        }
    }

    @Test func `a new journal file starts a new numbering`() throws {
        let first = try UplinkStation()
        first.commit(raises(4))
        #expect(first.wait { first.journal.confirmed == 4 })
        first.uplink.stop()
        let second = try UplinkStation(journal: MemoryUplinkArchive(journalID: "J2"))
        defer {
            second.stop()
            first.platform.stop()
        }
        second.commit(raises(2))
        #expect(second.wait { second.journal.confirmed == 2 })
        #expect(second.platform.records.map(\.journalID) == ["J2", "J2"])
    }
}
