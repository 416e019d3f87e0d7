import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

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

@Suite struct `A device with manners of its own` {
    private static func play(_ units: [ModbusUnit] = [gasUnit], _ manners: (inout LinkManners) -> Void) throws -> Play {
        var endpoint = Plant.endpoint(units)
        manners(&endpoint.manners)
        return try Play(endpoint)
    }

    @Test func `that answers with number 0 is believed, and with another is not`() throws {
        var play = try Self.play { $0.transactions = .zero }
        _ = play.connect()
        #expect(play.answer { $0.transaction = 0 }.contains(.publish(lane: 0)))
        _ = play.untilNext()
        #expect(play.answer().contains(.note(.lost(.framing(.unknownTransaction)))))
    }

    @Test(arguments: [LinkManners.TransactionEcho.zero, .ignore])
    func `that repeats no numbers gets a new connection after a time-out, and its units stay up until three`(
        echo: LinkManners.TransactionEcho
    ) throws {
        let sibling = Plant.unit(8, [Plant.point(3, at: 0, every: .seconds(1))], link: 901)
        var play = try Self.play([gasUnit, sibling]) { $0.transactions = echo }
        _ = play.connect()
        for _ in 0..<2 {
            _ = play.answer { $0.transaction = 0 }
            if play.request == nil { _ = play.untilNext() }
        }
        let actions = play.untilNext()
        #expect(actions.contains(.disconnect) && actions.contains(.resolve))
        #expect(actions.spoiled == [] && actions.links == [])
        _ = play.after(.addressFound)
        #expect(!play.after(.connected).contains(.note(.connected)), "no news: nobody was lost")
        #expect(play.session.counts.losses == 0)
    }

    @Test func `that answers in another unit's name is believed where it stands alone`() throws {
        var play = try Self.play { $0.unitEcho = .any }
        _ = play.connect()
        #expect(play.answer { $0.unit = 250 }.contains(.publish(lane: 0)))
    }

    @Test func `that wants a connection per cycle is called for each slot and left after it`() throws {
        var play = try Self.play { $0.session = .closesWhenIdle(for: .zero) }
        _ = play.connect()
        #expect(play.answer().last == .disconnect)
        var published: [PlantInstant] = []
        for _ in 0..<5 {
            #expect(play.untilNext() == [.resolve])
            #expect(play.after(.addressFound) == [.connect])
            #expect(play.after(.connected).sends == 1)
            let actions = play.answer()
            #expect(actions == [.publish(lane: 0), .disconnect])
            published.append(play.now)
        }
        #expect(zip(published, published.dropFirst()).allSatisfy { $1 - $0 == .seconds(1) })
        #expect(play.session.counts.losses == 0 && play.session.counts.orderlyCloses == 6)
        #expect(play.session.units[0].link == .up)
    }

    @Test func `whose gateway closes an idle connection is not lost`() throws {
        var play = try Self.play { $0.session = .closesWhenIdle(for: .seconds(45)) }
        _ = play.connect()
        _ = play.answer()
        #expect(play.session.isConnected)
        let actions = play.after(.lost(.closedByPeer))
        #expect(actions == [.disconnect])
        #expect(play.untilNext() == [.resolve])
        #expect(play.session.units[0].link == .up)
    }

    @Test func `that is lost on its first address is found on its backup, and taken back when the first answers`()
        throws
    {
        var play = try Self.play { $0.backup = LinkManners.Address(host: "10.0.0.2", port: 503) }
        _ = play.connect()
        _ = play.answer()
        #expect(play.session.address.port == 502)
        #expect(play.after(.lost(.broken(104))).links == ["0-"])
        let lostAt = play.now
        while play.session.state != .resolving { _ = play.untilNext() }
        #expect(play.now - lostAt <= .milliseconds(240))
        #expect(play.session.address == LinkManners.Address(host: "10.0.0.2", port: 503))
        _ = play.after(.addressFound)
        #expect(play.after(.connected).contains(.note(.failedOver)))
        #expect(play.answer().links == ["0+"])
        let served = play.now
        var tries: [Double] = []
        var story: [String] = []
        while tries.count < 3 {
            story += play.untilNext().links
            if play.session.state == .resolving {
                tries.append((play.now - served).seconds.rounded())
                #expect(play.session.address.port == 502)
                // The first address is a black hole twice, and then answers.
                _ = play.after(.addressFound)
                if tries.count == 3 { break }
                #expect(play.untilNext().contains(.resolve))
                #expect(play.session.address.port == 503)
                _ = play.after(.addressFound)
                _ = play.after(.connected)
            }
            if play.request != nil { _ = play.answer() }
        }
        // At the first turn after the minute, and after two more.
        #expect((60...62).contains(tries[0]) && (179...184).contains(tries[1]), "\(tries)")
        var back = play.after(.connected)
        while play.request == nil { back += play.untilNext() }
        #expect(!back.contains(.note(.returned)))
        #expect(play.answer().contains(.note(.returned)))
        #expect(play.session.address.port == 502)
        #expect(!story.contains("0-"), "trying costs nobody its link")
    }

    @Test func `that dials in is down until it calls, and a second call takes the place of the first`() throws {
        var play = try Self.play {
            $0.dialIn = LinkManners.DialIn(host: "0.0.0.0", port: 9502, registration: Array("PUMP7".utf8))
        }
        #expect(play.after(.timePassed) == [.awaitCall])
        #expect(play.session.hasBegun, "nobody waits for it")
        #expect(play.untilNext().links == ["0-"])
        let called = play.after(.called)
        #expect(called.first == .adopt && called.sends == 1)
        #expect(play.answer().links == ["0+"])
        let again = play.after(.called)
        #expect(again.prefix(3) == [.disconnect, .note(.lost(.replaced)), .adopt])
        #expect(again.links == [])
    }

    @Test func `between two units a serial line gets its silence`() throws {
        let sibling = Plant.unit(8, [Plant.point(3, at: 0, every: .seconds(1))], link: 901)
        var play = try Self.play([gasUnit, sibling]) { $0.unitTurnaround = .milliseconds(20) }
        _ = play.connect()
        #expect(play.answer().sends == 0)
        let answeredAt = play.now
        #expect(play.untilNext().sends == 1)
        #expect(play.now - answeredAt == .milliseconds(20))
    }
}
