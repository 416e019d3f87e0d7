import PlantTime
import Testing

@Suite struct `The calendar` {
    /// Counts worked out by another calendar than ours.
    static let known: [(String, Int64)] = [
        ("1970-01-01T00:00:00.000Z", 0), ("1969-12-31T23:59:59.999Z", -1),
        ("1677-09-21T00:12:43.146Z", -9_223_372_036_854), ("2262-04-11T23:47:16.854Z", 9_223_372_036_854),
        ("1700-03-01T00:00:00.000Z", -8_515_238_400_000), ("1900-02-28T23:59:59.999Z", -2_203_891_200_001),
        ("1900-03-01T00:00:00.000Z", -2_203_891_200_000), ("2000-02-29T12:00:00.000Z", 951_825_600_000),
        ("2000-12-31T23:59:59.999Z", 978_307_199_999), ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
        ("2024-03-01T00:00:00.000Z", 1_709_251_200_000), ("2026-01-01T00:00:00.000Z", 1_767_225_600_000),
        ("2100-02-28T23:59:59.999Z", 4_107_542_399_999), ("2100-03-01T00:00:00.000Z", 4_107_542_400_000),
        ("0001-01-01T00:00:00.000Z", -62_135_596_800_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ]

    @Test(arguments: known)
    func `knows leap days and the edges of years, both ways`(text: String, count: Int64) {
        #expect(TimeText.milliseconds(of: text) == count)
        #expect(TimeText.utc(milliseconds: count) == text)
    }

    @Test func `goes through eight centuries day by day without a gap`() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var count: Int64 = -9_467_020_800_000  // 1670-01-01
        for year in 1670...2470 {
            let isLeap = year % 400 == 0 || year % 4 == 0 && year % 100 != 0
            for month in 1...12 {
                for day in 1...lengths[month - 1] + (month == 2 && isLeap ? 1 : 0) {
                    let civil = CivilTime(year: year, month: month, day: day, hour: 23, minute: 59, second: 58)
                    let expected = count + 86_398_000
                    guard civil.milliseconds() == expected, CivilTime(milliseconds: expected) == civil else {
                        Issue.record("\(year)-\(month)-\(day): \(String(describing: civil.milliseconds()))")
                        return
                    }
                    count += 86_400_000
                }
            }
        }
    }

    @Test(arguments: [
        (2024, 2, 30), (2023, 2, 29), (1900, 2, 29), (2100, 2, 29), (2024, 4, 31), (2024, 6, 31), (2024, 9, 31),
        (2024, 11, 31), (2024, 1, 32), (2024, 0, 1), (2024, 13, 1), (2024, 1, 0), (2024, -1, 1), (10_000, 1, 1),
    ])
    func `refuses a day that no month has`(year: Int, month: Int, day: Int) {
        #expect(CivilTime(year: year, month: month, day: day).milliseconds() == nil)
    }

    @Test func `refuses an hour, a minute, a second that no day has`() {
        #expect(CivilTime(year: 2024, month: 1, day: 1, hour: 24).milliseconds() == nil)
        #expect(CivilTime(year: 2024, month: 1, day: 1, minute: 60).milliseconds() == nil)
        #expect(CivilTime(year: 2024, month: 1, day: 1, second: 60).milliseconds() == nil)
        #expect(CivilTime(year: 2024, month: 1, day: 1, millisecond: 1000).milliseconds() == nil)
        #expect(CivilTime(year: 2024, month: 1, day: 1, hour: -1).milliseconds() == nil)
    }
}

@Suite struct `A written time` {
    @Test(
        arguments: [
            ("2024-01-01T00:00:00Z", 0), ("2024-01-01T00:00:00.5Z", 500), ("2024-01-01T00:00:00.05Z", 50),
            ("2024-01-01T00:00:00.005Z", 5), ("2024-01-01T00:00:00.123+00:00", 123),
            ("2024-01-01T08:00:00+08:00", 0), ("2023-12-31T20:30:00-03:30", 0), ("2024-01-01T14:00:00.001+14:00", 1),
        ] as [(String, Int64)])
    func `is read with up to three decimals and any zone`(text: String, millisecond: Int64) {
        #expect(TimeText.milliseconds(of: text) == 1_704_067_200_000 + millisecond)
    }

    @Test(arguments: [
        "", "Z", "2024", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z", "2024-01-01t00:00:00Z",
        "2024-01-01T00:00:00z", "2024-1-01T00:00:00Z", "24-01-01T00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z", "2024-02-30T00:00:00Z", "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00.1234Z", "2024-01-01T00:00:00,123Z", "2024-01-01T00:00:00.12 Z",
        "2024-01-01T00:00:00ZZ", "2024-01-01T00:00:00Z ", " 2024-01-01T00:00:00Z", "2024-01-01T00:00:00+08",
        "2024-01-01T00:00:00+0800", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+08:60",
        "2024-01-01T00:00:00 08:00", "-024-01-01T00:00:00Z", "2024-01-01T00:00:0٣Z", "2024/01/01T00:00:00Z",
    ])
    func `is refused in any other form, and a missing zone is never guessed`(text: String) {
        #expect(TimeText.milliseconds(of: text) == nil)
    }

    @Test func `of a slice of a line is read as well`() {
        let line = "2024-01-01T00:00:00.001Z,LT-1,5,GOOD"
        #expect(TimeText.milliseconds(of: line.prefix(24)) == 1_704_067_200_001)
    }

    @Test func `comes back the same from every millisecond and zone`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var draws = Draws(seed: seed)
        for _ in 0..<2000 {
            let count = Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &draws)
            let offset = Int.random(in: -14 * 60...14 * 60, using: &draws) * 60
            let instant = WallTime(milliseconds: count)
            let saturated = instant.milliseconds
            #expect(TimeText.milliseconds(of: TimeText.utc(milliseconds: count)) == count, "seed \(seed)")
            let local = TimeText.local(instant, offsetSeconds: offset)
            #expect(TimeText.milliseconds(of: local) == saturated, "\(local), seed \(seed)")
        }
    }

    @Test func `of the site carries its zone`() {
        let time = WallTime(milliseconds: 1_704_067_200_042)
        #expect(TimeText.utc(time) == "2024-01-01T00:00:00.042Z")
        #expect(TimeText.utc(PlantInstant(milliseconds: 1_704_067_200_042)) == "2024-01-01T00:00:00.042Z")
        #expect(TimeText.local(time, offsetSeconds: 28_800) == "2024-01-01T08:00:00.042+08:00")
        #expect(TimeText.local(time, offsetSeconds: -12_600) == "2023-12-31T20:30:00.042-03:30")
        #expect(TimeText.timeOfDay(time, offsetSeconds: 28_800) == "08:00:00")
        #expect(TimeText.timeOfDay(time, offsetSeconds: -1) == "23:59:59")
        #expect(TimeText.offset(0) == "+00:00")
        #expect(TimeText.offset(-12_600) == "-03:30")
        #expect(TimeText.offset(20_700) == "+05:45")
    }

    @Test func `between two milliseconds is cut, before 1970 too`() {
        #expect(TimeText.utc(PlantInstant(nanoseconds: -1)) == "1969-12-31T23:59:59.999Z")
        #expect(TimeText.utc(PlantInstant(nanoseconds: 999_999)) == "1970-01-01T00:00:00.000Z")
    }
}

/// Numbers that a printed seed brings back.
struct Draws: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return StableHash.mixed(state)
    }
}
