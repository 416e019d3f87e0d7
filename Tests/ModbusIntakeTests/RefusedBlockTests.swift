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

    @Test func `by a device that refused everything while it started is one request again`() throws {
        let points = (0..<12).map { Plant.point(UInt32($0), at: UInt16($0), every: .seconds(1)) }
        var play = try Play([Plant.unit(7, points)])
        _ = play.connect()
        let began = play.now
        var requests = 0
        while play.now - began < .seconds(360) {
            guard play.request != nil else {
                _ = play.untilNext()
                continue
            }
            if play.now - began > .seconds(301) { requests += 1 }
            play.now = play.now + .milliseconds(10)
            let isStarting = play.now - began < .seconds(5)
            _ = play.answer { if isStarting { $0.exception = 2 } }
        }
        #expect(play.session.schedule.lanes.map(\.block.count) == [12])
        #expect(requests <= 62, "\(requests) requests in a minute")
    }

    @Test func `in part stays divided`() throws {
        let points = (0..<4).map { Plant.point(UInt32($0), at: UInt16($0), every: .seconds(1)) }
        var play = try Play([Plant.unit(7, points)])
        _ = play.connect()
        let began = play.now
        while play.now - began < .seconds(700) {
            guard let request = play.request else {
                _ = play.untilNext()
                continue
            }
            play.now = play.now + .milliseconds(10)
            let range = Int(request.start.offset)..<(Int(request.start.offset) + Int(request.count))
            _ = play.answer { if range.contains(2) { $0.exception = 2 } }
        }
        #expect(play.session.schedule.lanes.map(\.block.count).sorted() == [1, 1, 2])
    }
}
