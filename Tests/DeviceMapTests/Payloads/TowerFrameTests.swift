import DeviceMap
import PlantModel
import PlantTime
import Testing

/// A frame of a tower crane's box as the protocol describes it, made here from its fields.
enum TowerBox {
    static func frame(function: UInt8, control: UInt8 = 0x85, data: [UInt8]) -> [UInt8] {
        let body: [UInt8] = [control, 0x05, 0x31, 0x39, 0x30, 0x00, 0x10, function] + data
        return [0x68, UInt8(body.count), 0x68] + body + [TowerFrame.check(body[...]), 0x16]
    }

    /// 2026-11-24 08:29:58, a Tuesday, and the kind of packet.
    static let clock: [UInt8] = [0x58, 0x29, 0x08, 0x24, 0x51, 0x26]

    /// Cycle 263, from 08:20:00 to 08:29:58.
    static let cycle: [UInt8] = [7, 1, 0, 0, 0, 0, 0x00, 0x20, 0x08, 0x24, 0x51, 0x26] + clock

    static func quantity(_ tenths: Int, state: UInt8 = 3, warning: UInt8 = 0) -> [UInt8] {
        let digits = String(abs(tenths)).compactMap { $0.wholeNumberValue.map { UInt8($0) } }
        let five = [UInt8](repeating: 0, count: 5 - digits.count) + digits
        return [state, warning, (tenths < 0 ? 0x10 : 0) | five[0], five[1] << 4 | five[2], five[3] << 4 | five[4]]
    }

    static func crane(
        _ quantities: [[UInt8]], interference: [UInt8] = [2, 0x41, 0x11] + [UInt8](repeating: 0, count: 6)
    )
        -> [UInt8]
    {
        let spare = [UInt8](repeating: 0, count: 5 * (12 - quantities.count))
        return clock + [0, 0] + quantities.flatMap { $0 } + spare + interference + [UInt8](repeating: 0, count: 18)
    }
}

@Suite struct `Frame of a tower crane's box` {
    private let eight = [24, 421, -385, 1274, 82, -3, 830, 0].map { TowerBox.quantity($0) }

    private func text(_ frame: [UInt8]) throws -> String? {
        try TowerFrame.json(of: frame).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `is written as the JSON that it means`() throws {
        let text = try #require(try text(TowerBox.frame(function: 0x90, data: TowerBox.crane(eight))))
        #expect(text.hasPrefix(#"{"address":"3105-12345","clock":"2026-11-24 08:29:58","load":{"value":2.4,"#))
        #expect(text.contains(#""radius":{"value":-38.5,"state":3,"warning":0}"#))
        #expect(text.contains(#""collision":{"peer":2,"low":1,"right":0,"left":1,"part":1,"near":1,"far":0}"#))
    }

    @Test func `becomes samples stamped by its clock`() throws {
        var route = try route(
            [point(0, "$.load.value"), point(1, "$.moment.value"), point(2, "$.load.warning")],
            stamp: StampField(
                path: try PayloadPath(parsing: "$.clock"),
                format: .pattern("yyyy-MM-dd HH:mm:ss", offsetSeconds: 28_800)))
        route.codec = .tower
        var data = eight
        data[0] = TowerBox.quantity(31, warning: 0xE0)
        let frame = TowerBox.frame(function: 0x90, data: TowerBox.crane(data))
        let noon = PayloadArrival(
            instant: PlantInstant(milliseconds: 1_795_480_200_000), wall: WallTime(milliseconds: 1_795_480_200_000))
        let reading = try PayloadDecoder(route: route).decode(frame, arrival: noon)
        #expect(reading.samples.map(\.reading) == [.good(3.1), .good(83), .good(224)])
        #expect(reading.stamp == .device && reading.samples[0].time == noon.instant - .seconds(2))
    }

    @Test(arguments: [UInt8(0), 1, 2])
    func `has no number of a sensor that does not work or is not enabled`(state: UInt8) throws {
        var data = eight
        data[4] = TowerBox.quantity(82, state: state)
        let text = try text(TowerBox.frame(function: 0x90, data: TowerBox.crane(data)))
        #expect(text?.contains("\"wind\":{\"value\":null,\"state\":\(state),\"warning\":0}") == true)
    }

    @Test func `has no number where its digits are none`() throws {
        var data = eight
        data[4] = [3, 0, 0x00, 0x0A, 0x20]
        let text = try text(TowerBox.frame(function: 0x90, data: TowerBox.crane(data)))
        #expect(text?.contains(#""wind":{"value":null,"state":3,"warning":0}"#) == true)
    }

    @Test(arguments: [UInt8(0x03), 0x94, 0x98, 0x50])
    func `of a log-in, a heartbeat, a finger print or an answer measures nothing`(function: UInt8) throws {
        #expect(try text(TowerBox.frame(function: function, data: [0xF2])) == nil)
    }

    @Test func `of a work cycle says how far each quantity went, and when it was over`() throws {
        let lifted = (1...16).flatMap { TowerBox.quantity($0 == 9 ? -$0 : $0).suffix(3) }
        let crane = try #require(try text(TowerBox.frame(function: 0x91, data: TowerBox.cycle + lifted)))
        #expect(
            crane.hasPrefix(
                #"{"address":"3105-12345","clock":"2026-11-24 08:29:58","cycle":{"number":263,"start":"2026-11-24 08:20:00","#
            ))
        #expect(crane.contains(#""load_max":0.1,"height_max":0.2,"moment_max":0.3,"height_min":0.4,"radius_max":0.5,"#))
        #expect(crane.contains(#""travel_max":-0.9,"#) && crane.hasSuffix(#""set_down_height":1.6}}"#))
        let hoist = try text(TowerBox.frame(function: 0x9B, data: TowerBox.cycle + lifted.prefix(6) + [4, 12]))
        #expect(hoist?.hasSuffix(#""load_max":0.1,"height_max":0.2,"people_max":4,"floor_max":12}}"#) == true)
        #expect(throws: TowerFrame.Refused.self) {
            try TowerFrame.json(of: TowerBox.frame(function: 0x91, data: TowerBox.cycle))
        }
    }

    /// Points 0 load, 1 collision's peer, 2 the cycle's load; link 8. What each frame says of them, in order.
    private func heard(_ frames: [[UInt8]]) throws -> (rows: [[String]], passedOver: Int) {
        var route = try route(
            [point(0, "$.load.value"), point(1, "$.collision.peer"), point(2, "$.cycle.load_max")],
            stamp: StampField(
                path: try PayloadPath(parsing: "$.clock"),
                format: .pattern("yyyy-MM-dd HH:mm:ss", offsetSeconds: 28_800)))
        route.codec = .tower
        var intake = MessageIntake(
            link: BrokerLink(
                id: "b", host: "h", port: 1, clientID: "c", routes: [route], linkPoint: PointIndex(100)), source: 1)
        var passedOver = 0
        let rows = frames.map { frame -> [String] in
            var batch = IntakeBatch()
            intake.take(
                BrokerMessage(topic: route.topic, payload: frame, totalBytes: frame.count, isRetained: false),
                at: PlantInstant(milliseconds: 1_795_480_200_000), wall: WallTime(milliseconds: 1_795_480_200_000),
                into: &batch)
            #expect(batch.quarantined.isEmpty)
            passedOver += batch.tally.framesPassedOver
            return (batch.safety + batch.ordinary).map {
                let name = $0.point == route.linkPoint.number ? "link" : "\($0.point)"
                return "\(name):\(shown($0.sample.reading))"
            }
        }
        return (rows, passedOver)
    }

    @Test func `of one kind leaves alone what only another kind carries`() throws {
        let cycle = TowerBox.frame(
            function: 0x91, data: TowerBox.cycle + (1...16).flatMap { _ in [0, 2, 0x47] as [UInt8] })
        let alarm = Array(TowerBox.crane(eight, interference: []).prefix(68)) + [0x05]
        let heard = try heard([
            TowerBox.frame(function: 0x90, data: TowerBox.crane(eight)), cycle,
            TowerBox.frame(function: 0x92, data: alarm),
        ])
        #expect(heard.rows == [["link:good(1.0)", "0:good(2.4)", "1:good(2.0)"], ["2:good(24.7)"], ["0:good(2.4)"]])
    }

    @Test func `brings the link up only where it says that the crane is there`() throws {
        let login = TowerBox.frame(function: 0x03, data: [0xF0])
        let logout = TowerBox.frame(function: 0x03, data: [0xF1])
        let online = TowerBox.frame(function: 0x03, data: [0xF2])
        let other = [0x94, 0x98, 0x55].map { TowerBox.frame(function: $0, data: [0, 0]) }
        let heard = try heard(other + [login, logout] + other + [logout, online])
        let lost = ["0:bad(linkDown)", "1:bad(linkDown)", "2:bad(linkDown)", "link:good(0.0)"]
        #expect(heard.rows == [[], [], [], ["link:good(1.0)"], lost, [], [], [], [], ["link:good(1.0)"]])
        #expect(heard.passedOver == 6)
    }

    @Test func `of an alarm, a hoist and a dust box is read too`() throws {
        let alarm = TowerBox.crane(eight, interference: []).prefix(68) + [0x05]
        #expect(try text(TowerBox.frame(function: 0x92, data: Array(alarm)))?.contains("\"status\":5") == true)
        let hoist = TowerBox.clock + [0, 0, 0, 0, 0, 0] + eight.flatMap { $0 } + [3, 0, 4, 3, 0, 12, 0x30]
        let car = try text(TowerBox.frame(function: 0x9A, data: hoist + [UInt8](repeating: 0, count: 25)))
        #expect(car?.contains(#""people":{"state":3,"warning":0,"value":4}"#) == true)
        #expect(car?.contains(#""speed":{"value":-38.5"#) == true && car?.contains("\"doors\":48") == true)
        let dust = TowerBox.clock + [0, 0, 0, 0, 0, 0] + (0..<11).flatMap { TowerBox.quantity(100 + $0) }
        #expect(try text(TowerBox.frame(function: 0x96, data: dust))?.contains(#""pm10":{"value":10.1"#) == true)
    }

    @Test func `damaged in any one byte is never taken for another`() throws {
        let frame = TowerBox.frame(function: 0x90, data: TowerBox.crane(eight))
        for place in frame.indices {
            for bit in 0..<8 {
                var damaged = frame
                damaged[place] ^= 1 << UInt8(bit)
                #expect(throws: TowerFrame.Refused.self, "byte \(place), bit \(bit)") {
                    try TowerFrame.json(of: damaged)
                }
            }
        }
    }

    @Test func `cut short, or to a device, or split, is refused`() throws {
        let frame = TowerBox.frame(function: 0x90, data: TowerBox.crane(eight))
        for count in 0..<frame.count {
            #expect(throws: TowerFrame.Refused.self) { try TowerFrame.json(of: Array(frame.prefix(count))) }
        }
        for control in [UInt8(0x05), 0xC5] {
            let other = TowerBox.frame(function: 0x90, control: control, data: TowerBox.crane(eight))
            #expect(throws: TowerFrame.Refused.self) { try TowerFrame.json(of: other) }
        }
        #expect(throws: TowerFrame.Refused.self) {
            try TowerFrame.json(of: TowerBox.frame(function: 0x90, data: TowerBox.clock))
        }
    }
}
