import DeviceMap
import PlantModel
import PlantTime
import Testing

/// Most values are decoded without their description; one that has anything beside (here: a sentinel that never comes) is
/// decoded by it. Both must say the same.
@Suite struct `A plain register` {
    private static let types: [(RegisterType, [String])] = [
        (.unsigned16, ["AB", "BA"]), (.signed16, ["AB", "BA"]), (.unsigned32, ["ABCD", "CDAB", "BADC"]),
        (.signed32, ["ABCD", "CDAB", "DCBA"]), (.float32, ["ABCD", "CDAB"]), (.float64, ["ABCDEFGH"]),
    ]
    private static let scalings = [
        Scaling.identity, Scaling(scale: 0.1), Scaling(scale: 0.001), Scaling(scale: -0.05), Scaling(scale: 3.7),
        Scaling(scale: 1e300), Scaling(scale: -1), Scaling(scale: 0.1, offset: -40), Scaling(scale: 1, offset: 5),
    ]
    private static let ranges: [ClosedRange<Double>?] = [nil, 0...20, -100...100, 0...0]

    @Test func `is decoded as its description says`() throws {
        var random = Draw(state: 7)
        var compared = 0
        for (type, orders) in Self.types {
            for letters in orders {
                for scaling in Self.scalings {
                    for range in Self.ranges {
                        let plain = try point(type, letters, scaling, range)
                        var described = plain
                        described.sentinels = [0x5A5A_A5A5_1234_4321]
                        let decoders = try [plain, described].map { try decoder(of: $0) }
                        for _ in 0..<40 {
                            let data = random.bytes(decoders[0].dataBytes)
                            let samples = decoders.map { decoder in
                                var samples: [Sample] = []
                                decoder.decode(data.span, at: PlantInstant(milliseconds: 5), into: &samples)
                                return samples
                            }
                            #expect(
                                samples[0] == samples[1], "\(type) \(letters) \(scaling) \(data)")
                            compared += 1
                        }
                    }
                }
            }
        }
        #expect(compared > 10_000)
    }

    private func point(
        _ type: RegisterType, _ letters: String, _ scaling: Scaling, _ range: ClosedRange<Double>?
    ) throws -> RegisterPoint {
        RegisterPoint(
            point: PointIndex(3), area: .holdingRegister, address: RegisterAddress(12), type: type,
            order: try WordOrder(letters: letters), scaling: scaling, range: range, period: .seconds(1))
    }

    private func decoder(of point: RegisterPoint) throws -> BlockDecoder {
        let unit = aUnit([point])
        return BlockDecoder(block: try ReadPlan(unit: unit).blocks[0], unit: unit)
    }

    /// Bytes that often are the ends of what a number can be.
    private struct Draw {
        var state: UInt64

        mutating func bytes(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let byte = UInt8(truncatingIfNeeded: state >> 40)
                return switch state >> 61 {
                case 0: 0
                case 1: 0xFF
                case 2: 0x7F
                case 3: 0x80
                default: byte
                }
            }
        }
    }
}
