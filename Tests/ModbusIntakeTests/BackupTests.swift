import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

@Suite struct `A sound backup` {
    private static func onBackup() throws -> Play {
        var endpoint = Plant.endpoint([gasUnit])
        endpoint.manners.backup = LinkManners.Address(host: "10.0.0.2", port: 503)
        var play = try Play(endpoint)
        _ = play.connect()
        _ = play.answer()
        _ = play.after(.lost(.broken(104)))
        _ = play.connect()
        _ = play.answer()
        #expect(play.session.isOnBackup)
        return play
    }

    /// What the first address does once it is connected to.
    enum Conduct: CaseIterable { case isMute, closes, hasNoTarget, isForeign }

    @Test(arguments: Conduct.allCases)
    func `goes on serving while the first address takes connections and reads nobody`(conduct: Conduct) throws {
        var play = try Self.onBackup()
        let began = play.now
        var story: [String] = []
        var spoiled: [QualityReason] = []
        var (calls, lastValue, widest) = ([PlantInstant](), play.now, Duration.zero)
        while play.now - began < .seconds(3600) {
            let isFirst = play.session.address.port == 502
            var actions: [EndpointSession.Action]
            switch play.session.state {
            case .resolving:
                if isFirst { calls.append(play.now) }
                actions = play.after(.addressFound)
            case .connecting: actions = play.after(.connected)
            case .exchanging where !isFirst:
                actions = play.answer()
                widest = max(widest, play.now - lastValue)
                lastValue = play.now
            case .exchanging:
                switch conduct {
                case .isMute: actions = play.untilNext()
                case .closes: actions = play.after(.lost(.closedByPeer))
                case .hasNoTarget: actions = play.answer { $0.exception = 11 }
                case .isForeign: actions = play.answer { $0.unit &+= 1 }
                }
            case .ready, .resting, .between: actions = play.untilNext()
            }
            story += actions.links.filter { $0 != "0+" }
            spoiled += actions.spoiled
        }
        #expect(story == [] && spoiled == [], "\(spoiled.count) spoiled")
        #expect(widest <= .seconds(2), "\(widest) without a value")
        // After 1, 2, 4, 8 minutes, and then every ten.
        #expect((7...9).contains(calls.count), "\(calls.count) tries in an hour")
    }

    @Test func `is left when the first address has answered, and not before`() throws {
        var play = try Self.onBackup()
        while play.session.state != .resolving { _ = play.request == nil ? play.untilNext() : play.answer() }
        _ = play.after(.addressFound)
        var actions = play.after(.connected)
        #expect(!actions.contains(.note(.returned)))
        while play.request == nil { actions = play.untilNext() }
        #expect(play.answer().contains(.note(.returned)))
        #expect(play.session.address.port == 502 && !play.session.isOnBackup)
    }

    @Test func `is not taken for lost because the first address refuses`() throws {
        let first = FaultServer(isListening: false) { [.send($0.answer { UInt16($0) })] }
        let backup = FaultServer { [.send($0.answer { UInt16(1000 + $0) })] }
        defer {
            first.stop()
            backup.stop()
        }
        var endpoint = Plant.endpoint(port: first.port, [Plant.unit(1, [Plant.point(0, at: 4)])])
        endpoint.manners.backup = LinkManners.Address(host: "127.0.0.1", port: backup.port)
        let plant = try SimulatedPlant([(endpoint, backup)])
        defer { plant.stop() }
        #expect(plant.run(atMost: .seconds(5)) { plant.outlet.linkStory(of: Plant.link) == [0, 1] })
        #expect(plant.run(atMost: .seconds(70), by: .milliseconds(50)) { backup.connectionCount == 2 })
        _ = plant.run(atMost: .seconds(2)) { false }
        #expect(plant.outlet.linkStory(of: Plant.link) == [0, 1])
        let values = plant.outlet.samples(of: 0).drop { !$0.quality.isUsable }
        #expect(values.allSatisfy { $0.quality == .good })
    }
}
