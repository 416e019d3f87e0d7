import MonitorCore
import PlantModel
import Testing

@Suite struct `A person's commands` {
    @Test func `every command yields exactly one event`() throws {
        var plant = try TestPlant([rule(high(10))])
        plant.row(0, .good(12), at: 1)
        _ = plant.said()
        for verb in OperatorCommand.Verb.allCases { plant.command(verb, "A.H", at: 2) }
        plant.command(.acknowledge, "nobody", at: 2)
        #expect(
            plant.said() == [
                "2 A.H acknowledge 12", "2 A.H unacknowledge 12", "2 A.H refused still-active 12", "2 A.H comment 12",
                "2 A.H refused not-offered 12", "2 A.H refused not-offered 12", "2 A.H refused not-offered 12",
                "2 - refused unknown-alarm",
            ])
    }

    @Test func `an answer given at H never answers an unseen HH`() throws {
        let levels = [rule(high(10), id: "1", isSilent: true), rule(high(20), id: "2", isSilent: true)]
        var plant = try TestPlant(levels + [rule(.ladder(levels: ["1", "2"]), id: "L")])
        plant.row(0, .good(12), at: 1)
        plant.row(0, .good(25), at: 2)
        plant.command(.acknowledge, "L", occurrence: 1, version: 1, at: 3)
        plant.command(.acknowledge, "L", occurrence: 1, version: 2, at: 4)
        #expect(
            plant.said() == [
                "1 L raise:1 12", "2 L escalate:2 25", "3 L refused alarm-changed 25", "4 L acknowledge:2 25",
            ])
        plant.row(0, .good(15), at: 5)
        plant.row(0, .good(25), at: 6)
        plant.row(0, .good(5), at: 7)
        let events = plant.monitor.takeEvents()
        #expect(events.map(\.transition) == [.deescalate, .escalate, .clear])
        // Milder is never annunciated, worse is, over an acknowledgement.
        #expect(events[0].duties == .reportToPlatform)
        #expect(events[1].duties == [.annunciate, .notify, .startEscalation, .reportToPlatform])
        #expect(events[1].nth == 2)
    }

    @Test func `keys count each transition within the occurrence`() throws {
        var plant = try TestPlant([rule(high(10))])
        plant.row(0, .good(12), at: 1)
        for second in 2...3 {
            plant.command(.comment, "A.H", at: Double(second))
            plant.command(.acknowledge, "A.H", at: Double(second))
        }
        plant.row(0, .good(5), at: 4)
        plant.row(0, .good(12), at: 5)
        plant.command(.comment, "A.H", at: 6)
        let counts = plant.monitor.takeEvents().map { "\($0.occurrence) \($0.transition.word) \($0.nth)" }
        #expect(
            counts == [
                "1 raise 1", "1 comment 1", "1 acknowledge 1", "1 comment 2", "1 acknowledge 2", "1 clear 1",
                "2 raise 1",
                "2 comment 1",
            ])
    }

    @Test func `a latch is reset only when it is clear, answered and its point can be seen`() throws {
        var plant = try TestPlant([rule(high(10), latching: true)])
        plant.row(0, .good(12), at: 1)
        plant.command(.reset, "A.H", at: 2)
        plant.row(0, .good(5), at: 3)
        plant.command(.reset, "A.H", at: 4)
        plant.command(.acknowledge, "A.H", at: 5)
        plant.row(0, .bad(.linkDown), at: 6)
        plant.command(.reset, "A.H", at: 7)
        plant.row(0, .good(5), at: 8)
        plant.command(.reset, "A.H", at: 9)
        #expect(
            plant.said() == [
                "1 A.H raise 12", "2 A.H refused still-active 12", "3 A.H clear 5", "4 A.H refused acknowledge-first 5",
                "5 A.H acknowledge 5", "7 A.H refused point-not-usable 5", "9 A.H reset 5",
            ])
    }

    @Test func `nobody answers a rule that nobody hears of`() throws {
        var plant = try TestPlant([rule(high(10), isSilent: true)])
        plant.row(0, .good(12), at: 1)
        plant.command(.acknowledge, "A.H", at: 2)
        #expect(plant.said() == ["2 - refused unknown-alarm"])
    }
}
