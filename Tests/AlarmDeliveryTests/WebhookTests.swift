import AlarmDelivery
import DeliveryPlan
import Digests
import Foundation
import ParkSimulator
import PlantModel
import PlantTime
import StationPorts
import Testing

@Suite struct `A webhook message` {
    /// Runs a station with one channel to one receiver.
    private func withStation(_ body: (DutyStation, DutyOfficerReceiver) throws -> Void) throws {
        let receiver = try DutyOfficerReceiver.test()
        defer { receiver.stop() }
        let station = try DutyStation([.test(to: receiver.url)])
        station.worker.start()
        defer { station.worker.stop() }
        try body(station, receiver)
    }

    @Test func `tells the officer what, where, how bad, what to do, in both languages`() throws {
        try withStation { station, receiver in
            station.owe(aRecord())
            #expect(receiver.wait { $0.count == 1 })
            let receipt = try #require(receiver.receipts.first)
            let body = try #require(try JSONSerialization.jsonObject(with: Data(receipt.body)) as? [String: Any])
            #expect(body["schema"] as? String == "hazardd.alarm/v1")
            #expect(body["key"] as? String == "demo/AT-101.HH/7/raise/0/1")
            #expect(body["value"] as? Double == 41.3 && body["limit"] as? Double == 40)
            #expect(body["unit"] as? String == "mg/m3" && body["colour"] as? String == "red")
            #expect(body["priority"] as? String == "CRITICAL" && body["transition"] as? String == "raise")
            #expect((body["hazardSource"] as? [String: Any])?["id"] as? String == "ammonia")
            #expect((body["point"] as? [String: Any])?["id"] as? String == "AT-101")
            #expect(body["occurredAt"] as? String == TimeText.utc(milliseconds: 1_795_480_205_120))
            let text = try #require(body["text"] as? [String: String])
            #expect(text["en"]?.contains("41.3 mg/m³ ≥ limit 40 (HH)") == true)
            #expect(text["zh-CN"]?.contains("机房氨 41.3 mg/m³ ≥ 高高限 40") == true)
            #expect(receipt.headers["idempotency-key"] == "demo/AT-101.HH/7/raise/0/1/zhang")
            #expect(receipt.headers["content-type"] == "application/json; charset=utf-8")
            #expect(receipt.isSigned && receipt.isAccepted)
        }
    }

    @Test func `is the same on each attempt, and its time of signing is new`() throws {
        try withStation { station, receiver in
            receiver.script(Array(repeating: .answer(status: 500, body: "down"), count: 3))
            station.owe(aRecord())
            #expect(station.pass(atMost: 60) { receiver.receipts.count == 4 })
            #expect(Set(receiver.receipts.map(\.body)).count == 1)
            #expect(Set(receiver.receipts.map(\.key)).count == 1)
            #expect(Set(receiver.receipts.compactMap { $0.headers["hazardd-signature"] }).count == 4)
            #expect(receiver.receipts.allSatisfy { $0.isSigned })
            #expect(receiver.receipts.dropFirst().allSatisfy { $0.headers["hazardd-possible-repeat"] == "true" })
            #expect(station.wait { station.outbox.pending == 0 })
            #expect(station.outbox.outcomes.last == .accepted(answer: "200 {\"errcode\":0,\"errmsg\":\"ok\"}"))
        }
    }

    @Test func `says from its second attempt on that it may be a repeat`() throws {
        try withStation { station, receiver in
            // Behind the first look, after which nothing counts as left over from before the start.
            #expect(station.wait { station.reports.lines == ["duty works"] })
            receiver.script([.answer(status: 500)])
            station.owe(aRecord())
            #expect(station.pass(atMost: 5) { receiver.receipts.count == 2 })
            #expect(receiver.receipts.map { $0.headers["hazardd-possible-repeat"] } == [nil, "true"])
        }
    }

    @Test func `that comes twice is one to the bundled receiver, and marked as a repeat`() throws {
        try withStation { station, receiver in
            for number in 1...2 {
                station.owe(aRecord())
                #expect(receiver.wait { $0.count == number })
            }
            #expect(receiver.receipts.map(\.isAccepted) == [true, true])
            #expect(receiver.receipts.map(\.isRepeat) == [false, true])
            #expect(receiver.acceptedKeys == ["demo/AT-101.HH/7/raise/0/1/zhang"])
        }
    }

    @Test func `is the same after a restart`() throws {
        try withStation { station, receiver in
            receiver.script([.hangUp])
            station.owe(aRecord(marks: [.afterRestart]))
            #expect(station.wait { station.outbox.outcomes.count == 1 })
            station.restart()
            #expect(receiver.wait { $0.count == 2 })
            #expect(receiver.receipts[0].body == receiver.receipts[1].body)
            #expect(receiver.receipts[1].headers["hazardd-possible-repeat"] == "true")
        }
    }

    @Test func `of a raise that its clear has overtaken says from when to when`() throws {
        try withStation { station, receiver in
            station.owe(aRecord(), endedAt: WallTime(milliseconds: 1_795_480_870_000))
            #expect(receiver.wait { $0.count == 1 })
            let text = try #require(receiver.receipts.first?.text)
            #expect(text.contains("was active from") && text.contains("曾于") && text.contains("\"endedAt\""))
        }
    }

    @Test func `is signed as decision 10 says`() throws {
        let key = try #require(HMACKey(Array(secretText.utf8)))
        let body = Array("{\"key\":\"demo/AT-101.HH/7/raise/0/1\"}".utf8)
        #expect(
            WebhookSignature.header(body: body, key: key, keyID: "k1", sentAt: 1_795_480_205)
                == "t=1795480205,kid=k1,v1=e9ca3929798a17dc5c27734078feda5b9537701c74836cae0e882d54c01c98d7")
    }

    @Test(
        arguments: [
            ("t=1795480206,kid=k1,v1=00", "signature cannot be read"), (nil, "not signed"),
            ("t=1795480206,kid=k9,v1=\(String(repeating: "0", count: 64))", "unknown key id"),
            ("t=1795480206,kid=k1,v1=\(String(repeating: "0", count: 64))", "signature is wrong"),
            ("t=1795470000,kid=k1,v1=\(String(repeating: "0", count: 64))", "signed at another time"),
            ("t=1795490000,kid=k1,v1=\(String(repeating: "0", count: 64))", "signed at another time"),
        ] as [(String?, String)])
    func `that is not ours is seen through by the bundled receiver`(header: String?, fault: String) throws {
        let key = try #require(HMACKey(Array(secretText.utf8)))
        let question = HTTPQuestion(
            method: "POST", target: "/", headers: header.map { ["hazardd-signature": $0] } ?? [:], body: [0x7B, 0x7D])
        let now = WallTime(milliseconds: 1_795_480_206_000)
        #expect(SignatureCheck.fault(of: question, keys: ["k1": key], now: now) == fault)
    }
}

@Suite struct `The credentials folder` {
    @Test func `a secret prints as stars, wherever it goes`() throws {
        let folder = try CredentialFolder(["a": "canary\n"])
        let secret = try folder.store.secret(named: "a")
        #expect(secret.bytes == Array("canary".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret) \(String(reflecting: secret)) \([secret]) \(dumped)".contains("canary"))
    }

    @Test func `systemd's prefix is understood`() throws {
        let folder = try CredentialFolder(["secrets_duty": "x"])
        let secret = try folder.store.secret(named: "duty")
        #expect(secret.bytes == [0x78])
    }

    @Test(arguments: [
        ("none", "credential none is missing in the credentials folder"), ("empty", "credential empty is empty"),
        ("../etc/passwd", "credential name ../etc/passwd refused: a plain file name would do"),
    ])
    func `what is not there is named, never shown`(name: String, line: String) throws {
        let folder = try CredentialFolder(["empty": "\n"])
        var said = ""
        do { _ = try folder.store.secret(named: name) } catch { said = "\(error)" }
        #expect(said == line)
    }
}
