import DeviceMap
import PlantModel
import PlantTime
import Testing

@Suite struct `Admission of an endpoint` {
    static func endpoint(_ units: [ModbusUnit], floor: Duration = .milliseconds(200)) -> ModbusEndpoint {
        ModbusEndpoint(id: "GW-1", host: "127.0.0.1", port: 502, responseFloor: floor, units: units)
    }

    static func judge(_ units: [ModbusUnit], _ cost: ReadCost, floor: Duration = .milliseconds(200)) throws -> Admission
    {
        var endpoint = endpoint(units, floor: floor)
        endpoint.manners.cost = cost
        return try Admission(
            endpoint: endpoint, plans: units.map { try ReadPlan(unit: $0, cost: endpoint.planningCost) })
    }

    @Test func `a busy share of 70 percent is taken`() throws {
        let units = (0..<7).map { aUnit([aPoint(UInt32($0), period: .seconds(1))]) }
        let admission = try Self.judge(units, ReadCost(perRequest: .milliseconds(100), perRegister: .zero))
        #expect(abs(admission.utilisation - 0.7) < 1e-12)
    }

    @Test func `more is refused with the smallest period that would do`() throws {
        let units = (0..<14).map { aUnit([aPoint(UInt32($0), period: .milliseconds(500))]) }
        let refusal = #expect(throws: Admission.Refused.self) {
            try Self.judge(units, ReadCost(perRequest: .milliseconds(50), perRegister: .zero))
        }
        guard case .overloaded("GW-1", let utilisation, let fastest, let smallest) = refusal else {
            Issue.record("not refused as overloaded")
            return
        }
        #expect(abs(utilisation - 1.4) < 1e-9)
        #expect(fastest == .milliseconds(500))
        #expect(smallest == .milliseconds(1000))
        let fitting = (0..<14).map { aUnit([aPoint(UInt32($0), period: smallest)]) }
        _ = try Self.judge(fitting, ReadCost(perRequest: .milliseconds(50), perRegister: .zero))
    }

    @Test func `slow points keep their period in the advice`() throws {
        let fast = (0..<8).map { aUnit([aPoint(UInt32($0), period: .milliseconds(500))]) }
        let slow = (0..<4).map { aUnit([aPoint(UInt32($0), period: .seconds(1))]) }
        let cost = ReadCost(perRequest: .milliseconds(50), perRegister: .zero)
        let refusal = #expect(throws: Admission.Refused.self) { try Self.judge(fast + slow, cost) }
        guard case .overloaded(_, _, _, let smallest) = refusal else {
            Issue.record("not refused as overloaded")
            return
        }
        #expect(smallest == .milliseconds(800), "0.4 s of fast reads in the half that slow ones leave")
        #expect(refusal?.text.contains("800 ms instead of 500 ms") == true)
    }

    @Test func `a call for each cycle costs its own time`() throws {
        var endpoint = Self.endpoint([aUnit([aPoint(period: .seconds(1))])])
        endpoint.manners.cost = ReadCost(perRequest: .milliseconds(100), perRegister: .zero)
        endpoint.pauseAfterConnect = .milliseconds(200)
        endpoint.pauseBetween = .milliseconds(50)
        let plans = try endpoint.units.map { try ReadPlan(unit: $0, cost: endpoint.planningCost) }
        let kept = try Admission(endpoint: endpoint, plans: plans).utilisation
        endpoint.manners.session = .closesWhenIdle(for: .zero)
        let called = try Admission(endpoint: endpoint, plans: plans).utilisation
        #expect(abs(kept - 0.15) < 1e-12 && abs(called - 0.45) < 1e-12)
    }

    @Test func `a period too short to notice a lost answer is refused`() throws {
        #expect(
            throws: Admission.Refused.periodBelowFloor(
                endpoint: "GW-1", period: .milliseconds(219), smallest: .milliseconds(220))
        ) {
            try Self.judge([aUnit([aPoint(period: .milliseconds(219))])], .nativeTCP)
        }
        _ = try Self.judge([aUnit([aPoint(period: .milliseconds(220))])], .nativeTCP)
    }
}

@Suite struct `Poll slots` {
    let origin = PlantInstant(milliseconds: 1_000_000)

    @Test func `a day of slots stands where the first said it would`() {
        let slots = PollSlots(device: "LT-1", period: .milliseconds(500), origin: origin)
        var slot = slots.first
        for _ in 0..<172_800 { slot = slots.slot(after: slot) }
        #expect(slot == slots.first + .seconds(86_400))
    }

    @Test func `devices are spread over the period, the same way at every start`() {
        let period = Duration.seconds(1)
        let phases = (0..<200).map { PollSlots(device: "GD-\($0)", period: period, origin: origin).first - origin }
        #expect(phases.allSatisfy { $0 >= .zero && $0 < period })
        let tenths = Set(phases.map { $0.nanoseconds / 100_000_000 })
        #expect(tenths.count == 10)
        #expect(PollSlots(device: "GD-7", period: period, origin: origin).first - origin == phases[7])
    }

    @Test func `late by less than a period is read, later is skipped and counted`() {
        let slots = PollSlots(device: "LT-1", period: .seconds(1), origin: origin)
        let slot = slots.first
        #expect(slots.verdict(onSlot: slot, at: slot) == .read)
        #expect(slots.verdict(onSlot: slot, at: slot + .milliseconds(999)) == .read)
        #expect(slots.verdict(onSlot: slot, at: slot + .seconds(1)) == .skip(to: slot + .seconds(2), missed: 2))
        #expect(slots.verdict(onSlot: slot, at: slot + .milliseconds(5500)) == .skip(to: slot + .seconds(6), missed: 6))
    }

    @Test func `before the first slot the first is next`() {
        let slots = PollSlots(device: "LT-1", period: .seconds(60), origin: origin)
        #expect(slots.slot(after: slots.first - .seconds(1)) == slots.first)
        #expect(slots.slot(after: slots.first) == slots.first + .seconds(60))
    }
}
