import DeviceMap
import PlantModel
import PlantTime

/// A small plant in which every kind of value stands: what the wires of fuzzing lead to.
enum FuzzPlant {
    static let endpoint = ModbusEndpoint(id: "ep", host: "", port: 502, units: [registers, bits])

    /// One point of each type and layout, with whatever may qualify it.
    static let registers: ModbusUnit = {
        var next: UInt16 = 0
        var points: [RegisterPoint] = []
        func add(_ type: RegisterType, _ letters: String, _ change: (inout RegisterPoint) -> Void = { _ in }) {
            guard let order = try? WordOrder(letters: letters) else { preconditionFailure("no order \(letters)") }
            var point = RegisterPoint(
                point: PointIndex(UInt32(points.count)), area: .holdingRegister, address: RegisterAddress(next),
                type: type, order: order, period: .seconds(1))
            change(&point)
            points.append(point)
            next += UInt16(type.registerCount)
        }
        add(.unsigned16, "AB")
        add(.unsigned16, "AB") {
            $0.scaling = Scaling(scale: 0.1)
            $0.range = 0...500
            $0.clampAbove = 490
            $0.sentinels = [0xFFFF]
            $0.status = PointIndex(0)
            $0.statusEffects = [
                StatusEffect(bit: 0, quality: .bad(.deviceFault)), StatusEffect(bit: 1, quality: .uncertain(.degraded)),
                StatusEffect(field: BitField(low: 4, width: 3), .noneOf([0, 1, 2]), quality: .bad(.outOfRange)),
            ]
        }
        add(.float32, "CDAB") {
            $0.clampAbove = 1000
            $0.clampBelow = -1000
        }
        add(.float64, "GHEFCDAB")
        add(.float16, "BA") { $0.scaling = Scaling(scale: -1e300, offset: 1) }
        add(.signed64, "HGFEDCBA") { $0.range = -1e15...1e15 }
        add(.unsigned64, "ABCDEFGH") { $0.scaling = Scaling(scale: 0.001) }
        add(.signed32, "BADC")
        add(.unsigned24, "ABCD")
        add(.signed8(.high), "AB")
        add(.decimal(registers: 2), "ABCD")
        add(.text(registers: 4), "BA")
        add(.text(registers: 2), "AB") { $0.expectedText = Array("OK".utf8) }
        add(.unsigned32, "CDAB") { $0.field = BitField(low: 8, width: 12) }
        add(.unsigned16, "AB") { $0.states = [1, 2, 4] }
        add(.signed16, "AB") {
            $0.curve = ValueCurve([.init(raw: 4000, value: 0), .init(raw: 20_000, value: 100)], holdsEnds: false)
            $0.validRaw = 3600...21_000
        }
        add(.bit(3), "AB")
        return ModbusUnit(device: "R", unit: 7, pointClass: .gas, points: points, linkPoint: PointIndex(200))
    }()

    private static let bits = ModbusUnit(
        device: "B", unit: 9, pointClass: .sis,
        points: (0..<20).map { place in
            RegisterPoint(
                point: PointIndex(UInt32(100 + place)), area: place < 12 ? .discreteInput : .coil,
                address: RegisterAddress(UInt16(place)), type: .bit(0), order: .bigEndian(bytes: 2),
                period: .milliseconds(500))
        }, linkPoint: PointIndex(201))

    /// Routes with each type of value and each way to write a time.
    static let broker = BrokerLink(
        id: "post", host: "", port: 1883, clientID: "fuzz",
        routes: [
            route(
                "A", 300,
                [
                    point(300, "$.v", .number), point(301, "$.peers[1].d", .decimalText),
                    point(302, "$['a b']", .hexText),
                    point(303, "$.fix", .words(["fixed": 4, "float": 5, "": 0])),
                ], stamp: .epochMilliseconds, sequence: "$.sn"),
            route("B", 310, [point(310, "$", .number)], stamp: nil, sequence: nil),
            route(
                "C", 320,
                [
                    scaled(320, "$.v"), point(321, "$.s", .number), point(322, "$[0]", .number),
                    point(323, "$[1][0].x", .decimalText),
                ], stamp: .iso8601, sequence: "$[2]"),
            route(
                "D", 330, [point(330, "$.v", .decimalText)], stamp: .pattern("yyyyMMddHHmmss", offsetSeconds: 28_800),
                sequence: nil),
            route("E", 340, [point(340, "$.v", .number)], stamp: .epochSeconds, sequence: nil),
            route("F", 350, [point(350, "$.v", .number)], stamp: .epochNanoseconds, sequence: nil),
            route(
                "G", 360, [point(360, "$.v", .number)], stamp: .pattern("yyyy-MM-dd HH:mm:ss.SSS", offsetSeconds: 0),
                sequence: nil),
        ], linkPoint: PointIndex(202), quarantinePoint: PointIndex(203))

    private static func route(
        _ device: String, _ first: UInt32, _ points: [PayloadPoint], stamp: StampFormat?, sequence: String?
    ) -> TopicRoute {
        TopicRoute(
            device: device, pointClass: device == "A" ? .gas : .crane, topic: "t/\(device)", points: points,
            stamp: stamp.map { StampField(path: path("$.ts"), format: $0) }, sequencePath: sequence.map(path),
            statusTopic: "s/\(device)", expectedPeriod: .seconds(1), linkPoint: PointIndex(first + 9))
    }

    static func point(_ number: UInt32, _ text: String, _ type: PayloadType) -> PayloadPoint {
        PayloadPoint(point: PointIndex(number), path: path(text), type: type)
    }

    private static func scaled(_ number: UInt32, _ text: String) -> PayloadPoint {
        PayloadPoint(
            point: PointIndex(number), path: path(text), scaling: Scaling(scale: 1e300, offset: -1), range: -1e9...1e9,
            clampAbove: 1e8, sentinels: [-1, 65_535], status: PointIndex(number + 1),
            statusEffects: [StatusEffect(bit: 0, quality: .bad(.deviceFault))], statusValues: [4: .uncertain(.degraded)]
        )
    }

    static func path(_ text: String) -> PayloadPath {
        guard let path = try? PayloadPath(parsing: text) else { preconditionFailure("no path \(text)") }
        return path
    }
}
