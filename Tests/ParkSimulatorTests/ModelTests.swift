import DeviceMap
import Foundation
import ParkSimulator
import PlantTime
import Testing

@Suite struct `The model of the park` {
    private static func course(seed: UInt64, ticks: Int) -> [String] {
        var model = ParkModel(seed: seed)
        model.move(.ammoniaLeak, .ramp(to: 3, over: 2), at: 1)
        model.move(.craneWind, .sine(amplitude: 4, period: 7), at: 0)
        var bank = RegisterBank(holdingRegisters: 7)
        return (0..<ticks).map { tick in
            model.advance()
            model.fillAmmonia(&bank)
            let payload = model.cranePayload(stamp: WallTime(milliseconds: 0), sequence: UInt64(tick))
            return "\(bank[.holdingRegister, 0]) \(bank[.holdingRegister, 1]) \(payload)"
        }
    }

    @Test func `is the same for the same seed, and another for another`() {
        #expect(Self.course(seed: 5, ticks: 300) == Self.course(seed: 5, ticks: 300))
        #expect(Self.course(seed: 5, ticks: 300) != Self.course(seed: 6, ticks: 300))
    }

    @Test(arguments: [1, 2, 3, 20_261_124] as [UInt64])
    func `stays far from every limit on a calm day`(seed: UInt64) {
        var model = ParkModel(seed: seed)
        for _ in 0..<600 {
            model.advance()
            var bank = RegisterBank(holdingRegisters: 9)
            model.fillAmmonia(&bank)
            #expect((70...90).contains(bank[.holdingRegister, 0]) && bank[.holdingRegister, 1] == 0)
            #expect((8.19...8.21).contains(model[.tankLevel]))
            #expect(model[.craneWind] < 8 && model.craneMomentPercent < 60)
            #expect(abs(model[.slopeH]) < 12 && model[.meterLeakage] < 120)
        }
    }

    /// Samples of the ammonia room at 1 s, in ppm, without noise.
    private static func room(seconds: Int, _ direct: (Int, inout ParkModel) -> Void) -> [Double] {
        var model = ParkModel(seed: 1)
        model.move(.ammoniaOffset, .noise(sigma: 0), at: 0)
        return (0..<seconds).map { second in
            direct(second, &model)
            for _ in 0..<10 { model.advance() }
            var bank = RegisterBank(holdingRegisters: 7)
            model.fillAmmonia(&bank)
            return Double(bank[.holdingRegister, 0]) / 10
        }
    }

    private static func fanRuns(_ model: ParkModel) -> Bool {
        var bank = RegisterBank(discreteInputs: 16, inputRegisters: 1)
        model.fillInterlocks(&bank)
        return bank[bit: .discreteInput, 8]
    }

    @Test func `an ammonia leak climbs until the fan comes, and the fan clears the room`() {
        var fan: [Bool] = []
        let values = Self.room(seconds: 60) { second, model in
            if second == 5 { model.move(.ammoniaLeak, .step(to: 3), at: 5) }
            if second == 30 { model.move(.ammoniaLeak, .step(to: 0), at: 30) }
            fan.append(Self.fanRuns(model))
        }
        #expect(values[4] == 8)
        let top = values.max() ?? 0
        #expect((50...60).contains(top))
        #expect(fan.contains(true))
        #expect(values[59] < 20)
    }

    @Test func `a fan that refuses lets the room fill until somebody starts it by hand`() {
        let values = Self.room(seconds: 60) { second, model in
            if second == 0 { model.move(.fanRefuses, .step(to: 1), at: 0) }
            if second == 5 { model.move(.ammoniaLeak, .step(to: 3), at: 5) }
            if second == 35 {
                model.move(.ammoniaLeak, .step(to: 0), at: 35)
                model.move(.fanByHand, .step(to: 1), at: 35)
            }
        }
        #expect((85...100).contains(values.max() ?? 0))
        #expect(values[59] < 10)
    }

    @Test func `the interlock contacts are fail-safe`() {
        var model = ParkModel(seed: 1)
        model.advance()
        var bank = RegisterBank(discreteInputs: 16, inputRegisters: 1)
        model.fillInterlocks(&bank)
        let calm = (0..<16).map { bank[bit: .discreteInput, $0] }
        #expect(calm == [true, true] + [Bool](repeating: false, count: 14))
        model.move(.sisTripped, .step(to: 1), at: 0)
        model.advance()
        model.fillInterlocks(&bank)
        #expect(bank[bit: .discreteInput, 1] == false)
    }

    @Test func `the gateway's heart beats once a second and stops when told`() {
        var model = ParkModel(seed: 1)
        func beats(_ model: ParkModel) -> UInt16 {
            var bank = RegisterBank(discreteInputs: 16, inputRegisters: 1)
            model.fillInterlocks(&bank)
            return bank[.inputRegister, 0]
        }
        for _ in 0..<50 { model.advance() }
        #expect(beats(model) == 5)
        model.move(.sisHeartbeatStopped, .step(to: 1), at: 5)
        for _ in 0..<50 { model.advance() }
        #expect(beats(model) == 5)
    }

    @Test func `payloads are JSON with the members that the profiles read`() throws {
        var model = ParkModel(seed: 9)
        model.move(.slopeFix, .step(to: 5), at: 0)
        model.advance()
        let stamp = WallTime(milliseconds: 1_764_000_000_123)
        func members(_ text: String) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }
        let crane = try members(model.cranePayload(stamp: stamp, sequence: 7))
        #expect(crane["ts"] as? String == "2025-11-24T16:00:00.123Z" && crane["seq"] as? Int == 7)
        #expect((crane["tilt_deg"] as? [Double])?.count == 2 && crane["alarms"] as? Int == 0)
        let slope = try members(model.slopePayload(stamp: stamp, sequence: 1))
        #expect(slope["ts"] as? Int64 == 1_764_000_000_123 && slope["fix"] as? String == "float")
        #expect((slope["sigma_mm"] as? [Double])?.count == 3)
        let meter = try members(model.meterPayload(stamp: stamp, sequence: 1))
        for name in ["temp_c", "u_v", "i_a"] { #expect((meter[name] as? [Double])?.count == 3) }
        #expect((meter["leak_ma"] as? [Double])?.count == 1 && meter["arc"] as? Int == 0)
    }
}

@Suite struct `A signal that a scenario moves` {
    /// The meter's voltage, without noise, at each whole second.
    private static func course(_ moves: [(at: Double, SignalMotion)], seconds: Int) -> [Double] {
        var model = ParkModel(seed: 1)
        model.move(.meterVoltage, .noise(sigma: 0), at: 0)
        model.move(.meterVoltage, .step(to: 100), at: 0)
        var left = moves
        return (1...seconds).map { second in
            for _ in 0..<10 {
                while let next = left.first, next.at <= model.seconds + 0.05 {
                    model.move(.meterVoltage, next.1, at: next.at)
                    left.removeFirst()
                }
                model.advance()
            }
            return (model[.meterVoltage] * 100).rounded() / 100
        }
    }

    @Test(arguments: [
        ("step", [(2.0, SignalMotion.step(to: 50))], [100, 100, 50, 50, 50]),
        ("ramp", [(1.0, .ramp(to: 104, over: 4))], [100, 101, 102, 103, 104]),
        (
            "ramp from a ramp", [(1.0, .ramp(to: 104, over: 4)), (3.0, .ramp(to: 100, over: 1))],
            [100, 101, 102, 100, 100]
        ),
        ("sine", [(0.0, .sine(amplitude: 8, period: 4))], [108, 100, 92, 100, 108]),
        ("spike", [(1.5, .spike(by: 30, for: 1))], [100, 130, 100, 100, 100]),
        ("freeze", [(0.0, .ramp(to: 110, over: 10)), (2.0, .freeze(for: 2))], [101, 102, 102, 104, 105]),
    ])
    func `follows its motion`(row: (name: String, moves: [(Double, SignalMotion)], values: [Double])) {
        #expect(Self.course(row.moves, seconds: row.values.count) == row.values, "\(row.name)")
    }
}
