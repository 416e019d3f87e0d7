import DeviceMap
import PlantModel
import PlantTime
import ReplayBench
import Testing

/// One transmitter on Modbus with a status word, one box on MQTT.
private func played(_ lines: [String]) throws -> (rows: [String], notes: [String]) {
    let unit = ModbusUnit(
        device: "GAS-1", unit: 7, pointClass: .gas,
        points: [
            RegisterPoint(
                point: PointIndex(0), area: .holdingRegister, address: RegisterAddress(0), type: .unsigned16,
                order: .bigEndian(bytes: 2), scaling: Scaling(scale: 0.1), status: PointIndex(1),
                statusEffects: [StatusEffect(bit: 0, quality: .bad(.deviceFault))], period: .seconds(1)),
            RegisterPoint(
                point: PointIndex(1), area: .holdingRegister, address: RegisterAddress(1), type: .unsigned16,
                order: .bigEndian(bytes: 2), period: .seconds(1)),
        ], linkPoint: PointIndex(2))
    let route = TopicRoute(
        device: "TC-1", pointClass: .crane, topic: "park/TC-1",
        points: [PayloadPoint(point: PointIndex(3), path: try PayloadPath(parsing: "$.moment"))],
        statusTopic: "park/TC-1/status", expectedPeriod: .seconds(1), linkPoint: PointIndex(4))
    var source = CaptureSource(
        ByteSource(text: lines.joined(separator: "\n"), name: "c.jsonl"),
        modbus: [ModbusEndpoint(id: "ep", host: "", port: 502, units: [unit])],
        brokers: [
            BrokerLink(id: "post", host: "", port: 1883, clientID: "c", routes: [route], linkPoint: PointIndex(5))
        ]
    )
    let names = ["conc", "status", "GAS-1.link", "moment", "TC-1.link", "post.link"]
    let slots = try HeldTimeline(reading: &source).slots
    return (
        slots.filter { $0.kind == .sample }.map { slot in
            let sample = slot.sample
            let value = sample.quality.isUsable ? "\(sample.payload.number)" : "BAD(\(sample.quality.reason.name))"
            let second = slot.judgedAt.milliseconds % 60_000 / 1000
            return "\(second) \(names[sample.point.offset]) \(value)\(sample.flags.contains(.retained) ? " kept" : "")"
        }, source.tally.notes
    )
}

private func frame(_ second: Int, request: String = "000100000006070300000002", _ response: String?) -> String {
    let answer = response.map { ",\"response\":\"\($0)\"" } ?? ""
    return "{\"time\":\"2026-01-01T00:00:0\(second).000Z\",\"endpoint\":\"ep\",\"request\":\"\(request)\"\(answer)}"
}

private func message(_ second: Int, _ more: String) -> String {
    "{\"time\":\"2026-01-01T00:00:0\(second).000Z\",\"broker\":\"post\",\(more)}"
}

@Suite struct `A capture of frames` {
    @Test func `is decoded as the daemon decodes it: scale, status bits, links`() throws {
        let found = try played([
            frame(1, "0001 0000 0007 07 03 04 0213 0000"), frame(2, "0001 0000 0007 07 03 04 0214 0001"),
        ])
        #expect(
            found.rows == [
                "1 GAS-1.link 1.0", "1 conc 53.1", "1 status 0.0", "2 conc BAD(device-fault)", "2 status 1.0",
            ])
        #expect(found.notes == [])
    }

    @Test func `of a part of a block gives the points that lie whole in it, with what qualifies them`() throws {
        // Register 0 alone: its status was not asked for, so it cannot be judged.
        #expect(
            try played([frame(1, request: "000100000006070300000001", "000100000005070302 0213")]).rows
                == ["1 GAS-1.link 1.0"])
        #expect(
            try played([frame(1, request: "000100000006070300010001", "000100000005070302 0003")]).rows
                == ["1 GAS-1.link 1.0", "1 status 3.0"])
    }

    @Test func `says exceptions with their reasons, and a busy device says nothing`() throws {
        let found = try played([
            frame(1, "000100000003078304"), frame(2, "000100000003078302"), frame(3, "000100000003078306"),
        ])
        #expect(
            found.rows == [
                "1 GAS-1.link 1.0", "1 conc BAD(device-fault)", "1 status BAD(device-fault)",
                "2 conc BAD(misconfigured)", "2 status BAD(misconfigured)",
            ])
    }

    @Test func `three failures in a row are a unit that is gone, a lost connection is all of them at once`() throws {
        #expect(
            try played([frame(1, nil), frame(2, nil), frame(3, nil), frame(4, nil)]).rows == [
                "3 conc BAD(link-down)", "3 status BAD(link-down)", "3 GAS-1.link 0.0",
            ])
        #expect(
            try played(["{\"time\":\"2026-01-01T00:00:05.000Z\",\"endpoint\":\"ep\",\"link\":\"down\"}"]).rows == [
                "5 conc BAD(link-down)", "5 status BAD(link-down)", "5 GAS-1.link 0.0",
            ])
    }

    @Test(arguments: [
        ("0002 0000 0007 07 03 04 0213 0000", "transaction was never sent"),
        ("0001 0000 0007 08 03 04 0213 0000", "answer comes from another unit"),
        ("0001 0000 0007 07 04 04 0213 0000", "answer is to another function"),
        ("0001 0000 0005 07 03 02 0213", "answer has another size than was asked for"),
        ("0001 0001 0007 07 03 04 0213 0000", "response: protocol id is not 0"),
        ("0001 0000 0007 07 03 04 0213", "response is not one whole frame"),
    ])
    func `never takes another's answer for its own, and counts it`(response: String, why: String) throws {
        let found = try played([frame(1, response)])
        #expect(found.rows == [])
        #expect(found.notes == ["c.jsonl: 1 not used: ep: \(why)"])
    }
}

@Suite struct `A capture of messages` {
    @Test func `goes through the daemon's own intake: values, what was kept, the last will`() throws {
        let found = try played([
            message(1, "\"link\":\"up\""),
            message(2, "\"topic\":\"park/TC-1\",\"payload\":\"{\\\"moment\\\":40}\",\"retained\":true,\"qos\":1"),
            message(3, "\"topic\":\"park/TC-1\",\"payload_base64\":\"eyJtb21lbnQiOjkwfQ==\""),
            message(4, "\"topic\":\"park/TC-1/status\",\"payload\":\"offline\",\"properties\":{\"a\":\"b\"}"),
            message(5, "\"link\":\"down\""),
        ])
        #expect(
            found.rows == [
                "1 post.link 1.0", "2 moment 40.0 kept", "3 TC-1.link 1.0", "3 moment 90.0",
                "4 moment BAD(link-down)", "4 TC-1.link 0.0", "5 post.link 0.0", "5 moment BAD(link-down)",
                "5 TC-1.link 0.0",
            ])
    }

    @Test func `that cannot be used makes the points bad and is counted with its reason`() throws {
        let found = try played([
            message(1, "\"topic\":\"park/TC-1\",\"payload\":\"{\""),
            message(2, "\"topic\":\"park/other\",\"payload\":\"1\""),
        ])
        #expect(found.rows == ["1 TC-1.link 1.0", "1 moment BAD(decode-failed)"])
        #expect(found.notes.count == 2)
        #expect(found.notes[0].hasPrefix("c.jsonl: 1 not used: park/TC-1: offset 1"))
        #expect(found.notes[1] == "c.jsonl: 1 not used: park/other: no device of this site")
    }
}

@Suite struct `A line of a capture` {
    @Test(arguments: [
        ("hello", "the line is no JSON object; {\"time\": ..., \"endpoint\" or \"broker\": ...} would do"),
        ("{\"endpoint\":\"ep\"}", "the line has no \"time\""),
        ("{\"time\":5}", "\"time\" is of another kind than it must be"),
        ("{\"time\":\"now\"}", "time \"now\" cannot be read; write it as 2024-01-01T00:00:00.000Z"),
        ("{\"time\":\"2026-01-01T00:00:00Z\"}", "a line names an \"endpoint\" or a \"broker\", one of them"),
        (
            "{\"time\":\"2026-01-01T00:00:00Z\",\"endpoint\":\"ep\"}", "an endpoint needs \"request\" or \"link\""
        ),
        (
            "{\"time\":\"2026-01-01T00:00:00Z\",\"endpoint\":\"ep\",\"request\":\"0g\"}",
            "request holds something else than hexadecimal digits"
        ),
        (
            "{\"time\":\"2026-01-01T00:00:00Z\",\"endpoint\":\"other\",\"link\":\"down\"}",
            "the site has no endpoint other; it has ep"
        ),
        (
            "{\"time\":\"2026-01-01T00:00:00Z\",\"broker\":\"post\",\"topic\":\"t\"}",
            "a message has \"payload\" or \"payload_base64\", one of them"
        ),
        ("{\"time\":\"2026-01-01T00:00:00Z\",\"broker\":\"post\",\"link\":\"lost\"}", "link must be up or down"),
    ])
    func `that is none ends the replay at its place`(line: String, message: String) throws {
        do {
            _ = try played(["", line])
            Issue.record("\(line) was taken")
        } catch let mistake as RecordingMistake {
            #expect(mistake.description == "c.jsonl:2:1: error: \(message)")
        }
    }

    @Test func `older than the newest before it is dropped and counted`() throws {
        #expect(try played([frame(3, nil), frame(2, "000100000007070304 0213 0000")]).rows == [])
    }
}
