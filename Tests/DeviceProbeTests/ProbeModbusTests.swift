import DeviceMap
import DeviceProbe
import Foundation
import ParkSimulator
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile
import Testing

@testable import hazardctl

let deviceProfiles = URL(filePath: #filePath).appending(path: "../../../DeviceProfiles").standardized.path

/// A simulated device with one unit, read as `hazardctl probe modbus` reads it.
struct ProbedPark {
    let park: ModbusPark
    let session: ProbeSession

    init(profile: String?, ranges: [String] = [], bank: RegisterBank) throws {
        park = try ModbusPark(devices: [ParkDevice(id: "device", units: [1: bank])])
        session = try ProbeSession(
            device: profile.map { try LiveDevice.profile($0, unit: 1, channels: nil, topic: nil, [deviceProfiles]) },
            unit: 1, ranges: ranges.flatMap { ProbeRange.blocks($0) ?? [] })
    }

    func link(timeout: Duration = .seconds(5), manners: LinkManners = LinkManners()) throws -> ProbeLink {
        try ProbeLink(host: "127.0.0.1", port: #require(park.port(of: "device")), timeout: timeout, manners: manners)
    }

    func readings(_ count: Int = 1, timeout: Duration = .seconds(5), between: (Int) -> Void = { _ in }) throws
        -> [[ProbedExchange]]
    {
        let link = try link(timeout: timeout)
        return (0..<count).map { round in
            between(round)
            return session.blocks.map {
                link.read(unit: 1, area: $0.area, start: $0.start.offset, count: UInt16($0.count))
            }
        }
    }

    func report(_ rounds: [[ProbedExchange]], _ language: Language = .english) -> ProbeReport {
        ProbeReport(session: session, rounds: rounds, language: language)
    }
}

func aTank(level: Float = 8.41) -> RegisterBank {
    var bank = RegisterBank(holdingRegisters: 9)
    bank.setFloat32(level, .holdingRegister, at: 0)
    bank.setFloat32(0.25, .holdingRegister, at: 2)
    bank.setSigned(-10.5, times: 10, .holdingRegister, at: 4)
    bank.setFloat32(101.5, .holdingRegister, at: 5)
    bank[.holdingRegister, 7] = 5
    return bank
}

@Suite struct `A probed Modbus device` {
    @Test func `shows bytes, values and every byte order, and only reads`() throws {
        let probed = try ProbedPark(profile: "level/virtual-tank@1", bank: aTank())
        let report = try probed.report(probed.readings())
        let lines = report.text.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("PLACE   RAW          POINT         VALUE  QUALITY  BYTE ORDERS"))
        #expect(lines[1].hasPrefix("hr 0-1  41 06 8F 5C  level        8.41 m  good     ABCD 8.41 | "))
        #expect(lines.contains { $0.contains("FF 97") && $0.contains("-10.5") })
        #expect(lines.last == "nothing looks wrong")
        #expect(report.findings == [])
        #expect(probed.park.tally(of: "device").functionCodes == [3: 1])
    }

    @Test func `is captured so that a replay gives the very samples`() throws {
        let probed = try ProbedPark(profile: "level/virtual-tank@1", bank: aTank())
        let rounds = try probed.readings(5) { round in
            probed.park.update("device", unit: 1) { bank in
                bank.setFloat32(8 + Float(round) / 10, .holdingRegister, at: 0)
                bank[.holdingRegister, 8] = round == 3 ? 1 : 0
            }
        }
        let unit = try #require(probed.session.unit)
        var seen: [Sample] = []
        for (block, exchange) in rounds.flatMap({ zip(probed.session.blocks, $0) }) {
            guard case .data(let data) = exchange.outcome else { continue }
            BlockDecoder(block: block, unit: unit).decode(
                data.span, at: PlantInstant(nanoseconds: exchange.ended.nanoseconds), into: &seen)
        }
        #expect(seen.count == 30)
        #expect(seen.count { $0.quality == .bad(.deviceFault) } == 4, "the fault bit of the fourth reading")
        let capture = rounds.joined().map {
            CaptureWriter.exchange(endpoint: LiveDevice.id, request: $0.request, response: $0.response, at: $0.ended)
        }
        var source = CaptureSource(
            ByteSource(text: capture.joined(separator: "\n"), name: "wire"),
            modbus: [try #require(probed.session.device?.endpoint)], brokers: [])
        let replayed = try HeldTimeline(reading: &source).slots.filter { $0.kind == .sample }.map(\.sample)
        #expect(replayed.filter { $0.point != unit.linkPoint } == seen)
        #expect(source.tally.notes == [])
    }

    @Test func `without a profile shows its registers, and what they could be together`() throws {
        var bank = RegisterBank(holdingRegisters: 4)
        bank[.holdingRegister, 0] = 0x8F5C
        bank[.holdingRegister, 1] = 0x4106
        bank[.holdingRegister, 2] = 0xFFFE
        let probed = try ProbedPark(profile: nil, ranges: ["hr:0-3"], bank: bank)
        let lines = try probed.report(probed.readings()).text.split(separator: "\n").map(String.init)
        #expect(lines[1] == "hr 0   8F 5C  36700  -28836  CDAB 8.41")
        #expect(lines[3].hasPrefix("hr 2   FF FE  65534      -2"))
    }

    static let faults: [(DeviceFault, String)] = [
        (
            .exception(2),
            "hr 0-8: the device answers exception 2: it has no such address; the base (0 or 1) or the map is another"
        ),
        (.wrongUnit, "hr 0-8: answer comes from another unit"),
        (.wrongTransaction, "hr 0-8: transaction was never sent"),
        (.wrongProtocol, "hr 0-8: protocol id is not 0"),
        (.wrongLength, "hr 0-8: length field and byte count disagree"),
        (.truncated, "hr 0-8: frame stopped in its middle"),
        (.silent, "hr 0-8: no answer in time"),
        (.reset, "hr 0-8: the device closed the connection"),
    ]

    @Test(arguments: faults)
    func `that misbehaves is told what is wrong, and no value is shown`(fault: DeviceFault, line: String) throws {
        let probed = try ProbedPark(profile: "level/virtual-tank@1", bank: aTank())
        probed.park.setFault(fault, of: "device")
        let report = try probed.report(probed.readings(timeout: .milliseconds(300)))
        #expect(report.text.contains(line), "\(report.text)")
        #expect(!report.text.contains("8.41"))
    }

    @Test func `whose answer comes after its time is told so, and its value is taken for no other`() throws {
        let probed = try ProbedPark(profile: "level/virtual-tank@1", bank: aTank())
        let block = probed.session.blocks[0]
        let link = try probed.link(timeout: .milliseconds(200))
        func ask() -> ProbedExchange {
            link.read(unit: 1, area: block.area, start: block.start.offset, count: UInt16(block.count))
        }
        probed.park.setFault(.late(milliseconds: 350), of: "device")
        var rounds = [[ask()]]
        #expect(rounds[0][0].outcome == .silence)
        probed.park.setFault(nil, of: "device")
        probed.park.update("device", unit: 1) { $0.setFloat32(3.5, .holdingRegister, at: 0) }
        // The late answer is on its way: sooner or later a reading finds it before its own.
        while rounds.count < 100_000, rounds.last?[0].late == 0 {
            rounds.append([ask()])
            guard case .data = rounds.last?[0].outcome else { break }
        }
        #expect(rounds.last?[0].late == 1)
        let report = probed.report(rounds)
        #expect(report.text.contains("hr 0-8: behind an answer to an earlier request, which came after its time"))
        #expect(report.text.contains("3.5 m") && !report.text.contains("8.41"), "\(report.text)")
        let answers = rounds.dropFirst().map { $0[0].response?.count }
        #expect(answers.allSatisfy { $0 == 9 + 18 }, "each exchange holds one frame")
    }

    @Test(arguments: [DeviceFault.wrongTransaction, .wrongUnit])
    func `with manners of its own is read with them, and its capture replays`(fault: DeviceFault) throws {
        let probed = try ProbedPark(profile: "level/virtual-tank@1", bank: aTank())
        probed.park.setFault(fault, of: "device")
        var manners = LinkManners()
        if fault == .wrongUnit { manners.unitEcho = .any } else { manners.transactions = .ignore }
        let block = probed.session.blocks[0]
        let link = try probed.link(manners: manners)
        let exchange = link.read(unit: 1, area: block.area, start: block.start.offset, count: UInt16(block.count))
        guard case .data = exchange.outcome else {
            Issue.record("\(exchange.outcome)")
            return
        }
        let line = CaptureWriter.exchange(
            endpoint: "ep", request: exchange.request, response: exchange.response, at: exchange.ended)
        var endpoint = try #require(probed.session.device?.endpoint)
        endpoint.id = "ep"
        func replayed() throws -> [Double] {
            var source = CaptureSource(ByteSource(text: line, name: "wire"), modbus: [endpoint], brokers: [])
            return try HeldTimeline(reading: &source).slots.filter { $0.kind == .sample }
                .compactMap(\.sample.reading.usableValue)
        }
        #expect(try replayed() == [], "not by the standard's manners")
        endpoint.manners = manners
        let values = try replayed()
        #expect(values.contains { abs($0 - 8.41) < 1e-6 })
    }

    @Test func `that fails is asked again on a new connection`() throws {
        let probed = try ProbedPark(profile: "level/virtual-tank@1", bank: aTank())
        let link = try probed.link()
        let block = probed.session.blocks[0]
        probed.park.setFault(.reset, of: "device")
        #expect(
            link.read(unit: 1, area: block.area, start: block.start.offset, count: UInt16(block.count)).outcome
                == .closed)
        probed.park.setFault(nil, of: "device")
        let again = link.read(unit: 1, area: block.area, start: block.start.offset, count: UInt16(block.count))
        guard case .data = again.outcome else {
            Issue.record("\(again.outcome)")
            return
        }
    }

    @Test func `that is all zero, out of range or has another byte order looks wrong`() throws {
        let zero = try ProbedPark(profile: "level/virtual-tank@1", bank: RegisterBank(holdingRegisters: 9))
        #expect(try zero.report(zero.readings()).text.contains("hr 0-8: every register is 0; is the device behind"))
        var swapped = aTank()
        (swapped[.holdingRegister, 0], swapped[.holdingRegister, 1]) = (0x8F5C, 0x4106)
        let probed = try ProbedPark(profile: "level/virtual-tank@1", bank: swapped)
        let report = try probed.report(probed.readings())
        #expect(report.text.contains("level: order CDAB gives 8.41, more plausible than"))
        #expect(try probed.report(probed.readings(), .chinese).text.contains("level:按 CDAB 为 8.41,比按 ABCD 的"))
    }

    @Test func `whose heartbeat stands still looks wrong`() throws {
        var bank = RegisterBank(discreteInputs: 9, inputRegisters: 1)
        bank[bit: .discreteInput, 0] = true
        bank[bit: .discreteInput, 1] = true
        let probed = try ProbedPark(profile: "sis/virtual-sis-di@1", bank: bank)
        #expect(try probed.report(probed.readings(5)).text.contains("heartbeat did not move in 5 readings, and must"))
        let alive = try probed.readings(5) { round in
            probed.park.update("device", unit: 1) { $0[.inputRegister, 0] = UInt16(round) }
        }
        #expect(probed.report(alive).findings == [])
    }

    @Test func `that is not there is said so`() throws {
        let probed = try ProbedPark(profile: nil, bank: RegisterBank())
        let port = try #require(probed.park.port(of: "device"))
        probed.park.stop()
        #expect(throws: ProbeFault.self) { try ProbeLink(host: "127.0.0.1", port: port, timeout: .seconds(2)) }
    }
}

@Suite struct `The ranking of byte orders` {
    static func bytes(_ value: Float, _ letters: String) throws -> [UInt8] {
        try WordOrder(letters: letters).wireBytes(of: UInt64(value.bitPattern))
    }

    @Test(arguments: ["ABCD", "CDAB", "BADC", "DCBA"])
    func `finds the order of readings that plants have`(letters: String) throws {
        for value: Float in [8.41, 21.3, 101.325, 0.37, -12.6, 412.7, 1013.2] {
            let ranking = OrderRanking(
                type: .float32, readings: [try Self.bytes(value, letters), try Self.bytes(value * 1.001, letters)],
                range: -50...2000)
            let best = try #require(ranking.candidates.first)
            #expect(best.order.letters == letters && Float(best.value) == value * 1.001, "\(value)")
            #expect(ranking.candidates.count == 4)
        }
    }

    @Test func `knows the two orders of one register by the range`() throws {
        let ranking = OrderRanking(type: .unsigned16, readings: [[0x19, 0x00], [0x1A, 0x00]], range: 0...100)
        #expect(try ranking.contradicts(WordOrder(letters: "AB"))?.order.letters == "BA")
        #expect(ranking.candidates.first?.value == 26)
    }

    @Test func `says nothing where it cannot know`() throws {
        let zero = OrderRanking(type: .float32, readings: [[0, 0, 0, 0]])
        #expect(zero.candidates.map(\.score) == [60, 60, 60, 60])
        #expect(zero.candidates.map(\.order.letters) == ["ABCD", "CDAB", "BADC", "DCBA"])
        #expect(zero.contradicts(try WordOrder(letters: "DCBA")) == nil)
    }

    @Test func `knows whole numbers too`() throws {
        let ranking = OrderRanking(type: .unsigned32, readings: [[0x01, 0x2C, 0, 0]])
        #expect(ranking.candidates.first?.order.letters == "CDAB")
        #expect(ranking.candidates.first?.value == 300)
    }

    @Test func `never takes what is no number for plausible`() {
        let ranking = OrderRanking(type: .float32, readings: [[0x7F, 0xC0, 0, 1]])
        #expect(ranking.candidates.first { $0.order.letters == "ABCD" }?.score == 0)
    }
}
