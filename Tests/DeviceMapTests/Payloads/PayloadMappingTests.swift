import DeviceMap
import PlantModel
import PlantTime
import Testing

/// `good(2.5)`, `bad(stale)`.
func shown(_ reading: Reading) -> String {
    if case .bad(let reason) = reading { "bad(\(reason))" } else { "\(reading)" }
}

/// Readings of a payload: `time in ms since the arrival: point:reading ...`, a line each.
private func lines(_ route: TopicRoute, _ text: String, topic: String = "gw/S1/up") throws -> [String] {
    try PayloadDecoder(route: route).readings(Array(text.utf8), topic: topic, arrival: arrival).map { reading in
        let samples = reading.samples.map { "\($0.point.number):\(shown($0.reading))" }.joined(separator: " ")
        return reading.sequence.map { "#\($0) \(samples)" } ?? samples
    }
}

@Suite struct `Payload of a gateway` {
    private func node(_ id: String) throws -> TopicRoute {
        try route([point(0, "$.nodes[?id=='\(id)'].t"), point(1, "$.nodes[?id=='\(id)'].h")], topic: "gw/S1/up")
    }

    @Test func `gives each device its own element`() throws {
        let text = #"{"nodes":[{"id":"N7","t":20.5,"h":40},{"t":21,"h":41,"id":"N8"}]}"#
        #expect(try lines(node("N7"), text) == ["0:good(20.5) 1:good(40.0)"])
        #expect(try lines(node("N8"), text) == ["0:good(21.0) 1:good(41.0)"])
    }

    @Test func `without a device says nothing of it`() throws {
        #expect(try lines(node("N9"), #"{"nodes":[{"id":"N7","t":20.5}]}"#) == [])
        #expect(try lines(node("N9"), #"{"nodes":[]}"#) == [])
        #expect(try lines(node("N9"), #"{"hello":1}"#) == [])
    }

    @Test func `that lacks one value is bad for that point`() throws {
        #expect(try lines(node("N7"), #"{"nodes":[{"id":"N7","t":20.5}]}"#) == ["0:good(20.5) 1:bad(decodeFailed)"])
    }

    @Test func `with one device twice is refused`() throws {
        let refused = #expect(throws: PayloadRefusal.self) {
            try lines(node("N7"), #"{"nodes":[{"id":"N7","t":1},{"id":"N7","t":2}]}"#)
        }
        #expect(refused?.found == "a second element with id N7")
    }

    @Test func `may number its devices and nest them`() throws {
        let route = try route([point(0, "$.lines[?no==2].nodes[?d==12.5].x")])
        let text =
            #"{"lines":[{"no":1,"nodes":[{"d":12.5,"x":1}]},{"no":2,"nodes":[{"d":10,"x":2},{"d":12.5,"x":3}]}]}"#
        #expect(try lines(route, text) == ["0:good(3.0)"])
    }

    @Test(arguments: ["2", "2.0", "20e-1", #""2""#])
    func `may write the number of its device with a point or in a string`(written: String) throws {
        let route = try route([point(0, "$.lines[?no==2].x")])
        #expect(try lines(route, "{\"lines\":[{\"no\":2.5,\"x\":1},{\"no\":\(written),\"x\":3}]}") == ["0:good(3.0)"])
    }

    @Test func `is checked to its end all the same`() throws {
        #expect(throws: PayloadRefusal.self) { try lines(node("N7"), #"{"nodes":[{"id":"N7","t":1}]"#) }
        #expect(throws: PayloadRefusal.self) { try lines(node("N7"), #"{"nodes":[{"id":"N7","t":1},{"id":}]}"#) }
    }
}

@Suite struct `Payload of several samples` {
    private func batch() throws -> TopicRoute {
        var route = try route(
            [point(0, "@.v"), point(1, "$.battery")],
            stamp: StampField(path: try PayloadPath(parsing: "@.ts"), format: .epochMilliseconds), sequence: "@.n")
        route.each = try PayloadPath(parsing: "$.records[*]")
        return route
    }

    @Test func `is one reading for each, with its own stamp and number, and what they share`() throws {
        let text = #"{"battery":3.6,"records":[{"ts":1795508990000,"n":4,"v":1},{"ts":1795508995000,"n":5,"v":2}]}"#
        #expect(try lines(batch(), text) == ["#4 0:good(1.0) 1:good(3.6)", "#5 0:good(2.0) 1:good(3.6)"])
        let readings = try PayloadDecoder(route: batch()).readings(Array(text.utf8), arrival: arrival)
        #expect(readings.map(\.stamp) == [.device, .device])
        #expect(readings[1].samples[0].time - readings[0].samples[0].time == .seconds(5))
    }

    @Test func `without an array where one must be is refused, and an empty one says nothing`() throws {
        #expect(throws: PayloadRefusal.self) { try lines(batch(), #"{"battery":3.6}"#) }
        #expect(throws: PayloadRefusal.self) { try lines(batch(), #"{"battery":3.6,"records":5}"#) }
        #expect(try lines(batch(), #"{"battery":3.6,"records":[]}"#) == [])
    }

    @Test func `may belong to one device of many`() throws {
        var route = try route([point(0, "@.v")])
        route.each = try PayloadPath(parsing: "$.nodes[?id=='B'].records[*]")
        let text = #"{"nodes":[{"id":"A","records":[{"v":1}]},{"id":"B","records":[{"v":2},{"v":3}]}]}"#
        #expect(try lines(route, text) == ["0:good(2.0)", "0:good(3.0)"])
        #expect(try lines(route, #"{"nodes":[]}"#) == [])
    }
}

@Suite struct `Blob of registers in a payload` {
    private func register(_ number: UInt32, _ address: UInt16, _ type: RegisterType, order: String) throws
        -> RegisterPoint
    {
        RegisterPoint(
            point: PointIndex(number), area: .holdingRegister, address: RegisterAddress(address), type: type,
            order: try WordOrder(letters: order), period: .seconds(1))
    }

    private func meter(_ encoding: BlobEncoding, path: String? = "$.raw") throws -> TopicRoute {
        var route = try route(path == nil ? [] : [point(0, "$.rssi")])
        route.codec = path == nil ? .registers : .json
        route.blobs = [
            PayloadBlob(
                path: try path.map { try PayloadPath(parsing: $0) }, encoding: encoding, start: RegisterAddress(10),
                points: [
                    try register(1, 10, .unsigned16, order: "AB"), try register(2, 11, .float32, order: "CDAB"),
                ])
        ]
        return route
    }

    /// 0x0102 and 12.5 (0x41480000), low word first; then a register nobody asked for.
    private let hex = "0102 0000 4148 FFFF"

    @Test func `goes through the decoder of Modbus answers`() throws {
        let wanted = ["0:good(-70.0) 1:good(258.0) 2:good(12.5)"]
        #expect(try lines(meter(.hex), "{\"rssi\":-70,\"raw\":\"\(hex)\"}") == wanted)
        #expect(try lines(meter(.base64), #"{"rssi":-70,"raw":"AQIAAEFI"}"#) == wanted)
        let bytes: [UInt8] = [1, 2, 0, 0, 0x41, 0x48]
        let whole = try PayloadDecoder(route: meter(.raw, path: nil)).readings(bytes, arrival: arrival)
        #expect(whole[0].samples.map(\.reading) == [.good(258), .good(12.5)])
    }

    @Test(arguments: [
        "0x010200004148", "0X0102 0x0000 0x4148", "01:02:00:00:41:48", "01-02-00-00-41-48", " 01 02-00:00 4148 ",
    ])
    func `is read as devices write hexadecimal`(text: String) throws {
        #expect(
            try lines(meter(.hex), "{\"rssi\":-70,\"raw\":\"\(text)\"}") == ["0:good(-70.0) 1:good(258.0) 2:good(12.5)"]
        )
    }

    @Test(arguments: [
        ("+/8AAEFI", 64_511.0), ("-_8AAEFI", 64_511), ("AQIAAEFI/w==", 258), ("AQIAAEFI_w", 258), ("AQIAAEFI__4", 258),
    ])
    func `is read in either alphabet of base64, padded or not`(text: String, first: Double) throws {
        #expect(
            try lines(meter(.base64), "{\"rssi\":-70,\"raw\":\"\(text)\"}")
                == ["0:good(-70.0) 1:good(\(first)) 2:good(12.5)"])
    }

    @Test(arguments: [
        "0102", "010", "01 0x", "", "010200004148zz", "0 10200004148", "0100x200004148", "01,02,00,00,41,48",
    ])
    func `that is short or no hexadecimal is bad for its points alone`(text: String) throws {
        #expect(
            try lines(meter(.hex), "{\"rssi\":-70,\"raw\":\"\(text)\"}")
                == ["0:good(-70.0) 1:bad(decodeFailed) 2:bad(decodeFailed)"])
    }

    @Test(arguments: ["AQIAAEF", "AQIAAE=I", "AQI AEFI", "AQIAAA==", "AQIAAEFI/", "AQIAAEFI/w=", "AQIAAEFI=="])
    func `that is short or no base64 is bad`(text: String) throws {
        #expect(
            try lines(meter(.base64), "{\"rssi\":-70,\"raw\":\"\(text)\"}")
                == ["0:good(-70.0) 1:bad(decodeFailed) 2:bad(decodeFailed)"])
    }

    @Test func `that is the whole payload and short is refused`() throws {
        let refused = #expect(throws: PayloadRefusal.self) {
            try PayloadDecoder(route: meter(.raw, path: nil)).readings([1, 2, 3], arrival: arrival)
        }
        #expect(refused?.wanted == "at least 6 bytes")
    }
}

@Suite struct `Level of a topic that varies` {
    @Test func `is read like a text of the payload`() throws {
        var route = try route(
            [point(0, "$.v"), point(1, "#.slot") { $0.type = .decimalText }], sequence: "#.n", topic: "gw/+/+/up")
        route.captures = [TopicCapture(name: "slot", level: 1), TopicCapture(name: "n", level: 2)]
        #expect(try lines(route, #"{"v":5}"#, topic: "gw/3/77/up") == ["#77 0:good(5.0) 1:good(3.0)"])
        #expect(try lines(route, #"{"v":5}"#, topic: "gw") == ["0:good(5.0) 1:bad(decodeFailed)"])
        #expect(throws: PayloadRefusal.self) { try lines(route, #"{"w":5}"#, topic: "gw/3/77/up") }
    }
}
