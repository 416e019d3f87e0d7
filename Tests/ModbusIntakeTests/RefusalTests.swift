import DeviceMap
import PlantModel
import PlantTesting
import PlantTime
import Synchronization
import Testing

@testable import ModbusIntake

private func right(_ request: ArrivedRequest) -> [UInt8] { request.answer { UInt16(Int(request.unit) * 1000 + $0) } }

/// An exception that a unit answers to everything until it is mended, and what is to be seen of that.
struct Refusal: CustomTestStringConvertible, Sendable {
    var code: UInt8
    /// What its points say.
    var reason: QualityReason
    /// What its link says.
    var isLinkLost = false
    /// Its points are bad at the first refusal; else when they have been silent for too long.
    var isSaidAtOnce = true
    /// How often the unit is asked in 4 s, with two points of one block and a period of 100 ms.
    var asked: ClosedRange<Int>
    /// Once mended, its points are good again within this.
    var recovery: Duration

    var testDescription: String { "exception \(code)" }

    static let all = [
        Refusal(code: 1, reason: .misconfigured, asked: 1...1, recovery: .seconds(300)),
        // The block, and each half of it.
        Refusal(code: 2, reason: .misconfigured, asked: 3...3, recovery: .seconds(300)),
        Refusal(code: 3, reason: .misconfigured, asked: 3...3, recovery: .seconds(300)),
        Refusal(code: 4, reason: .deviceFault, asked: 38...42, recovery: .milliseconds(105)),
        // No second try fits into a slot of 100 ms.
        Refusal(code: 5, reason: .deviceFault, isSaidAtOnce: false, asked: 38...42, recovery: .milliseconds(105)),
        Refusal(code: 6, reason: .deviceFault, isSaidAtOnce: false, asked: 38...42, recovery: .milliseconds(105)),
        Refusal(code: 10, reason: .noTarget, isLinkLost: true, asked: 4...6, recovery: .milliseconds(5105)),
        Refusal(code: 11, reason: .noTarget, isLinkLost: true, asked: 4...6, recovery: .milliseconds(5105)),
    ]
}

@Suite(.serialized) struct `A unit that answers nothing but an exception` {
    @Test(arguments: Refusal.all)
    func `says so, takes nothing from its siblings, and is read when it is mended`(refusal: Refusal) throws {
        let isIll = Atomic(false)
        let gateway = FaultServer { request in
            let isRefused = request.unit == 1 && isIll.load(ordering: .sequentiallyConsistent)
            return [.send(isRefused ? request.exception(refusal.code) : right(request))]
        }
        let neighbour = FaultServer { [.send(right($0))] }
        defer {
            gateway.stop()
            neighbour.stop()
        }
        let plant = try SimulatedPlant([
            (
                Plant.endpoint(
                    port: gateway.port,
                    [
                        Plant.unit(1, [Plant.point(0, at: 4), Plant.point(1, at: 5)]),
                        Plant.unit(3, [Plant.point(30, at: 7)], link: 930),
                    ]), gateway
            ),
            (
                Plant.endpoint(id: "L-2", port: neighbour.port, [Plant.unit(2, [Plant.point(20, at: 7)], link: 920)]),
                neighbour
            ),
        ])
        defer { plant.stop() }
        let outlet = plant.outlet
        try #require(plant.run(atMost: .seconds(2)) { outlet.values(of: 1).count >= 3 })

        isIll.store(true, ordering: .sequentiallyConsistent)
        let sound = [outlet.values(of: 0).count, outlet.values(of: 1).count]
        let illAt = plant.clock.now()
        func asked() -> Int { gateway.requests.count { $0.unit == 1 } }
        let before = asked()
        _ = plant.run(atMost: .seconds(4)) { false }
        #expect(refusal.asked.contains(asked() - before), "asked \(asked() - before) times")
        for (place, point) in [UInt32(0), 1].enumerated() {
            #expect(outlet.values(of: point).count == sound[place], "no value comes of an exception")
            #expect(outlet.samples(of: point).last?.quality == .bad(refusal.reason))
            let saidAt = try #require(outlet.samples(of: point).first { !$0.quality.isUsable }?.time)
            // The next slot; or a second, and a slot more for the last value before it.
            #expect(saidAt - illAt <= .milliseconds(refusal.isSaidAtOnce ? 110 : 1110), "\(saidAt - illAt)")
        }
        #expect(plant.metric("silent_blocks_total") == (refusal.isSaidAtOnce ? 0 : 1))
        #expect(outlet.linkStory(of: Plant.link) == (refusal.isLinkLost ? [1, 0] : [1]))
        #expect(plant.metric("exceptions_total") == Double(asked() - before))
        for sibling in [UInt32(20), 30] { expectEvenPeriod(outlet.samples(of: sibling), .milliseconds(100)) }

        isIll.store(false, ordering: .sequentiallyConsistent)
        let mendedAt = plant.clock.now()
        let isLong = refusal.recovery > .seconds(10)
        #expect(
            plant.run(atMost: refusal.recovery, by: isLong ? .milliseconds(250) : SimulatedPlant.step) {
                outlet.values(of: 0).count > sound[0] && outlet.values(of: 1).count > sound[1]
            })
        print(
            "recovery \((plant.clock.now() - mendedAt).nanoseconds / 1_000_000) ms: \(refusal.testDescription) for ever, then mended"
        )
        for (point, value) in [UInt32(0): 1004.0, 1: 1005, 20: 2007, 30: 3007] {
            #expect(Set(outlet.values(of: point)) == [value])
        }
        #expect(outlet.linkStory(of: Plant.link) == (refusal.isLinkLost ? [1, 0, 1] : [1]))
        #expect(outlet.linkStory(of: 920) == [1] && outlet.linkStory(of: 930) == [1])
        #expect(gateway.connectionCount == 1 && neighbour.connectionCount == 1)
        #expect((gateway.requests + neighbour.requests).allSatisfy { $0.isPlainRead })
    }
}
