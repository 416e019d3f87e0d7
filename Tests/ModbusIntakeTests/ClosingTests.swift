import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

@Suite struct `A device that closes connections` {
    private static func play(pause: Duration, _ units: [ModbusUnit] = [gasUnit]) throws -> Play {
        var endpoint = Plant.endpoint(units)
        endpoint.pauseAfterConnect = pause
        endpoint.manners.session = .closesWhenIdle(for: .zero)
        return try Play(endpoint)
    }

    @Test func `before it was asked anything is lost, and called ever more seldom`() throws {
        var play = try Self.play(pause: .milliseconds(500))
        _ = play.connect()
        while play.request == nil { _ = play.untilNext() }
        _ = play.answer()
        let began = play.now
        var (links, calls, steps) = ([String](), 0, 0)
        while play.now - began < .seconds(60), steps < 10_000 {
            steps += 1
            switch play.session.state {
            case .resolving:
                calls += 1
                links += play.after(.addressFound).links
            case .connecting: links += play.after(.connected).links
            case .ready:
                // Somebody else has its one connection.
                play.now = play.now + .milliseconds(1)
                links += play.after(.lost(.closedByPeer)).links
            case .resting, .between, .exchanging: links += play.untilNext().links
            }
        }
        #expect(links.first == "0-" && !links.contains("0+"))
        #expect(calls <= 20, "called \(calls) times in a minute")
    }

    @Test(arguments: [LinkLoss.closedByPeer, .broken(104), .broken(32)])
    func `just as it is asked again is asked over a new one, and is not lost`(loss: LinkLoss) throws {
        let unit = Plant.unit(
            7, [Plant.point(1, at: 0, every: .seconds(1)), Plant.point(2, at: 500, every: .seconds(1))])
        var play = try Self.play(pause: .zero, [unit])
        _ = play.connect()
        #expect(play.answer().sends == 1, "the second block")
        let asked = play.request?.start
        #expect(play.after(.lost(loss)) == [.disconnect, .resolve])
        _ = play.after(.addressFound)
        _ = play.after(.connected)
        #expect(play.request?.start == asked)
        #expect(play.answer().contains(.publish(lane: 1)))
        #expect(play.session.counts.losses == 0 && play.session.units[0].link == .up)
    }

    @Test func `each time that it is asked is lost`() throws {
        var play = try Self.play(pause: .zero)
        #expect(play.connect().sends == 1)
        #expect(play.after(.lost(.closedByPeer)).links == ["0-"])
    }
}
