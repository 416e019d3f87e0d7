import DeviceMap
import Glibc
import ParkSimulator
import PlantTime
import Testing

@Suite struct `A simulated Modbus device` {
    private static func park(limit: Int = 64) throws -> (ModbusPark, UInt16) {
        var bank = RegisterBank(coils: 16, discreteInputs: 32, holdingRegisters: 16, inputRegisters: 4)
        for address in 0..<16 { bank[.holdingRegister, address] = UInt16(1000 + address) }
        bank[.inputRegister, 0] = 77
        for address in stride(from: 0, to: 32, by: 3) { bank[bit: .discreteInput, address] = true }
        bank[bit: .coil, 1] = true
        let park = try ModbusPark(devices: [ParkDevice(id: "NH3-101", units: [1: bank], connectionLimit: limit)])
        return (park, try #require(park.port(of: "NH3-101")))
    }

    @Test func `answers function codes 1 to 4 to Debian's own client`() throws {
        let (park, port) = try Self.park()
        let client = try #require(LibmodbusClient(port: port))
        #expect(client.registers(.holdingRegister, from: 2, count: 3) == .success([1002, 1003, 1004]))
        #expect(client.registers(.inputRegister, from: 0, count: 2) == .success([77, 0]))
        #expect(
            client.bits(.discreteInput, from: 0, count: 7) == .success([true, false, false, true, false, false, true]))
        #expect(client.bits(.coil, from: 0, count: 3) == .success([false, true, false]))
        let tally = park.tally(of: "NH3-101")
        #expect(tally.requests == 4)
        #expect(tally.functionCodes == [1: 1, 2: 1, 3: 1, 4: 1])
    }

    @Test func `refuses every function code that could write, and counts it`() throws {
        let (park, port) = try Self.park()
        let client = try #require(LibmodbusClient(port: port))
        guard case .failure(let refusal) = client.write(register: 0, value: 5) else {
            Issue.record("a write was accepted")
            return
        }
        #expect(refusal == .exception(1))
        #expect(park.tally(of: "NH3-101").functionCodes == [6: 1])
        #expect(park.bank(of: "NH3-101", unit: 1)?[.holdingRegister, 0] == 1000)
    }

    @Test func `answers exception 2 beyond its tables and exception 3 to an impossible count`() throws {
        let (park, port) = try Self.park()
        let client = try #require(LibmodbusClient(port: port))
        #expect(client.registers(.holdingRegister, from: 15, count: 2) == .failure(.exception(2)))
        let wire = try #require(WireClient(port: port))
        wire.send([0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 126])
        #expect(
            wire.arrivals(upTo: 9, within: .seconds(5)).arrivals.flatMap(\.bytes) == [0, 1, 0, 0, 0, 3, 1, 0x83, 3])
        park.stop()
    }

    @Test func `shows a change of its registers as a whole`() throws {
        let (park, port) = try Self.park()
        park.update("NH3-101", unit: 1) { bank in
            bank.setFloat32(12.5, .holdingRegister, at: 0)
            bank.setSigned(-4.2, times: 10, .holdingRegister, at: 2)
            bank.setUnsigned(1e9, times: 1, .holdingRegister, at: 3)
        }
        let client = try #require(LibmodbusClient(port: port))
        #expect(client.registers(.holdingRegister, from: 0, count: 4) == .success([0x4148, 0, 0xFFD6, 0xFFFF]))
    }

    @Test func `serves several devices, each on its own port and with its own registers`() throws {
        let park = try ModbusPark(
            devices: (1...20).map { number in
                var bank = RegisterBank(holdingRegisters: 2)
                bank[.holdingRegister, 0] = UInt16(number)
                return ParkDevice(id: "D\(number)", units: [UInt8(number): bank])
            })
        #expect(Set((1...20).compactMap { park.port(of: "D\($0)") }).count == 20)
        for number in 1...20 {
            let port = try #require(park.port(of: "D\(number)"))
            let client = try #require(LibmodbusClient(port: port, unit: Int32(number)))
            #expect(client.registers(.holdingRegister, from: 0, count: 1) == .success([UInt16(number)]))
        }
    }

    @Test func `takes no more connections than it can`() throws {
        let (park, port) = try Self.park(limit: 1)
        let first = try #require(WireClient(port: port))
        first.send(WireClient.readTwo)
        #expect(first.arrivals(upTo: 13, within: .seconds(5)).ending == .complete)
        let second = try #require(WireClient(port: port))
        second.send(WireClient.readTwo)
        #expect([.closed, .reset].contains(second.arrivals(upTo: 13, within: .seconds(5)).ending))
        #expect(park.tally(of: "NH3-101").connectionsMost == 1)
    }

    @Test func `hangs up on what is not Modbus`() throws {
        let (park, port) = try Self.park()
        let client = try #require(WireClient(port: port))
        client.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        #expect([.closed, .reset].contains(client.arrivals(upTo: 1, within: .seconds(5)).ending))
        #expect(park.tally(of: "NH3-101").nonsense == 1)
    }

    @Test func `takes a request that comes in pieces`() throws {
        let (park, port) = try Self.park()
        let client = try #require(WireClient(port: port))
        client.send(Array(WireClient.readTwo.prefix(5)))
        #expect(client.arrivals(upTo: 1, within: .milliseconds(20)).ending == .quiet)
        client.send(Array(WireClient.readTwo.dropFirst(5)))
        #expect(client.arrivals(upTo: 13, within: .seconds(5)).arrivals.flatMap(\.bytes) == Faulty.healthy)
        #expect(park.tally(of: "NH3-101").requests == 1)
    }
}

@Suite struct `A misbehaving Modbus device` {
    private static func park() throws -> (ModbusPark, UInt16) {
        var bank = RegisterBank(holdingRegisters: 16)
        bank[.holdingRegister, 0] = 0x1234
        bank[.holdingRegister, 1] = 0x5678
        let park = try ModbusPark(devices: [ParkDevice(id: "D", units: [1: bank, 2: bank])])
        return (park, try #require(park.port(of: "D")))
    }

    @Test(arguments: Faulty.table) func `puts exactly its fault on the wire`(_ row: Faulty) throws {
        let (park, port) = try Self.park()
        park.setFault(row.fault, of: "D", times: 1)
        let client = try #require(WireClient(port: port))
        client.send(WireClient.readTwo)
        let (arrivals, ending) = client.arrivals(upTo: row.expected.count + 1, within: row.watch)
        #expect(arrivals.flatMap(\.bytes) == row.expected)
        #expect(ending == row.ending)
        #expect((arrivals.first?.milliseconds ?? .max) >= row.notBeforeMilliseconds)
        #expect(arrivals.count >= row.piecesMin)
    }

    @Test func `heals when its fault is taken away`() throws {
        let (park, port) = try Self.park()
        park.setFault(.silent, of: "D")
        let client = try #require(LibmodbusClient(port: port, timeoutMilliseconds: 100))
        #expect(client.registers(.holdingRegister, from: 0, count: 1) == .failure(.timedOut))
        park.setFault(nil, of: "D")
        let again = try #require(LibmodbusClient(port: port))
        #expect(again.registers(.holdingRegister, from: 0, count: 1) == .success([0x1234]))
    }

    @Test func `spoils one unit behind a gateway and leaves its neighbour alone`() throws {
        let (park, port) = try Self.park()
        park.setFault(.exception(11), of: "D", unit: 2)
        let first = try #require(LibmodbusClient(port: port, unit: 1))
        let second = try #require(LibmodbusClient(port: port, unit: 2))
        #expect(first.registers(.holdingRegister, from: 0, count: 1) == .success([0x1234]))
        #expect(second.registers(.holdingRegister, from: 0, count: 1) == .failure(.exception(11)))
    }

    @Test func `that refuses ends its connections, keeps its port, and takes new ones when it is back`() throws {
        let (park, port) = try Self.park()
        let client = try #require(WireClient(port: port))
        client.send(WireClient.readTwo)
        #expect(client.arrivals(upTo: 13, within: .seconds(5)).ending == .complete)
        park.setFault(.refuse, of: "D")
        #expect(client.arrivals(upTo: 1, within: .seconds(5)).ending == .reset)
        #expect(TestSocket.connect(port: port) == nil)
        park.setFault(nil, of: "D")
        var back: LibmodbusClient?
        #expect(
            Poll.until(within: .seconds(5)) {
                back = LibmodbusClient(port: port)
                return back != nil
            })
        #expect(back?.registers(.holdingRegister, from: 0, count: 2) == .success([0x1234, 0x5678]))
    }

    @Test func `that answers late still answers in order`() throws {
        let (park, port) = try Self.park()
        park.setFault(.late(milliseconds: 60), of: "D", times: 1)
        let client = try #require(WireClient(port: port))
        client.send(WireClient.readTwo)
        var second = WireClient.readTwo
        second[1] = 3
        client.send(second)
        let bytes = client.arrivals(upTo: 26, within: .seconds(5)).arrivals.flatMap(\.bytes)
        #expect(bytes.count == 26 && bytes[1] == 2 && bytes[14] == 3)
    }

    @Test func `stops at once when the park stops`() throws {
        let (park, port) = try Self.park()
        let client = try #require(WireClient(port: port))
        client.send(WireClient.readTwo)
        _ = client.arrivals(upTo: 13, within: .seconds(5))
        park.stop()
        #expect([.closed, .reset].contains(client.arrivals(upTo: 1, within: .seconds(5)).ending))
        #expect(TestSocket.connect(port: port) == nil)
    }
}

/// One row: a fault, and what a client sees of the answer to `WireClient.readTwo`.
struct Faulty: CustomTestStringConvertible, Sendable {
    var fault: DeviceFault
    var expected: [UInt8]
    var ending: WireClient.Ending = .quiet
    var notBeforeMilliseconds = 0
    var piecesMin = 0
    /// How long the client looks for bytes beyond the expected ones.
    var watch: Duration = .milliseconds(150)

    var testDescription: String { "\(fault)" }

    static let healthy: [UInt8] = [1, 2, 0, 0, 0, 7, 1, 3, 4, 0x03, 0xE8, 0x03, 0xE9]
    private static let answer: [UInt8] = [1, 2, 0, 0, 0, 7, 1, 3, 4, 0x12, 0x34, 0x56, 0x78]

    private static func changed(_ place: Int, to byte: UInt8) -> [UInt8] {
        var bytes = answer
        bytes[place] = byte
        return bytes
    }

    static let table: [Faulty] = [
        Faulty(fault: .silent, expected: []),
        Faulty(fault: .late(milliseconds: 80), expected: answer, notBeforeMilliseconds: 80, watch: .milliseconds(500)),
        Faulty(fault: .wrongUnit, expected: changed(6, to: 2)),
        Faulty(fault: .wrongTransaction, expected: [0x11, 0x03] + answer.dropFirst(2)),
        Faulty(fault: .wrongProtocol, expected: changed(3, to: 5)),
        Faulty(fault: .wrongLength, expected: changed(5, to: 9)),
        Faulty(fault: .truncated, expected: Array(answer.dropLast(3))),
        Faulty(fault: .dribble(milliseconds: 5), expected: answer, piecesMin: 8, watch: .milliseconds(500)),
        Faulty(fault: .reset, expected: [], ending: .reset),
        Faulty(fault: .exception(4), expected: [1, 2, 0, 0, 0, 3, 1, 0x83, 4]),
        Faulty(fault: .garbage(count: 3), expected: [0xA5, 0xCA, 0xEF] + answer),
    ]
}
