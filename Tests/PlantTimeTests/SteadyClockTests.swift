import PlantTime
import Testing

@Suite struct `The station's clock` {
    /// What the journal shows of it and what a replay shows of it must be one time.
    private let instant = PlantInstant(milliseconds: 1_795_635_413_721)

    @Test func `follows the host a thousand times and shows each millisecond as it was measured`() {
        let clock = SteadyClock()
        for _ in 0..<1000 {
            _ = clock.adoptStep()
            #expect((clock.wall(instant).nanoseconds - instant.nanoseconds) % 1_000_000 == 0)
        }
        #expect(abs(clock.step().nanoseconds) <= 5_000_000)
    }

    @Test func `whose line goes on behind an earlier run shows the host's time in whole milliseconds too`() {
        let host = SteadyClock().wallNow()
        let last = PlantInstant(nanoseconds: host.nanoseconds + 3_600_000_000_123)
        let clock = SteadyClock(after: last)
        #expect(clock.now() > last)
        #expect(clock.now() < last + .milliseconds(2000))
        #expect((clock.wall(instant).nanoseconds - instant.nanoseconds) % 1_000_000 == 0)
        #expect(abs((clock.wallNow() - host).nanoseconds) < 2_000_000_000)
    }
}
