import DeviceMap
import PlantModel
import PlantTime

@testable import ModbusIntake

/// A session, its time, and what it has asked for since the last look.
struct Play {
    var session: EndpointSession
    var now = PlantInstant(milliseconds: 1_700_000_000_000)
    var actions: [EndpointSession.Action] = []

    init(_ units: [ModbusUnit]) throws { try self.init(Plant.endpoint(units)) }

    init(_ endpoint: ModbusEndpoint) throws {
        session = EndpointSession(
            endpoint: endpoint, plans: try endpoint.units.map { try ReadPlan(unit: $0) }, startingAt: now)
    }

    /// Lets an event happen and returns what it brings about, requests included.
    mutating func after(_ event: EndpointSession.Event) -> [EndpointSession.Action] {
        actions = []
        session.handle(event, at: now, into: &actions)
        if event != .timePassed { session.handle(.timePassed, at: now, into: &actions) }
        return actions
    }

    mutating func wait(_ span: Duration) -> [EndpointSession.Action] {
        now = now + span
        return after(.timePassed)
    }

    /// Goes to the session's next deadline.
    mutating func untilNext() -> [EndpointSession.Action] {
        now = max(now, session.nextDeadline(at: now))
        return after(.timePassed)
    }

    mutating func connect() -> [EndpointSession.Action] {
        while session.state != .resolving { _ = untilNext() }
        _ = after(.addressFound)
        return after(.connected)
    }

    /// The right answer to the request that is out.
    mutating func answer(_ change: (inout AnswerHeader) -> Void = { _ in }) -> [EndpointSession.Action] {
        guard var header = request.map(AnswerHeader.init(answering:)) else { return [] }
        change(&header)
        return after(.answered(header))
    }

    /// The request sent last.
    var request: ReadRequest? {
        for case .send(let request) in actions.reversed() { return request }
        return nil
    }
}

extension AnswerHeader {
    init(answering request: ReadRequest) {
        let bytes = request.area.holdsBits ? (Int(request.count) + 7) / 8 : Int(request.count) * 2
        self.init(
            transaction: request.transaction, unit: request.unit, function: request.area.functionCode, exception: nil,
            dataBytes: bytes)
    }
}

extension [EndpointSession.Action] {
    var links: [String] {
        compactMap { if case .reportLink(let unit, let isUp) = $0 { "\(unit)\(isUp ? "+" : "-")" } else { nil } }
    }
    var spoiled: [QualityReason] {
        compactMap {
            switch $0 {
            case .spoilUnit(_, let reason), .spoil(_, let reason): reason
            default: nil
            }
        }
    }
    var sends: Int { count { if case .send = $0 { true } else { false } } }
}

let gasUnit = Plant.unit(
    7, [Plant.point(1, at: 0, every: .seconds(1)), Plant.point(2, at: 1, every: .seconds(1))])
