import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

@Suite struct `A host that stood still` {
    @Test(arguments: [LinkManners.TransactionEcho.strict, .zero])
    func `takes no answer of then for one of now`(echo: LinkManners.TransactionEcho) throws {
        var endpoint = Plant.endpoint([gasUnit])
        endpoint.manners.transactions = echo
        var play = try Play(endpoint)
        _ = play.connect()
        _ = play.answer { if echo == .zero { $0.transaction = 0 } }
        while play.request == nil { _ = play.untilNext() }
        let asked = play.request
        var old = try #require(asked.map(AnswerHeader.init(answering:)))
        if echo == .zero { old.transaction = 0 }
        // The answer came in time, and nobody was there to take it for ten minutes.
        play.now = play.now + .seconds(600)
        let actions = play.after(.answered(old))
        #expect(!actions.contains(.publish(lane: 0)))
        #expect(!actions.links.contains("0-"), "the device has done nothing wrong")
        if echo == .strict { #expect(play.session.isConnected && play.session.counts.lateAnswers == 1) }
        while play.request == nil || play.request == asked {
            switch play.session.state {
            case .resolving: _ = play.after(.addressFound)
            case .connecting: _ = play.after(.connected)
            default: _ = play.untilNext()
            }
        }
        #expect(play.answer { if echo == .zero { $0.transaction = 0 } }.contains(.publish(lane: 0)))
        #expect(play.session.units[0].timer.roundTrip.map { $0 < .seconds(1) } ?? false)
    }

    @Test func `for a moment takes the answer that waited`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        play.now = play.now + .milliseconds(900)
        #expect(play.answer().contains(.publish(lane: 0)))
    }
}
