import CModbus
import DeviceMap
import Glibc
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

/// libmodbus's own read calls, one thread to an endpoint: what a device says when it is asked the plain way. Only an oracle:
/// it takes another unit's answer for the right one (acquisition.md 0, fact 2), so it ships in no product.
private enum Oracle {
    static func read(port: UInt16, unit: UInt8, _ area: RegisterArea, _ start: Int, _ count: Int) -> [UInt16]? {
        guard let context = unsafe modbus_new_tcp("127.0.0.1", Int32(port)) else { return nil }
        defer { unsafe modbus_free(context) }
        unsafe modbus_set_slave(context, Int32(unit))
        unsafe modbus_set_response_timeout(context, 5, 0)
        unsafe modbus_set_byte_timeout(context, 0, 0)
        guard unsafe modbus_connect(context) == 0 else { return nil }
        defer { unsafe modbus_close(context) }
        var words = [UInt16](repeating: 0, count: count)
        var bits = [UInt8](repeating: 0, count: count)
        let got =
            switch area {
            case .coil: unsafe modbus_read_bits(context, Int32(start), Int32(count), &bits)
            case .discreteInput: unsafe modbus_read_input_bits(context, Int32(start), Int32(count), &bits)
            case .holdingRegister: unsafe modbus_read_registers(context, Int32(start), Int32(count), &words)
            case .inputRegister: unsafe modbus_read_input_registers(context, Int32(start), Int32(count), &words)
            }
        guard Int(got) == count else { return nil }
        return area.holdsBits ? bits.map { UInt16($0) } : words
    }
}

@Suite(.serialized) struct `Beside libmodbus's own calls` {
    /// One point of every table and of every width, as random plants have them.
    private static func points(seed: UInt64) -> [RegisterPoint] {
        var random = seed
        func next(_ bound: UInt64) -> Int {
            random = StableHash.mixed(random &+ 0x9E37_79B9)
            return Int(random % bound)
        }
        let types: [RegisterType] = [.unsigned16, .signed16, .unsigned32, .signed32, .float32, .unsigned64]
        return (0..<24).map { number in
            let area = RegisterArea.allCases[next(4)]
            let type = area.holdsBits ? RegisterType.bit(0) : types[next(UInt64(types.count))]
            return Plant.point(UInt32(number), at: UInt16(next(60)), type, area: area, every: .milliseconds(150))
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4]) func `every value is the one that the oracle reads`(seed: UInt64) throws {
        let server = FaultServer { request in
            [
                .send(
                    request.answer {
                        UInt16(
                            truncatingIfNeeded: StableHash.mixed(seed &+ UInt64($0) &* 7 &+ UInt64(request.function)))
                    })
            ]
        }
        defer { server.stop() }
        let points = Self.points(seed: seed)
        let unit = Plant.unit(5, points)
        let expected = TestValue<[UInt32: [UInt16]]>([:])
        // One thread to an endpoint, as such a reader is built.
        let port = server.port
        let reader = TestThread {
            for point in points {
                let count = point.area.holdsBits ? 1 : point.type.registerCount
                expected.value[point.point.number] = Oracle.read(
                    port: port, unit: 5, point.area, Int(point.address.offset), count)
            }
        }
        reader.join()
        try Plant.run([Plant.endpoint(port: server.port, [unit])]) { outlet, _ in
            for point in points { #expect(outlet.wait { $0.contains { $0.point == point.point } }) }
            for point in points {
                let number = point.point.number
                let words = try #require(expected.value[number], "the oracle read point \(number)")
                let told = try #require(outlet.samples(of: number).first)
                #expect(
                    told.sameReading(as: try Self.sample(of: point, words)), "point \(number): \(point.type) \(words)")
            }
        }
    }

    /// What the product's decoder makes of the oracle's words.
    private static func sample(of point: RegisterPoint, _ words: [UInt16]) throws -> Sample {
        let alone = Plant.unit(5, [point])
        let bytes = point.area.holdsBits ? [UInt8(words[0])] : words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        var samples: [Sample] = []
        BlockDecoder(block: try ReadPlan(unit: alone).blocks[0], unit: alone)
            .decode(bytes.span, at: PlantInstant(milliseconds: 1), into: &samples)
        return samples[0]
    }
}

extension Sample {
    fileprivate func sameReading(as other: Sample) -> Bool {
        guard quality == other.quality else { return false }
        guard let value = reading.usableValue, let known = other.reading.usableValue else { return true }
        return value == known
    }
}

/// A value that a thread leaves for whoever joins it.
final class TestValue<Value>: @unchecked Sendable {
    // @unchecked Sendable: written by one thread, read only after that thread has been joined.
    var value: Value
    init(_ value: Value) { self.value = value }
}

@Suite(.serialized) struct `The bytes that leave` {
    /// Everything at once: all tables, all manners, splits, probes, retries, bursts.
    @Test func `are reads with function codes 1 to 4, all of them, whatever the devices do`() throws {
        let server = FaultServer { request in
            switch request.number % 23 {
            case 5: [.send(request.exception(2))]
            case 8: [.send(request.exception(3))]
            case 10: [.send(request.exception(6))]
            case 12: []
            case 15: [.send(request.exception(11))]
            case 18: [.reset]
            case 21: [.send([1, 2, 3, 4, 5, 6, 7, 8, 9])]
            default: [.send(request.answer { UInt16($0) })]
            }
        }
        defer { server.stop() }
        let points = RegisterArea.allCases.enumerated().flatMap { place, area in
            (0..<6).map { offset in
                Plant.point(
                    UInt32(place * 10 + offset), at: UInt16(offset * 7), area.holdsBits ? .bit(0) : .unsigned16,
                    area: area, every: .milliseconds(offset < 3 ? 100 : 300))
            }
        }
        var endpoints: [ModbusEndpoint] = []
        for (place, echo) in LinkManners.TransactionEcho.allCases.enumerated() {
            var unit = Plant.unit(UInt8(place + 1), points, link: UInt32(900 + place))
            unit.burstPeriod = .milliseconds(90)
            unit.forbidden = [ForbiddenSpan(area: .holdingRegister, addresses: 15...20)]
            var endpoint = Plant.endpoint(id: "L-\(place)", port: server.port, [unit])
            endpoint.manners.transactions = echo
            endpoint.manners.session = place == 1 ? .closesWhenIdle(for: .zero) : .keep
            endpoint.manners.backup = LinkManners.Address(host: "127.0.0.1", port: server.port)
            endpoints.append(endpoint)
        }
        try Plant.run(endpoints, urgency: Always()) { outlet, _ in
            #expect(outlet.wait { _ in server.requests.count >= 150 })
        }
        let requests = server.requests
        let others = requests.filter { !$0.isPlainRead }.map(\.bytes)
        #expect(others.isEmpty, "\(others)")
        #expect(Set(requests.map(\.function)) == [1, 2, 3, 4])
        let trespassing = requests.filter { $0.function == 3 && $0.start <= 20 && $0.start + $0.count > 15 }
        #expect(trespassing.isEmpty, "forbidden addresses are never read along")
    }

    private struct Always: PointUrgency { func isUrgent(_ point: PointIndex) -> Bool { true } }
}
