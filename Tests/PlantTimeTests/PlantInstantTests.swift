import Foundation
import PlantTime
import Testing

@Suite struct `The plant's time line` {
    @Test(
        arguments: [
            (0, 0), (1, 0), (999_999, 0), (1_000_000, 1), (-1, -1), (-999_999, -1), (-1_000_000, -1), (-1_000_001, -2),
            (.max, 9_223_372_036_854), (.min, -9_223_372_036_855),
        ] as [(Int64, Int64)])
    func `counts whole milliseconds downwards, before 1970 too`(nanoseconds: Int64, milliseconds: Int64) {
        let instant = PlantInstant(nanoseconds: nanoseconds)
        #expect(instant.milliseconds == milliseconds)
        #expect(instant.wholeMillisecond <= instant)
        #expect(instant.wholeMillisecond == .distantPast || instant - instant.wholeMillisecond < .milliseconds(1))
        #expect(WallTime(nanoseconds: nanoseconds).milliseconds == milliseconds)
    }

    @Test func `ends where its numbers end, and nothing traps there`() {
        #expect(PlantInstant(milliseconds: .max) == .distantFuture)
        #expect(PlantInstant(milliseconds: .min) == .distantPast)
        // The years 1 and 9999: what devices and receivers write for "no date".
        #expect(PlantInstant(milliseconds: -62_135_596_800_000) == .distantPast)
        #expect(PlantInstant(milliseconds: 253_402_300_799_999) == .distantFuture)
        #expect(PlantInstant.distantFuture + .seconds(1) == .distantFuture)
        #expect(PlantInstant.distantPast - .seconds(1) == .distantPast)
        #expect(PlantInstant(nanoseconds: 1) - .nanoseconds(Int64.min) == .distantFuture)
        #expect(PlantInstant(nanoseconds: -1) - .nanoseconds(Int64.min) == PlantInstant(nanoseconds: .max))
        #expect(PlantInstant(nanoseconds: -2) - .seconds(Int64.max) == .distantPast)
        #expect(PlantInstant(nanoseconds: 1).advanced(byNanoseconds: .max) == .distantFuture)
        #expect(PlantInstant(nanoseconds: -1).advanced(byNanoseconds: .min) == .distantPast)
        #expect((PlantInstant.distantFuture - .distantPast).nanoseconds == .max)
        #expect((PlantInstant.distantPast - .distantFuture).nanoseconds == .min)
    }

    /// Short and long spans are counted in different ways.
    @Test(arguments: [
        0, 1, 511, 512, 1_000_000_000, 4_722_366_482_869, 4_722_366_482_870, 86_400_000_000_000, -1, -1_000_000_001,
    ])
    func `counts a span's nanoseconds, and no part of one more`(count: Int64) {
        #expect(Duration.nanoseconds(count).nanoseconds == count)
        let almost = Duration(secondsComponent: 0, attosecondsComponent: 999_999_999)
        #expect((Duration.nanoseconds(count) + almost).nanoseconds == (count < 0 ? count + 1 : count))
        #expect((Duration.nanoseconds(count) - almost).nanoseconds == (count > 0 ? count - 1 : count))
    }

    @Test func `adds and takes away to the nanosecond`() {
        let noon = PlantInstant(milliseconds: 1_700_000_000_000)
        #expect(noon + .nanoseconds(1) > noon)
        #expect((noon + .milliseconds(1500)) - noon == .milliseconds(1500))
        #expect(noon - .seconds(10) - (noon) == .seconds(-10))
        #expect(noon.advanced(byNanoseconds: -1) < noon)
        #expect(noon.advanced(byNanoseconds: -1).wholeMillisecond == noon - .milliseconds(1))
    }

    @Test func `knows spans that no counter of nanoseconds holds`() {
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
        #expect(Duration.nanoseconds(Int64.max).nanoseconds == .max)
        #expect(Duration.nanoseconds(Int64.min).nanoseconds == .min)
        #expect((Duration.nanoseconds(Int64.max) + .nanoseconds(1)).nanoseconds == .max)
        #expect((Duration.nanoseconds(Int64.min) - .nanoseconds(1)).nanoseconds == .min)
        #expect(Duration.milliseconds(-1500).seconds == -1.5)
    }
}

@Suite struct `Shown time` {
    @Test(
        arguments: [
            (0, 0), (999_999_999, 0), (1_000_000_000, 1), (-1, -1), (-1_000_000_000, -1), (-1_000_000_001, -2),
            (.max, 9_223_372_036), (.min, -9_223_372_037),
        ] as [(Int64, Int64)])
    func `counts whole seconds downwards`(nanoseconds: Int64, seconds: Int64) {
        #expect(WallTime(nanoseconds: nanoseconds).wholeSeconds == seconds)
    }

    @Test func `ends where its numbers end, and nothing traps or turns round there`() {
        let (first, last) = (WallTime(nanoseconds: .min), WallTime(nanoseconds: .max))
        #expect(WallTime(milliseconds: 253_402_300_799_999) == last)
        #expect(WallTime(milliseconds: -62_135_596_800_000) == first)
        #expect(last + .seconds(1) == last)
        #expect(first + .seconds(-1) == first)
        #expect((last - first).nanoseconds == .max)
        #expect((first - last).nanoseconds == .min)
        #expect(first < last)
    }

    @Test func `is one number of nanoseconds in a record`() throws {
        let times = [WallTime(nanoseconds: 1_704_067_200_000_000_001), WallTime(nanoseconds: -1)]
        let text = try JSONEncoder().encode(times)
        #expect(String(decoding: text, as: UTF8.self) == "[1704067200000000001,-1]")
        #expect(try JSONDecoder().decode([WallTime].self, from: text) == times)
    }
}

@Suite struct `The clock of a station` {
    @Test func `shows the host's time and never goes back`() {
        let clock = SteadyClock()
        let before = clock.now()
        #expect(clock.now() >= before)
        let host = Int64(Date().timeIntervalSince1970 * 1e9)
        #expect(abs(clock.wallNow().nanoseconds - host) < 5_000_000_000)
        #expect(abs(clock.step().nanoseconds) < 5_000_000_000)
    }

    @Test func `goes on behind the run before it, whatever the host's clock says since`() {
        let ahead = SteadyClock().now() + .seconds(3600)
        let clock = SteadyClock(after: ahead)
        #expect(clock.now() > ahead)
        #expect(clock.now() - ahead < .seconds(60))
        let host = Int64(Date().timeIntervalSince1970 * 1e9)
        #expect(abs(clock.wallNow().nanoseconds - host) < 5_000_000_000, "people read the host's time all the same")
    }

    @Test(arguments: [PlantInstant.distantPast, PlantInstant(milliseconds: 1_000_000_000_000)])
    func `takes no notice of an old run`(last: PlantInstant) {
        let clock = SteadyClock(after: last)
        #expect((clock.now() - SteadyClock().now()).nanoseconds.magnitude < 5_000_000_000)
    }

    @Test func `stands still at the end of the line rather than fall`() {
        let clock = SteadyClock(after: .distantFuture)
        #expect(clock.now() == .distantFuture)
        #expect(clock.wall(.distantPast) == WallTime(nanoseconds: .min))
    }

    @Test func `shows an instant and finds it again`() {
        let clock = SteadyClock(after: SteadyClock().now() + .seconds(3600))
        let instant = PlantInstant(milliseconds: 1_700_000_000_123)
        #expect(clock.instant(clock.wall(instant)) == instant)
        #expect((clock.wall(instant) - WallTime(nanoseconds: instant.nanoseconds)).seconds < -3500)
        let shown = clock.wall(instant)
        let size = clock.adoptStep()
        #expect(clock.wall(instant) - shown == size, "a correction moves what is shown, and by its own size")
        #expect(clock.instant(clock.wall(instant)) == instant)
    }
}

@Suite struct `A stable hash` {
    /// From the published test vectors of FNV-1a, 64 bits.
    @Test(
        arguments: [
            ("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("b", 0xAF63_DF4C_8601_F1A5),
            ("foo", 0xDCB2_7518_FED9_D577), ("foobar", 0x8594_4171_F739_67E8),
            ("chongo was here!\n", 0x4681_0940_EFF5_F915),
        ] as [(String, UInt64)])
    func `is FNV-1a`(text: String, hash: UInt64) { #expect(StableHash.of(text.utf8) == hash) }

    @Test func `is finished as SplitMix64 is`() {
        #expect(StableHash.mixed(0) == 0xE220_A839_7B1D_CDAF)
        #expect(StableHash.mixed(0x9E37_79B9_7F4A_7C15) == 0x6E78_9E6A_A1B9_65F4)
        #expect(StableHash.mixed(1_234_567) == 6_457_827_717_110_365_317)
        #expect(StableHash.spread("foobar") == StableHash.mixed(0x8594_4171_F739_67E8))
    }
}
