import DeviceMap
import PlantModel
import PlantTime
import Testing

@Suite struct `An answer that a gateway wraps into a message` {
    /// Two registers from 10 on of unit 9, read by function 3.
    private func line(_ form: WrappedForm = .rtu, count: Int? = nil, unit: UInt8 = 9) throws -> TopicRoute {
        var route = try route([])
        route.codec = .registers
        route.blobs = [
            PayloadBlob(
                path: nil, encoding: .raw, start: RegisterAddress(10),
                answer: WrappedRead(form: form, unit: unit, count: count),
                points: [register(1, 10), register(2, 11)])
        ]
        return route
    }

    private func register(_ number: UInt32, _ address: UInt16) -> RegisterPoint {
        RegisterPoint(
            point: PointIndex(number), area: .holdingRegister, address: RegisterAddress(address), type: .unsigned16,
            order: .bigEndian(bytes: 2), period: .seconds(1))
    }

    private func heard(_ frame: [UInt8], on route: TopicRoute) throws -> [Reading] {
        try PayloadDecoder(route: route).readings(frame, arrival: arrival).flatMap { $0.samples.map(\.reading) }
    }

    private func refusal(_ frame: [UInt8], on route: TopicRoute) throws -> String? {
        (#expect(throws: PayloadRefusal.self) { try heard(frame, on: route) }).map { "\($0.found); \($0.wanted)" }
    }

    /// The check by the standard's own description, apart from the one under test.
    private func withCheck(_ bytes: [UInt8]) -> [UInt8] {
        var check: UInt16 = 0xFFFF
        for byte in bytes {
            check ^= UInt16(byte)
            for _ in 0..<8 { check = check % 2 == 1 ? check / 2 ^ 0xA001 : check / 2 }
        }
        return bytes + [UInt8(check % 256), UInt8(check / 256)]
    }

    @Test func `gives its registers when the check is right`() throws {
        #expect(withCheck([0x50, 3, 0, 0x34, 0, 1]).suffix(2) == [0xC8, 0x45])
        #expect(try heard(withCheck([9, 3, 4, 0, 28, 1, 0]), on: line()) == [.good(28), .good(256)])
        #expect(try heard([0, 1, 0, 0, 0, 7, 9, 3, 4, 0, 28, 1, 0], on: line(.tcp)) == [.good(28), .good(256)])
        // The gateway reads more than the profile uses.
        #expect(try heard(withCheck([9, 3, 6, 0, 28, 1, 0, 7, 7]), on: line(count: 3)) == [.good(28), .good(256)])
    }

    @Test func `of another unit, table or size says nothing of the device`() throws {
        #expect(try heard(withCheck([8, 3, 4, 0, 28, 1, 0]), on: line()) == [])
        #expect(try heard(withCheck([9, 4, 4, 0, 28, 1, 0]), on: line()) == [])
        #expect(try heard(withCheck([9, 3, 2, 0, 28]), on: line()) == [])
        #expect(try heard(withCheck([9, 3, 6, 0, 28, 1, 0, 7, 7]), on: line()) == [])
        #expect(try line().isSelective)
    }

    @Test func `that is damaged spoils the unit that it names, and no other`() throws {
        for place in 1..<9 {
            var frame = withCheck([9, 3, 4, 0, 28, 1, 0])
            frame[place] ^= 0x10
            #expect(try refusal(frame, on: line()) != nil, "byte \(place)")
            #expect(try heard(frame, on: line(unit: 8)) == [], "byte \(place)")
        }
        var frame = withCheck([9, 3, 4, 0, 28, 1, 0])
        let right = frame.suffix(2).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
        frame[8] = 0
        frame[7] = 0
        #expect(try refusal(frame, on: line()) == "the check 0000; \(right)")
        #expect(try refusal([9, 3], on: line()) == "2 bytes; unit, function, count, data and check")
        // The request itself, which some gateways echo, and two answers in one.
        #expect(try refusal(withCheck([9, 3, 0, 10, 0, 2]), on: line()) != nil)
        #expect(try refusal(withCheck([9, 3, 4, 0, 28, 1, 0, 9, 3]), on: line()) != nil)
        #expect(try refusal([0, 1, 0, 0, 0, 9, 9, 3, 4, 0, 28, 1, 0], on: line(.tcp)) != nil)
    }

    @Test func `with an exception gives the reason, and with a busy device nothing`() throws {
        func exception(_ code: UInt8) throws -> [Reading] { try heard(withCheck([9, 0x83, code]), on: line()) }
        #expect(try exception(2) == [.bad(.misconfigured), .bad(.misconfigured)])
        #expect(try exception(4) == [.bad(.deviceFault), .bad(.deviceFault)])
        #expect(try exception(11) == [.bad(.noTarget), .bad(.noTarget)])
        #expect(try exception(6) == [])
        #expect(try heard([0, 1, 0, 0, 0, 3, 9, 0x83, 4], on: line(.tcp)) == [.bad(.deviceFault), .bad(.deviceFault)])
    }

    @Test func `beside other values leaves them as they are`() throws {
        var route = try route([point(0, "$.rssi")])
        route.blobs = try line().blobs
        route.blobs[0].path = try PayloadPath(parsing: "$.data")
        route.blobs[0].encoding = .hex
        func hex(_ bytes: [UInt8]) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        func told(_ bytes: [UInt8]) throws -> [Reading] {
            try heard(Array("{\"rssi\":-70,\"data\":\"\(hex(bytes))\"}".utf8), on: route)
        }
        let own = withCheck([9, 3, 4, 0, 28, 1, 0])
        #expect(try told(own) == [.good(-70), .good(28), .good(256)])
        #expect(try told(withCheck([8, 3, 4, 0, 28, 1, 0])) == [.good(-70)])
        #expect(try told(own + [0]) == [.good(-70), .bad(.decodeFailed), .bad(.decodeFailed)])
        // Nothing of the route at all is refused, as ever.
        #expect(throws: PayloadRefusal.self) { try heard(Array(#"{"x":1}"#.utf8), on: route) }
    }
}
