import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

private let start = PlantInstant(milliseconds: 1_700_000_000_000)

@Suite struct `Poll schedule` {
    static func schedule(_ units: [ModbusUnit]) throws -> PollSchedule {
        PollSchedule(units: units, plans: try units.map { try ReadPlan(unit: $0) }, origin: start)
    }

    static func unit(_ number: UInt8, class pointClass: Point.Class, every period: Duration = .seconds(1)) -> ModbusUnit
    {
        Plant.unit(number, [Plant.point(UInt32(number), at: 0, every: period)], class: pointClass)
    }

    @Test func `a read is due once a period, at its slots, for ever`() throws {
        var schedule = try Self.schedule([Self.unit(1, class: .level)])
        let first = try #require(schedule.nextDue { _ in true })
        var now = first
        for round in 0..<1000 {
            let turn = try #require(schedule.take(at: now) { _ in true })
            #expect(turn.slot == first + .seconds(round) && turn.end == first + .seconds(round + 1))
            #expect(schedule.take(at: now) { _ in true } == nil)
            now = try #require(schedule.nextDue { _ in true })
            #expect(now == first + .seconds(round + 1), "the answer's time moves nothing")
        }
        #expect(schedule.missed == 0)
    }

    @Test func `SIS goes before gas, gas before level, level before power`() throws {
        var schedule = try Self.schedule([
            Self.unit(1, class: .electricity), Self.unit(2, class: .level), Self.unit(3, class: .sis),
            Self.unit(4, class: .gas),
        ])
        let now = start + .milliseconds(999)
        let order = (0..<4).map { _ in schedule.take(at: now) { _ in true }.map { schedule.lanes[$0.lane].unit + 1 } }
        #expect(order == [3, 4, 2, 1])
    }

    @Test func `within a class the earliest end goes first`() throws {
        var schedule = try Self.schedule([
            Self.unit(1, class: .gas, every: .seconds(60)), Self.unit(2, class: .gas, every: .seconds(1)),
        ])
        schedule.readAtOnce(at: start + .seconds(100))
        let order = (0..<2).map { _ in
            schedule.take(at: start + .seconds(100)) { _ in true }.map { schedule.lanes[$0.lane].unit + 1 }
        }
        #expect(order == [2, 1])
    }

    @Test func `late by a period is skipped, counted, and not caught up`() throws {
        var schedule = try Self.schedule([Self.unit(1, class: .level)])
        let first = try #require(schedule.nextDue { _ in true })
        #expect(schedule.take(at: first + .milliseconds(3500)) { _ in true } == nil)
        #expect(schedule.missed == 4)
        #expect(schedule.nextDue { _ in true } == first + .seconds(4))
    }

    @Test func `a retry keeps its slot and is refused when the slot is over`() throws {
        var schedule = try Self.schedule([Self.unit(1, class: .level)])
        let first = try #require(schedule.nextDue { _ in true })
        let turn = try #require(schedule.take(at: first) { _ in true })
        #expect(schedule.retry(turn, at: first + .milliseconds(900), need: .milliseconds(100)) == false)
        #expect(schedule.retry(turn, at: first + .milliseconds(300), need: .milliseconds(200)) == true)
        #expect(schedule.take(at: first + .milliseconds(299)) { _ in true } == nil)
        let again = try #require(schedule.take(at: first + .milliseconds(300)) { _ in true })
        #expect(again.slot == first && again.attempt == 1)
        #expect(schedule.nextDue { _ in true } == first + .seconds(1))
    }

    @Test func `after a loss everything is read at once and then at its slots`() throws {
        var schedule = try Self.schedule([Self.unit(1, class: .level, every: .seconds(60))])
        let first = try #require(schedule.nextDue { _ in true })
        let now = first + .seconds(150)
        schedule.readAtOnce(at: now)
        #expect(schedule.take(at: now) { _ in true } != nil)
        #expect(schedule.nextDue { _ in true } == first + .seconds(180))
        #expect(schedule.missed == 0, "nobody could have read")
    }

    @Test func `a rested block is off its slots until its time, and back on them when answered`() throws {
        var schedule = try Self.schedule([Self.unit(1, class: .level)])
        let first = try #require(schedule.nextDue { _ in true })
        schedule.rest(lane: 0, until: first + .seconds(300))
        schedule.readAtOnce(at: first + .seconds(10))
        #expect(schedule.nextDue { _ in true } == first + .seconds(300))
        #expect(schedule.take(at: first + .seconds(300)) { _ in true } != nil)
        schedule.wake(lane: 0, at: first + .milliseconds(300_010))
        #expect(schedule.nextDue { _ in true } == first + .seconds(301))
    }

    @Test func `units behind an open breaker are passed over`() throws {
        var schedule = try Self.schedule([Self.unit(1, class: .sis), Self.unit(2, class: .level)])
        let turn = schedule.take(at: start + .milliseconds(999)) { $0 != 0 }
        #expect(turn.map { schedule.lanes[$0.lane].unit } == 1)
    }
}
