import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

@Suite struct `A block that was refused` {
    @Test func `is asked for again though its next answer was nobody's`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        #expect(play.answer { $0.exception = 1 }.spoiled == [.misconfigured])
        while play.request == nil { _ = play.untilNext() }
        #expect(play.answer { $0.unit &+= 1 }.contains(.note(.lost(.framing(.foreignUnit)))))
        let lostAt = play.now
        _ = play.connect()
        while play.request == nil, play.now - lostAt < .seconds(900) { _ = play.untilNext() }
        #expect(play.answer().contains(.publish(lane: 0)))
    }
}
