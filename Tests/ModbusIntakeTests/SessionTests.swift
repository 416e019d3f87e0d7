import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

/// A session, its time, and what it has asked for since the last look.
private struct Play {
    var session: EndpointSession
    var now = PlantInstant(milliseconds: 1_700_000_000_000)
    var actions: [EndpointSession.Action] = []

    init(_ units: [ModbusUnit]) throws {
        let endpoint = Plant.endpoint(units)
        session = EndpointSession(
            endpoint: endpoint, plans: try units.map { try ReadPlan(unit: $0) }, startingAt: now)
    }

    /// Lets an event happen and returns what it brings about, requests included.
    mutating func after(_ event: EndpointSession.Event) -> [EndpointSession.Action] {
        actions = []
        session.handle(event, at: now, into: &actions)
        if event != .timePassed { session.handle(.timePassed, at: now, into: &actions) }
        return actions
    }

    mutating func wait(_ span: Duration) -> [EndpointSession.Action] {
        now = now + span
        return after(.timePassed)
    }

    /// Goes to the session's next deadline.
    mutating func untilNext() -> [EndpointSession.Action] {
        now = max(now, session.nextDeadline(at: now))
        return after(.timePassed)
    }

    mutating func connect() -> [EndpointSession.Action] {
        while session.state != .resolving { _ = untilNext() }
        _ = after(.addressFound)
        return after(.connected)
    }

    /// The right answer to the request that is out.
    mutating func answer(_ change: (inout AnswerHeader) -> Void = { _ in }) -> [EndpointSession.Action] {
        guard var header = request.map(AnswerHeader.init(answering:)) else { return [] }
        change(&header)
        return after(.answered(header))
    }

    /// The request sent last.
    var request: ReadRequest? {
        for case .send(let request) in actions.reversed() { return request }
        return nil
    }
}

extension AnswerHeader {
    fileprivate init(answering request: ReadRequest) {
        let bytes = request.area.holdsBits ? (Int(request.count) + 7) / 8 : Int(request.count) * 2
        self.init(
            transaction: request.transaction, unit: request.unit, function: request.area.functionCode, exception: nil,
            dataBytes: bytes)
    }
}

extension [EndpointSession.Action] {
    fileprivate var links: [String] {
        compactMap { if case .reportLink(let unit, let isUp) = $0 { "\(unit)\(isUp ? "+" : "-")" } else { nil } }
    }
    fileprivate var spoiled: [QualityReason] {
        compactMap {
            switch $0 {
            case .spoilUnit(_, let reason), .spoil(_, let reason): reason
            default: nil
            }
        }
    }
    fileprivate var sends: Int { count { if case .send = $0 { true } else { false } } }
}

private let gasUnit = Plant.unit(
    7, [Plant.point(1, at: 0, every: .seconds(1)), Plant.point(2, at: 1, every: .seconds(1))])

@Suite struct `Endpoint session` {
    @Test func `connects, reads at once, and says that the unit answers`() throws {
        var play = try Play([gasUnit])
        #expect(play.after(.timePassed) == [.resolve])
        #expect(!play.session.hasBegun)
        #expect(play.after(.addressFound) == [.connect])
        let first = play.after(.connected)
        #expect(first.first == .note(.connected))
        #expect(first.sends == 1)
        #expect(play.session.hasBegun)
        #expect(play.request?.unit == 7 && play.request?.count == 2)
        let answered = play.answer()
        #expect(answered == [.reportLink(unit: 0, isUp: true), .note(.unitAnswers(unit: 0)), .publish(lane: 0)])
        _ = play.untilNext()
        #expect(play.answer() == [.publish(lane: 0)])
    }

    typealias Change = @Sendable (inout AnswerHeader) -> Void
    static let foreign: [(FrameFault, Change)] = [
        (.unknownTransaction, { $0.transaction &+= 1 }), (.foreignUnit, { $0.unit = 8 }),
        (.foreignFunction, { $0.function = 4 }), (.foreignSize, { $0.dataBytes = 2 }),
    ]

    @Test(arguments: foreign)
    func `an answer that is not its own closes the connection and is not published`(
        fault: FrameFault, change: Change
    ) throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        _ = play.answer()
        _ = play.untilNext()
        let actions = play.answer(change)
        #expect(
            actions == [
                .disconnect, .note(.lost(.framing(fault))), .spoilUnit(0, .linkDown), .reportLink(unit: 0, isUp: false),
            ])
        #expect(play.session.counts.framingFaults == 1)
    }

    @Test func `a late answer is dropped and teaches patience`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        _ = play.answer()
        for _ in 0..<20 {
            _ = play.untilNext()
            _ = play.answer()
        }
        _ = play.untilNext()
        let given = try #require(play.request)
        let again = play.untilNext()
        #expect(again.sends == 1, "tried once more while the slot has time")
        #expect(play.session.counts.timeouts == 1)
        let retry = try #require(play.request)
        #expect(retry.transaction == given.transaction &+ 1)
        play.now = play.now + .milliseconds(20)
        #expect(play.after(.answered(AnswerHeader(answering: given))) == [])
        #expect(play.session.counts.lateAnswers == 1)
        #expect(play.after(.answered(AnswerHeader(answering: retry))) == [.publish(lane: 0)])
        #expect(play.session.isConnected)
    }

    @Test func `three requests unanswered: the unit is lost at that instant, probed, and found again`() throws {
        let other = Plant.unit(8, [Plant.point(3, at: 0, every: .seconds(1))], link: 901)
        var play = try Play([gasUnit, other])
        _ = play.connect()
        var lost: [EndpointSession.Action] = []
        for _ in 0..<40 where lost.spoiled.isEmpty {
            if play.request?.unit == 7 { lost = play.untilNext() } else { _ = play.answer() }
            if play.request == nil { lost += play.untilNext() }
        }
        #expect(lost.spoiled == [.linkDown])
        #expect(lost.links == ["0-"])
        #expect(play.session.counts.timeouts == 3)
        #expect(play.session.isConnected, "its sibling answers")
        var found: [EndpointSession.Action] = []
        for _ in 0..<40 where found.links.isEmpty {
            if play.request == nil { _ = play.untilNext() } else { found = play.answer() }
        }
        #expect(found.links == ["0+"])
        #expect(play.session.counts.probes == 1)
    }

    @Test func `a connection on which nothing comes back is given up after 10 s`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        let began = play.now
        var links: [String] = []
        while play.session.isConnected { links += play.untilNext().links }
        #expect(play.now - began >= .seconds(10) && play.now - began < .seconds(16))
        #expect(links.first == "0-" && Set(links) == ["0-"])
    }

    @Test func `a frame that stops in its middle closes the connection at the deadline`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        #expect(play.after(.fragmentWaits) == [])
        let actions = play.untilNext()
        #expect(actions.contains(.note(.lost(.framing(.unfinished)))))
    }

    @Test func `a lost link backs off and says so once`() throws {
        var play = try Play([gasUnit])
        _ = play.untilNext()
        let first = play.after(.lost(.nameUnknown))
        #expect(first.spoiled == [.linkDown] && first.links == ["0-"])
        #expect(play.session.hasBegun)
        var pauses: [Double] = []
        for _ in 0..<8 {
            let lostAt = play.now
            while play.session.state != .resolving { _ = play.untilNext() }
            pauses.append((play.now - lostAt).seconds)
            #expect(play.after(.lost(.nameUnknown)).spoiled == [])
        }
        #expect(pauses[0] <= 0.24 && pauses[7] <= 5 && pauses[7] >= 4)
    }

    @Test func `the link's state is repeated every 10 s`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        _ = play.answer()
        var beats: [Double] = []
        let began = play.now
        while play.now - began < .seconds(35) {
            if !play.untilNext().links.isEmpty { beats.append((play.now - began).seconds.rounded()) }
            if play.request != nil { _ = play.answer() }
        }
        #expect(beats == [10, 20, 30])
    }
}

@Suite struct `Exception answers` {
    @Test func `busy is tried three times within the slot`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        _ = play.answer()
        _ = play.untilNext()
        let slot = play.now
        for wait in [100, 200] {
            let refusedAt = play.now
            #expect(play.answer { $0.exception = 6 }.spoiled == [])
            #expect(play.untilNext().sends == 1)
            #expect(play.now - refusedAt == .milliseconds(wait))
        }
        _ = play.answer { $0.exception = 6 }
        #expect(play.untilNext().sends == 1)
        #expect(play.now == slot + .seconds(1), "then at the next slot")
        #expect(play.session.counts.timeouts == 0)
    }

    @Test func `a device fault spoils its block and keeps the period`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        let actions = play.answer { $0.exception = 4 }
        #expect(actions.spoiled == [.deviceFault])
        #expect(actions.links == ["0+"], "it does answer")
    }

    @Test(arguments: [UInt8(10), 11])
    func `a gateway without its target spoils the block, and the third time the unit`(code: UInt8) throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        var stories: [[QualityReason]] = []
        for _ in 0..<3 {
            stories.append(play.answer { $0.exception = code }.spoiled)
            if play.request == nil { _ = play.untilNext() }
        }
        #expect(stories == [[.noTarget], [.noTarget], [.noTarget, .noTarget]])
        #expect(play.session.units[0].link == .down(.noTarget))
        #expect(play.session.isConnected)
    }

    @Test func `a refused address is found by halving, and only its point is misconfigured`() throws {
        let points = (0..<8).map { Plant.point(UInt32($0), at: UInt16($0), every: .seconds(1)) }
        var play = try Play([Plant.unit(7, points)])
        var actions = play.connect()
        var published: Set<Int> = []
        var misconfigured: [Int] = []
        for _ in 0..<60 {
            guard let request = play.request else {
                _ = play.untilNext()
                continue
            }
            let range = Int(request.start.offset)..<(Int(request.start.offset) + Int(request.count))
            actions = play.answer { if range.contains(5) { $0.exception = 2 } }
            for case .publish(let lane) in actions {
                published.formUnion(play.session.schedule.lanes[lane].block.members)
            }
            for case .spoil(let lane, .misconfigured) in actions {
                misconfigured += play.session.schedule.lanes[lane].block.members
            }
        }
        #expect(published == [0, 1, 2, 3, 4, 6, 7])
        #expect(misconfigured == [5])
        #expect(play.session.units[0].link == .up)
    }

    @Test func `an illegal function rests the block, and it is asked again after 5 min`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        #expect(play.answer { $0.exception = 1 }.spoiled == [.misconfigured])
        let refusedAt = play.now
        while play.request == nil { _ = play.untilNext() }
        #expect(play.now - refusedAt == .seconds(300))
        #expect(play.answer() == [.publish(lane: 0)])
        #expect(play.untilNext().sends == 1, "back on its slots")
        #expect(play.now - refusedAt < .seconds(302))
    }
}
