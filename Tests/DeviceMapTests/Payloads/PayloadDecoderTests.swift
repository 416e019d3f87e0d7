import DeviceMap
import PlantModel
import PlantTime
import Testing

/// A route with one point per path, numbered from 0.
func route(
    _ points: [PayloadPoint], stamp: StampField? = nil, sequence: String? = nil,
    topic: String = "park/1/gas/101/telemetry"
) throws -> TopicRoute {
    TopicRoute(
        device: "NH3-101", pointClass: .gas, topic: topic, points: points, stamp: stamp,
        sequencePath: try sequence.map { try PayloadPath(parsing: $0) }, expectedPeriod: .seconds(1),
        linkPoint: PointIndex(99))
}

func point(_ number: UInt32, _ path: String, _ change: (inout PayloadPoint) -> Void = { _ in }) throws -> PayloadPoint {
    var point = PayloadPoint(point: PointIndex(number), path: try PayloadPath(parsing: path))
    change(&point)
    return point
}

/// 2026-11-24T08:30:00.123Z, with the plant's own line two seconds behind what is shown.
let shownArrival: Int64 = 1_795_509_000_123
let arrival = PayloadArrival(
    instant: PlantInstant(milliseconds: shownArrival - 2_000), wall: WallTime(milliseconds: shownArrival))

@Suite struct `Payload of a device` {
    private func decode(_ text: String, _ points: PayloadPoint...) throws -> [Sample] {
        try PayloadDecoder(route: route(points)).decode(Array(text.utf8), arrival: arrival).samples
    }

    @Test func `becomes one sample per point, and integers stay exact`() throws {
        let samples = try decode(
            #"{"ppm":12.5,"count":9007199254740993,"on":true}"#, point(0, "$.ppm"), point(1, "$.count"),
            point(2, "$.on"))
        #expect(samples.map(\.point.number) == [0, 1, 2])
        #expect(samples.map(\.payload) == [Payload(12.5), Payload(Int64(9_007_199_254_740_993)), Payload(Int64(1))])
        #expect(
            samples.allSatisfy { $0.quality == .good && $0.time == arrival.instant && $0.arrival == arrival.instant })
    }

    @Test(arguments: [
        #"{"ok":1,"x":null}"#, #"{"ok":1}"#, #"{"ok":1,"x":"12"}"#, #"{"ok":1,"x":{}}"#, #"{"ok":1,"x":[12]}"#,
        #"{"ok":1,"x":""}"#,
    ])
    func `is bad only where a point's value is null, missing or no number`(text: String) throws {
        let samples = try decode(text, point(0, "$.ok"), point(1, "$.x"))
        #expect(samples[0].reading == .good(1))
        #expect(samples[1].reading == .bad(.decodeFailed))
        #expect(samples[1].payload == .none)
    }

    @Test(arguments: [
        (#""12.5""#, 12.5), (#"" 007 ""#, 7), (#""+3""#, 3), (#""-.5""#, -0.5), (#""1.2e3""#, 1200), ("4", 4),
        (#""""#, nil), (#""NaN""#, nil), (#""inf""#, nil), (#""12,5""#, nil), (#""1 2""#, nil), (#""0x10""#, nil),
        (#""1e999""#, nil), (#""-""#, nil), (#"".""#, nil), ("true", nil),
    ])
    func `may write numbers in strings where its profile says so`(written: String, number: Double?) throws {
        let sample = try decode("{\"x\":\(written)}", point(0, "$.x") { $0.type = .decimalText })[0]
        #expect(sample.reading == (number.map(Reading.good) ?? .bad(.decodeFailed)))
    }

    @Test(arguments: [
        (#""0x8001""#, 0x8001), (#""ff""#, 255), (#""FFFFFFFFFFFFFFFF""#, UInt64.max), (#""""#, nil), (#""0x""#, nil),
        (#""12345678901234567""#, nil), (#""g""#, nil), ("12", nil),
    ])
    func `may write bits as hexadecimal text`(written: String, bits: UInt64?) throws {
        let sample = try decode("{\"x\":\(written)}", point(0, "$.x") { $0.type = .hexText })[0]
        #expect(sample.payload == (bits.map { Payload(bits: $0) } ?? .none))
        #expect(sample.quality == (bits == nil ? .bad(.decodeFailed) : .good))
    }

    @Test func `may say a state in words, and an unknown word is no state`() throws {
        let fix = try point(0, "$.fix") { $0.type = .words(["fixed": 4, "float": 5, "单点": 1]) }
        #expect(try decode(#"{"fix":"fixed"}"#, fix)[0].reading == .good(4))
        #expect(try decode(#"{"fix":"\u5355点"}"#, fix)[0].reading == .good(1))
        #expect(try decode(#"{"fix":"Fixed"}"#, fix)[0].reading == .bad(.decodeFailed))
    }

    @Test func `is scaled, and "no value" numbers are recognised before scaling`() throws {
        let temperature = try point(0, "$.t") {
            $0.scaling = Scaling(scale: 0.1, offset: -40)
            $0.sentinels = [32_767]
        }
        #expect(try decode(#"{"t":650}"#, temperature)[0].reading == .good(25))
        #expect(try decode(#"{"t":32767}"#, temperature)[0].reading == .bad(.sentinel))
        let huge = try point(0, "$.t") { $0.scaling = Scaling(scale: 1e300) }
        #expect(try decode(#"{"t":1e300}"#, huge)[0].reading == .bad(.notANumber))
    }

    @Test func `outside its range is bad, but over range stays usable where the profile clamps`() throws {
        let plain = try point(0, "$.x") { $0.range = 0...100 }
        #expect(try decode(#"{"x":100}"#, plain)[0].reading == .good(100))
        #expect(try decode(#"{"x":100.1}"#, plain)[0].reading == .bad(.outOfRange))
        let clamped = try point(0, "$.x") {
            $0.range = 0...100
            $0.clampAbove = 100
        }
        let over = try decode(#"{"x":120}"#, clamped)[0]
        #expect(over.reading == .good(120))
        #expect(over.flags.contains(.overRange))
        #expect(try decode(#"{"x":-1}"#, clamped)[0].reading == .bad(.outOfRange))
    }

    @Test func `is qualified by the status that stands beside it`() throws {
        let value = try point(0, "$.ppm") {
            $0.status = PointIndex(1)
            $0.statusEffects = [
                StatusEffect(bit: 0, quality: .bad(.deviceFault)), StatusEffect(bit: 4, quality: .uncertain(.degraded)),
                StatusEffect(bit: 7, whenSet: false, quality: .bad(.warmUp)),
            ]
        }
        let status = try point(1, "$.st") { $0.type = .hexText }
        func reading(_ bits: String) throws -> Reading {
            try decode("{\"ppm\":25,\"st\":\"\(bits)\"}", value, status)[0].reading
        }
        #expect(try reading("80") == .good(25))
        #expect(try reading("90") == .uncertain(25, .degraded))
        #expect(try reading("91") == .bad(.deviceFault))
        #expect(try reading("00") == .bad(.warmUp))
        // Without a status that can be read nobody knows what it would have said.
        #expect(try decode(#"{"ppm":25}"#, value, status)[0].reading == .bad(.decodeFailed))
        #expect(try reading("no hexadecimal") == .bad(.decodeFailed))
        var blank = status
        blank.sentinels = [255]
        #expect(try decode(#"{"ppm":25,"st":"FF"}"#, value, blank)[0].reading == .bad(.decodeFailed))
    }

    @Test func `is qualified by the value of its status`() throws {
        let value = try point(0, "$.x") {
            $0.status = PointIndex(1)
            $0.statusValues = [5: .uncertain(.degraded), 1: .bad(.deviceFault)]
        }
        let fix = try point(1, "$.fix")
        #expect(try decode(#"{"x":1.5,"fix":4}"#, value, fix)[0].reading == .good(1.5))
        #expect(try decode(#"{"x":1.5,"fix":5}"#, value, fix)[0].reading == .uncertain(1.5, .degraded))
        #expect(try decode(#"{"x":1.5,"fix":1}"#, value, fix)[0].reading == .bad(.deviceFault))
    }

    @Test func `carries the device's own number of the message`() throws {
        let decoder = PayloadDecoder(route: try route([point(0, "$.x")], sequence: "$.sn"))
        func sequence(_ written: String) throws -> UInt64? {
            try decoder.decode(Array("{\"x\":1,\"sn\":\(written)}".utf8), arrival: arrival).sequence
        }
        #expect(try sequence("7") == 7)
        #expect(try sequence("18446744073709551615") == .max)
        #expect(try sequence("\"42\"") == 42)
        #expect(try sequence("-1") == nil)
        #expect(try sequence("null") == nil)
    }

    @Test func `kept by the broker is flagged`() throws {
        var kept = arrival
        kept.isRetained = true
        let samples = try PayloadDecoder(route: route([point(0, "$.x")])).decode(Array("{\"x\":1}".utf8), arrival: kept)
        #expect(samples.samples[0].flags.contains(.retained))
    }
}

@Suite struct `Payload that is refused` {
    @Test(arguments: [
        ("", "offset 0: found an empty payload, a JSON object would do"),
        ("null", "offset 0: found null without a mapped value, an object with at least one of $.ppm, $.t[0] would do"),
        (
            "\"\"",
            "offset 0: found a string without a mapped value, an object with at least one of $.ppm, $.t[0] would do"
        ),
        (
            "{\"error\":3}",
            "offset 0: found an object without a mapped value, an object with at least one of $.ppm, $.t[0] would do"
        ),
        ("{\"ppm\":NaN}", "offset 7: found NaN, a number, string, true, false, null, object or array would do"),
        ("{\"ppm\":1e400}", "offset 7: found 1e400, a number within the range of a double would do"),
        ("{\"ppm\":1,\"ppm\":2}", "offset 9: found the member ppm a second time, one of them would do"),
    ])
    func `says topic, place, what was found and what would do`(text: String, line: String) throws {
        let decoder = PayloadDecoder(route: try route([point(0, "$.ppm"), point(1, "$.t[0]")]))
        let refusal = #expect(throws: PayloadRefusal.self) { try decoder.decode(Array(text.utf8), arrival: arrival) }
        #expect(refusal?.description == "park/1/gas/101/telemetry: \(line)")
    }

    /// A payload is a stranger's text: a line end in it must not begin a line of the log.
    @Test(arguments: ["a\nb", "a\rb", "a\u{2028}b", "a\u{85}b", "a\u{1B}b"])
    func `says it in one line, whatever the payload holds`(word: String) {
        let refusal = PayloadRefusal(topic: "t", offset: 0, found: word, wanted: "online or offline")
        #expect(refusal.description == "t: offset 0: found a\u{FFFD}b, online or offline would do")
    }

    @Test func `is too long to be read`() throws {
        let decoder = PayloadDecoder(route: try route([point(0, "$.ppm")]))
        let refusal = #expect(throws: PayloadRefusal.self) {
            try decoder.decode(Array(repeating: 0x20, count: 307_200), arrival: arrival)
        }
        #expect(refusal?.found == "307200 bytes")
    }
}
