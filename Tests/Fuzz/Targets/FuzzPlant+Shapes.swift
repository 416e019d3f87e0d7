import DeviceMap
import PlantModel
import PlantTime

extension FuzzPlant {
    /// Topics by which messages of the shapes come: what a broker would send for the filters below, and what nobody asked for.
    static let shapeTopics =
        [
            "t/each", "t/chosen", "t/at/9/up", "t/hex", "t/base64", "t/registers", "t/crane", "s/each", "t/at//up",
            "t/nobody", "spBv1.0/STATE/host",
        ] + ["BIRTH", "DATA", "DEATH", "CMD"].flatMap { ["spBv1.0/g/N\($0)/n", "spBv1.0/g/D\($0)/n/d"] }

    static let shapes = BrokerLink(
        id: "shapes", host: "", port: 1883, clientID: "fuzz",
        routes: [
            shape("each", [point(400, "@.v", .number), point(401, "$.shared", .number)]) {
                $0.each = path("$.list[*]")
                $0.stamp = StampField(path: path("@.ts"), format: .epochMicroseconds)
                $0.sequencePath = path("@.n")
            },
            shape("chosen", [point(410, "$.nodes[?id=='N7'].t", .number)]),
            shape("chosen", [point(415, "$.nodes[?id==12.5].lines[?no==2].x", .decimalText)]),
            shape("at/+/up", [point(420, "$.v", .number), point(421, "#.slot", .decimalText)]) {
                $0.captures = [TopicCapture(name: "slot", level: 2)]
            },
            shape("hex", [point(430, "$.rssi", .number)]) { $0.blobs = [blob("$.raw", .hex, first: 500)] },
            shape("base64", []) { $0.blobs = [blob("$.raw", .base64, first: 530)] },
            shape("registers", []) {
                $0.codec = .registers
                $0.blobs = [blob(nil, .raw, first: 560)]
            },
            shape("crane", [point(440, "$.load.value", .number), point(441, "$.load.state", .number)]) {
                $0.codec = .tower
                $0.stamp = StampField(
                    path: path("$.clock"), format: .pattern("yyyy-MM-dd HH:mm:ss", offsetSeconds: 28_800))
            },
            shape("", [point(450, "$['Tank/Level']", .number), point(451, "$.Count", .number)]) {
                $0.topic = "spBv1.0/g/+/n/d"
                $0.codec = .sparkplug
            },
        ], linkPoint: PointIndex(490), quarantinePoint: PointIndex(491))

    private static func shape(
        _ name: String, _ points: [PayloadPoint], _ change: (inout TopicRoute) -> Void = { _ in }
    ) -> TopicRoute {
        let first = points.first?.point.number ?? 460
        var route = TopicRoute(
            device: "\(name)\(first)", pointClass: .crane, topic: "t/\(name)", points: points,
            statusTopic: name == "each" ? "s/each" : nil, expectedPeriod: .seconds(1), linkPoint: PointIndex(first + 4))
        change(&route)
        return route
    }

    /// The registers of the plant as they stand, with points of their own.
    private static func blob(_ place: String?, _ encoding: BlobEncoding, first: UInt32) -> PayloadBlob {
        let points = registers.points.map { point in
            var moved = point
            moved.point = PointIndex(first + point.point.number)
            moved.status = point.status.map { PointIndex(first + $0.number) }
            return moved
        }
        return PayloadBlob(path: place.map(path), encoding: encoding, start: RegisterAddress(0), points: points)
    }
}
