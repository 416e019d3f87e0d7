import DeviceMap
import PlantModel
import PlantTime
import SiteProfile
import Testing

/// What a site may say of one device's points: its own order of words, its own span, its own "no value".
@Suite struct `A device that differs from its profile` {
    private static let profile = """
        schema: hazardd.profile/v1
        rev: 1
        class: level
        name: gateway
        source: the test
        modbus: {rates: {fast: 1s}}
        points:
          level: {at: hr:0, type: f32, unit: m, rate: fast}
          temp: {at: hr:2, type: i16, scale: 0.1, unit: degC, sentinels: [0x8000], rate: fast}
          volume: {at: hr:3, type: u16, map: {two_point: [[0, 0], [100, 7]]}, unit: m3, rate: fast}
          trips:
            at: hr:4
            type: u32
            sentinels: [0xDEADBEEF]
            rate: fast
            bits: {0: {name: xs101_trip, role: trip, polarity: energised_normal}}
          closed: {at: hr:6.0, type: bit, invert: true, rate: fast}
        """

    private static func read(_ overrides: String) throws -> (device: LoneDevice?, told: [String]) {
        let folder = try SiteFolder(["level/gateway.yaml": profile])
        let (device, diagnostics) = LoneDevice.read(
            "profile: level/gateway@1\nunit: 1\npoints: {\(overrides)}", shown: "d", profileFolders: [folder.path])
        return (device, diagnostics.map(\.description))
    }

    /// The samples of one answer that holds registers 0 to 6.
    private static func samples(_ registers: [UInt16], _ overrides: String) throws -> [String: Sample] {
        let (device, told) = try read(overrides)
        let known = try #require(device, "\(told)")
        let unit = try #require(known.endpoint?.units.first)
        let block = try #require(ReadPlan(unit: unit).blocks.first)
        #expect(block.count == 7)
        var samples: [Sample] = []
        let bytes = registers.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        BlockDecoder(block: block, unit: unit).decode(bytes.span, at: .init(milliseconds: 1), into: &samples)
        return Dictionary(uniqueKeysWithValues: samples.map { (known.points[$0.point.offset].tag, $0) })
    }

    // 1.5 as f32 is 3FC0 0000.
    @Test func `has its own order, scale, offset and "no value"`() throws {
        let usual = try Self.samples([0x3FC0, 0, 250, 50, 0, 1, 1], "")
        #expect(usual["level"]?.reading == .good(1.5) && usual["temp"]?.reading == .good(25))
        let own = try Self.samples(
            [0, 0x3FC0, 250, 50, 0, 1, 1],
            "level: {order: CDAB, scale: 2, offset: -1}, temp: {offset: -40, sentinels: [0x7FFF]}")
        #expect(own["level"]?.reading == .good(2))
        #expect(own["temp"]?.reading == .good(-15), "the profile's scale stays")
        let none = try Self.samples([0, 0x3FC0, 0x7FFF, 50, 0, 1, 1], "temp: {sentinels: [0x7FFF]}")
        #expect(none["temp"]?.quality == .bad(.sentinel))
        let lifted = try Self.samples([0, 0x3FC0, 0x8000, 50, 0, 1, 1], "temp: {sentinels: []}")
        #expect(lifted["temp"]?.reading == .good(-3276.8))
    }

    @Test func `takes the bits of a word along: they stand where it stands and are as bad as it`() throws {
        #expect(try Self.samples([0, 0, 0, 0, 0, 1, 1], "")["xs101_trip"]?.reading == .good(0))
        let turned = "trips: {order: CDAB, sentinels: [0x12345678]}"
        #expect(try Self.samples([0, 0, 0, 0, 1, 0, 1], turned)["xs101_trip"]?.reading == .good(0))
        #expect(try Self.samples([0, 0, 0, 0, 0, 1, 1], turned)["xs101_trip"]?.reading == .good(1))
        #expect(try Self.samples([0, 0, 0, 0, 0x5678, 0x1234, 1], turned)["xs101_trip"]?.quality == .bad(.sentinel))
        // What the profile called "no value" is none any more: 0xDEADBEEF has bit 0 set.
        #expect(try Self.samples([0, 0, 0, 0, 0xBEEF, 0xDEAD, 1], turned)["xs101_trip"]?.reading == .good(0))
    }

    @Test(arguments: [
        ("level: {order: ABDD}", "order must be a permutation of ABCD, found ABDD"),
        ("level: {sentinels: [0]}", "sentinels of a float would be raw patterns that look like numbers"),
        ("temp: {order: CDAB}", "order must be a permutation of AB, found CDAB"),
        ("temp: {sentinels: [0x10000]}", "sentinels must be raw patterns of 16 bits such as 0x8000, found 0x10000"),
        ("temp: {scale: 0}", "scale must not be 0"),
        ("temp: {scale: 2, map: {two_point: [[0, 0], [1, 1]]}}", "map stands in place of scale and offset"),
        ("volume: {scale: 2}", "map stands in place of scale and offset"),
        ("closed: {scale: 1}", "scale goes with numbers, and closed is none"),
        ("xs101_trip: {offset: 1}", "offset goes with numbers, and xs101_trip is none"),
        ("xs101_trip: {order: CDAB}", "order goes with the word that xs101_trip is a bit of, trips"),
        ("xs101_trip: {sentinels: [1]}", "sentinels go with the word that xs101_trip is a bit of, trips"),
    ])
    func `cannot differ in what makes no sense`(overrides: String, message: String) throws {
        let (device, told) = try Self.read(overrides)
        #expect(device == nil)
        #expect(told.count == 1 && told[0].contains(message), "\(told)")
    }
}
