import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

/// A session whose points are urgent when the test says so, and what it had to say of it.
private struct Urged {
    var session: EndpointSession
    private var actions: [EndpointSession.Action] = []

    static let now = PlantInstant(milliseconds: 2_000_000)

    init(_ units: [ModbusUnit], cost: ReadCost = .nativeTCP) throws {
        var endpoint = Plant.endpoint(units)
        endpoint.manners.cost = cost
        session = EndpointSession(
            endpoint: endpoint, plans: try units.map { try ReadPlan(unit: $0) },
            startingAt: PlantInstant(milliseconds: 1_000_000))
    }

    /// One device with two blocks that are read in 2 s.
    init(burst: Duration, cost: ReadCost = .nativeTCP) throws {
        try self.init([Self.unit(1, points: 1, 2, burst: burst)], cost: cost)
    }

    static func unit(
        _ number: UInt8, points: UInt32..., burst: Duration, class pointClass: Point.Class = .level
    ) -> ModbusUnit {
        var unit = Plant.unit(
            number, points.enumerated().map { Plant.point($1, at: UInt16($0 * 500), every: .seconds(2)) },
            class: pointClass)
        unit.burstPeriod = burst
        return unit
    }

    /// A look at the pre-alarms: whether a period changed, and the notes of it.
    mutating func look(urgent: UInt32...) -> (hasChanged: Bool, notes: [LinkNotice]) {
        actions.removeAll()
        let hasChanged = session.setUrgent(at: Self.now, into: &actions) { urgent.contains($0.number) }
        return (hasChanged, notes)
    }

    mutating func handle(_ event: EndpointSession.Event) {
        actions.removeAll()
        session.handle(event, at: Self.now, into: &actions)
    }

    var periods: [Duration] { session.schedule.lanes.map(\.slots.period) }
    var reads: [ReadRequest] { actions.compactMap { if case .send(let read) = $0 { read } else { nil } } }
    private var notes: [LinkNotice] { actions.compactMap { if case .note(let note) = $0 { note } else { nil } } }
}

@Suite struct `A pre-alarm` {
    /// A read takes 0.4 s: a block in 2 s is a fifth of the link's time, in 1 s two fifths.
    private static let slow = ReadCost(perRequest: .milliseconds(400), perRegister: .zero)

    @Test func `makes its block be read faster, others as always, and ends when it ends`() throws {
        var urged = try Urged(burst: .milliseconds(250))
        #expect(urged.look() == (false, []))
        #expect(urged.look(urgent: 1) == (true, []))
        #expect(urged.periods == [.milliseconds(250), .seconds(2)])
        #expect(urged.look(urgent: 1) == (false, []))
        #expect(urged.look() == (true, []))
        #expect(urged.periods == [.seconds(2), .seconds(2)])
        #expect(urged.session.schedule.missed == 0)
        #expect(urged.session.counts.burstsRefused == 0)
    }

    @Test func `gets no more than the time that its link has: counted, and said once with what would do`() throws {
        var urged = try Urged(burst: .milliseconds(500), cost: Self.slow)
        // 0.2 + 0.8 of its time would be more than 0.7; 0.2 + 0.4 s / 800 ms is not.
        #expect(urged.look(urgent: 1) == (false, [.burstRefused(unit: 0, smallest: .milliseconds(800))]))
        #expect(urged.look(urgent: 1) == (false, []), "it is said once")
        #expect(urged.look(urgent: 1, 2) == (false, []), "the device is refused as before")
        #expect(urged.session.counts.burstsRefused == 1)
        #expect(urged.look() == (false, [.burstNotRefused(unit: 0, isReadFaster: false)]))
        #expect(urged.look() == (false, []))
        #expect(urged.look(urgent: 2).notes.count == 1, "another pre-alarm is another refusal")
        #expect(urged.session.counts.burstsRefused == 2)
        #expect(urged.periods == [.seconds(2), .seconds(2)])
    }

    @Test func `that its link has no time for stands in the metrics of the door, once however often it is looked at`()
        throws
    {
        struct Always: PointUrgency { func isUrgent(_ point: PointIndex) -> Bool { true } }
        var endpoint = Plant.endpoint(port: 1, [Urged.unit(1, points: 1, 2, burst: .milliseconds(500))])
        endpoint.manners.cost = Self.slow
        try Plant.run([endpoint], urgency: Always()) { _, reactor in
            for _ in 0..<3 {
                let refused = reactor.freshMetrics().first { $0.name == "hazardd_modbus_bursts_refused_total" }
                #expect(refused?.value == 1)
            }
        }
    }

    @Test func `is told when no period at all would do`() throws {
        // 0.34 + 0.34 of its time, and ten milliseconds less than two seconds are already too much.
        let slower = ReadCost(perRequest: .milliseconds(699), perRegister: .zero)
        var urged = try Urged(burst: .milliseconds(800), cost: slower)
        #expect(urged.look(urgent: 1).notes == [.burstRefused(unit: 0, smallest: nil)])
    }

    @Test func `takes the time that another gives back, in the same look`() throws {
        var urged = try Urged(burst: .seconds(1), cost: Self.slow)
        #expect(urged.look(urgent: 2) == (true, []))
        #expect(urged.periods == [.seconds(2), .seconds(1)])
        // Both at once are four fifths: the second goes without, and is told.
        let both = urged.look(urgent: 1, 2)
        #expect(both == (false, [.burstRefused(unit: 0, smallest: .milliseconds(1340))]))
        #expect(urged.look(urgent: 1) == (true, [.burstNotRefused(unit: 0, isReadFaster: true)]))
        #expect(urged.periods == [.seconds(1), .seconds(2)])
    }

    @Test func `of gas goes before one of dust on a link that has time for one`() throws {
        var urged = try Urged(
            [
                Urged.unit(1, points: 1, burst: .seconds(1), class: .dust),
                Urged.unit(2, points: 2, burst: .seconds(1), class: .gas),
            ], cost: Self.slow)
        let look = urged.look(urgent: 1, 2)
        #expect(look == (true, [.burstRefused(unit: 0, smallest: .milliseconds(1340))]))
        #expect(urged.periods == [.seconds(2), .seconds(1)])
    }

    @Test func `does not have a silent device asked more often, and does once it answers`() throws {
        var urged = try Urged([Urged.unit(1, points: 1, burst: .milliseconds(250))])
        #expect(urged.look(urgent: 1) == (true, []))
        for event in [EndpointSession.Event.timePassed, .addressFound, .connected, .timePassed] { urged.handle(event) }
        #expect(!urged.reads.isEmpty)
        urged.handle(.lost(.closedByPeer))
        guard case .down = urged.session.units[0].link else {
            Issue.record("the unit should be down")
            return
        }
        #expect(urged.look(urgent: 1) == (true, []), "back to its usual period, and no refusal of it")
        #expect(urged.periods == [.seconds(2)])
        #expect(urged.session.counts.burstsRefused == 0)

        var again = try Urged([Urged.unit(1, points: 1, burst: .milliseconds(250))])
        for event in [EndpointSession.Event.timePassed, .addressFound, .connected, .timePassed] { again.handle(event) }
        let read = try #require(again.reads.first)
        again.handle(
            .answered(
                AnswerHeader(
                    transaction: read.transaction, unit: 1, function: 3, exception: nil, dataBytes: 2)))
        #expect(again.session.units[0].link == .up)
        #expect(again.look(urgent: 1) == (true, []))
        #expect(again.periods == [.milliseconds(250)])
    }
}
