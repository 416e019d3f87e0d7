import DeviceMap
import PlantModel
import PlantTime
import Testing

@Suite struct `Stamp of a payload` {
    private func decode(_ written: String, _ format: StampFormat) throws -> DecodedPayload {
        let stamp = StampField(path: try PayloadPath(parsing: "$.ts"), format: format)
        return try PayloadDecoder(route: route([point(0, "$.x")], stamp: stamp))
            .decode(Array("{\"x\":1,\"ts\":\(written)}".utf8), arrival: arrival)
    }

    @Test(arguments: [
        ("1795509000", StampFormat.epochSeconds, 0),
        ("1795509000.1", .epochSeconds, 100),
        ("\"1795509000\"", .epochSeconds, 0),
        ("1795509000100", .epochMilliseconds, 100),
        ("1.7955090001e12", .epochMilliseconds, 100),
        ("1795509000100999", .epochMicroseconds, 100),
        ("1795509000100999999", .epochNanoseconds, 100),
        ("\"2026-11-24T08:30:00.100Z\"", .iso8601, 100),
        ("\"2026-11-24T16:30:00+08:00\"", .iso8601, 0),
        ("\"2026-11-24 16:30:00.1004567+0800\"", .iso8601, 100),
        ("\"2026-11-24 16:30:00\"", .pattern("yyyy-MM-dd HH:mm:ss", offsetSeconds: 28_800), 0),
        ("\"24/11/2026 08:30\"", .pattern("dd/MM/yyyy HH:mm", offsetSeconds: 0), 0),
        ("20261124163000", .pattern("yyyyMMddHHmmss", offsetSeconds: 28_800), 0),
        ("\"20261124163000100\"", .pattern("yyyyMMddHHmmssSSS", offsetSeconds: 28_800), 100),
    ])
    func `is the instant of the samples, on the plant's time line`(
        written: String, format: StampFormat, millisecond: Int64
    ) throws {
        let decoded = try decode(written, format)
        #expect(decoded.stamp == .device)
        #expect(decoded.samples[0].time.milliseconds == shownArrival - 2_000 - 123 + millisecond)
        #expect(decoded.samples[0].arrival == arrival.instant)
        #expect(decoded.samples[0].flags == [])
    }

    @Test(arguments: [
        ("null", DecodedPayload.Stamp.missing, StampFormat.epochSeconds),
        ("true", .unreadable, .epochSeconds),
        ("\"yesterday\"", .unreadable, .iso8601),
        ("\"2026-11-24T08:30:00\"", .unreadable, .iso8601),
        ("\"2026-02-30T08:30:00Z\"", .unreadable, .iso8601),
        ("\"2026-11-24\"", .unreadable, .iso8601),
        ("\"\"", .unreadable, .iso8601),
        ("\"2026-11-24 16:30:00x\"", .unreadable, .pattern("yyyy-MM-dd HH:mm:ss", offsetSeconds: 28_800)),
        ("1e300", .unreadable, .epochSeconds),
        ("9223372036854775807", .unreadable, .epochSeconds),
        ("1795509006", .tooFarAhead, .epochSeconds),
        ("9000000000000000000", .tooFarAhead, .epochNanoseconds),
        // What boxes write for "no date": beyond both ends of the plant's time line.
        ("\"0001-01-01T00:00:00Z\"", .unreadable, .iso8601),
        ("\"9999-12-31T23:59:59Z\"", .tooFarAhead, .iso8601),
        ("\"0001-01-01 00:00:00\"", .unreadable, .pattern("yyyy-MM-dd HH:mm:ss", offsetSeconds: 28_800)),
        ("\"9999-12-31 23:59:59\"", .tooFarAhead, .pattern("yyyy-MM-dd HH:mm:ss", offsetSeconds: 28_800)),
    ])
    func `missing, unreadable or too far ahead becomes the arrival, flagged`(
        written: String, stamp: DecodedPayload.Stamp, format: StampFormat
    ) throws {
        let decoded = try decode(written, format)
        #expect(decoded.stamp == stamp)
        #expect(decoded.samples[0].time == arrival.instant)
        #expect(decoded.samples[0].flags == .timeFromArrival)
    }

    @Test func `up to five seconds ahead is believed`() throws {
        let decoded = try decode("1795509005.123", .epochSeconds)
        #expect(decoded.stamp == .device)
        #expect(decoded.samples[0].time == arrival.instant + .seconds(5))
    }

    @Test(arguments: ["0", "-86400", "1500000000"])
    func `is never replaced because it is old`(written: String) throws {
        let decoded = try decode(written, .epochSeconds)
        #expect(decoded.stamp == .device)
        #expect(decoded.samples[0].time.milliseconds == (Int64(written) ?? 0) * 1_000 - 2_000)
        #expect(decoded.samples[0].flags == [])
    }

    @Test(arguments: [
        ("yyyy-MM-dd", 0, StampPattern.Refused.missingField("HH")),
        ("yyyy-MM-dd hh:mm", 0, .unknownField("hh")),
        ("yyyy-MM-dd HH:mm MM", 0, .repeatedField("MM")),
        ("yyyy-MM-dd HH:mm", 54_000, .impossibleZone(offsetSeconds: 54_000)),
    ])
    func `needs a pattern that names a whole moment and a zone`(
        pattern: String, offsetSeconds: Int, refused: StampPattern.Refused
    ) {
        #expect(throws: refused) { try StampPattern(pattern, offsetSeconds: offsetSeconds) }
    }
}
