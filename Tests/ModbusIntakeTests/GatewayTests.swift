import DeviceMap
import PlantModel
import PlantTesting
import PlantTime
import Testing

@testable import ModbusIntake

private func right(_ request: ArrivedRequest) -> [UInt8] { request.answer { UInt16(Int(request.unit) * 1000 + $0) } }

/// 32 units behind one gateway, of which one is dead: what its siblings get, over 300 of their slots and more.
@Suite(.serialized) struct `One dead unit of 32 behind a gateway` {
    private static let dead = UInt8(3)

    private static func units(_ pointClass: Point.Class, every period: Duration) -> [ModbusUnit] {
        (UInt8(1)...32).map { number in
            Plant.unit(
                number, [Plant.point(UInt32(number), at: 7, every: period)], class: pointClass,
                link: 900 + UInt32(number))
        }
    }

    @Test func `takes nothing from its siblings: their period is kept`() throws {
        let period = Duration.milliseconds(500)
        let server = FaultServer { $0.unit == Self.dead ? [] : [.send(right($0))] }
        defer { server.stop() }
        let endpoint = Plant.endpoint(
            port: server.port, floor: .milliseconds(30), ceiling: .milliseconds(60),
            Self.units(.level, every: period))
        let plant = try SimulatedPlant([(endpoint, server)])
        defer { plant.stop() }
        let outlet = plant.outlet
        // Slots stand on a grid of a fiftieth of their period: no step is missed.
        #expect(plant.run(atMost: .seconds(170), by: period / 50) { outlet.count(of: 32) > 310 })
        #expect(outlet.linkStory(of: 900 + UInt32(Self.dead)) == [0])
        #expect(outlet.samples(of: UInt32(Self.dead)).map(\.quality) == [.bad(.linkDown)])
        let siblings = (UInt32(1)...32).filter { $0 != UInt32(Self.dead) }
        for number in siblings {
            #expect(outlet.linkStory(of: 900 + number) == [1])
            #expect(Set(outlet.values(of: number)) == [Double(number * 1000 + 7)])
        }
        // The first read is made at once, outside the slots.
        let evenness = Evenness(of: siblings.map { outlet.samples(of: $0).dropFirst().map(\.time) })
        #expect(evenness.count >= 31 * 300)
        #expect(evenness.p99 <= 1.1 * period.seconds)
        #expect(evenness.worst <= period.seconds + 0.060, "no more than the time that is waited for the dead one")
        #expect(plant.metric("missed_slots_total") == 0)
        #expect(server.requests.allSatisfy { $0.isPlainRead } && server.connectionCount == 1)
        print("siblings \(evenness): one dead unit of 32, period 500 ms, time-out 60 ms")
    }
}
