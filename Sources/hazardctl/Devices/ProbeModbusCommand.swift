import ArgumentParser
import DeviceMap
import DeviceProbe
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile

/// `hazardctl probe modbus`: reads a device with a profile, or just some registers.
struct ProbeModbusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "modbus",
        abstract: "Read a Modbus/TCP device and show bytes, values and what looks wrong. 读取 Modbus 设备。",
        discussion: """
            With a profile: every request that hazardd would send, each point's bytes, value and quality, and for values \
            of several registers what the other byte orders would give, the most plausible first. Without one: the \
            registers of --read, as numbers of 16 bits and as floats. Then what looks wrong: exceptions and what they \
            mean, silence, foreign answers, blocks that are all 0 or all 0xFFFF, values out of their range, a more \
            plausible byte order, a heartbeat that stands still.

            Examples:
              hazardctl probe modbus 10.1.2.3 --unit 3 --profile level/eh-tankvision@1
              hazardctl probe modbus 10.1.2.3:502 --unit 7 --profile gas/honeywell-midas@1 --times 10 --every 1 \\
                --capture midas.jsonl --as midas
              hazardctl probe modbus 10.1.2.3 --unit 1 --read hr:0-19 --read ir:0-7

            Exit status: 0 everything answered and nothing looks wrong, 1 something does, 64 wrong usage, 69 not reached.
            """)

    @Argument(help: "HOST or HOST:PORT (502). 地址") var address: String
    @Option(help: "Unit id, 0 to 255. 站号") var unit: UInt8
    @Option(help: "Channels in use, of a profile that has them: 1,2,7. 使用的通道") var channels: String?
    @Option(
        name: .customLong("read"),
        help: ArgumentHelp("Without a profile: hr:0-19, ir:5, di:0-15. 地址范围", valueName: "range"))
    var ranges: [String] = []
    @Option(help: "How many readings. 读取次数") var times = 1
    @Option(help: "Seconds between two readings. 间隔秒数") var every = 1.0
    @Option(help: "Milliseconds that an answer may take. 应答时限") var timeout = 1500
    @OptionGroup var options: ProbeOptions

    func validate() throws {
        guard ProbeOptions.address(address, usualPort: 502) != nil else {
            throw ValidationError("\(address) is no HOST or HOST:PORT such as 10.1.2.3:502")
        }
        guard (options.profile == nil) != ranges.isEmpty else {
            throw ValidationError("give --profile or --read, one of the two")
        }
        for range in ranges where ProbeRange.blocks(range) == nil {
            throw ValidationError("\(range) is no range; expected hr:0-19, ir:5 or di:0-15")
        }
        guard (1...10_000).contains(times), (0...3600).contains(every), (10...60_000).contains(timeout) else {
            throw ValidationError("--times is 1 to 10000, --every 0 to 3600 s, --timeout 10 to 60000 ms")
        }
    }

    func run() throws {
        try Refusal.told {
            let language = options.language
            let device = try options.profile.map {
                try LiveDevice.profile($0, unit: Int(unit), channels: channels, topic: nil, options.folders)
            }
            if device != nil, device?.endpoint == nil {
                throw Refusal(.usage, "\(options.profile ?? "") speaks MQTT; hazardctl probe mqtt would do")
            }
            let session = try ProbeSession(
                device: device, unit: unit, ranges: ranges.flatMap { ProbeRange.blocks($0) ?? [] })
            let rounds = try readings(of: session, language)
            if let file = options.capture { try save(rounds, to: file, language) }
            let report = ProbeReport(session: session, rounds: rounds, language: language)
            Terminal.answer(report.text)
            if !report.findings.isEmpty { throw ExitStatus.no.code }
        }
    }

    private func readings(of session: ProbeSession, _ language: Language) throws -> [[ProbedExchange]] {
        guard let (host, port) = ProbeOptions.address(address, usualPort: 502) else { return [] }
        do throws(ProbeFault) {
            let endpoint = session.device?.endpoint
            let link = try ProbeLink(
                host: host, port: port, timeout: .milliseconds(timeout), manners: endpoint?.manners ?? LinkManners())
            var rounds: [[ProbedExchange]] = []
            for round in 1...times {
                if round > 1 {
                    if case .closesWhenIdle = endpoint?.manners.session { link.hangUp() }
                    Terminal.pause(milliseconds: Int32(every * 1000))
                }
                if times > 1, Terminal.hasErrorTerminal {
                    Terminal.overwrite(DevicePhrase.rounds(language, ["round": "\(round)", "rounds": "\(times)"]))
                }
                rounds.append(
                    session.blocks.map { block in
                        defer { Self.pause(endpoint?.pauseAfterAnswer ?? .zero) }
                        return link.read(
                            unit: unit, area: block.area, start: block.start.offset, count: UInt16(block.count))
                    })
            }
            if times > 1, Terminal.hasErrorTerminal { Terminal.overwrite("") }
            return rounds
        } catch {
            throw Refusal(.notReached, "\(address): \(error.reason)")
        }
    }

    /// As long as the device needs between two requests.
    private static func pause(_ span: Duration) {
        let milliseconds = (span.nanoseconds + 999_999) / 1_000_000
        if milliseconds > 0 { Terminal.pause(milliseconds: Int32(clamping: milliseconds)) }
    }

    private func save(_ rounds: [[ProbedExchange]], to file: String, _ language: Language) throws {
        let lines = rounds.joined().map { exchange in
            CaptureWriter.exchange(
                endpoint: options.name ?? LiveDevice.id, request: exchange.request, response: exchange.response,
                at: exchange.ended)
        }
        try CaptureFile.write(lines, to: file, language)
    }
}

/// `hr:0-19`: table, first and last address.
enum ProbeRange {
    /// The requests that read it, each as long as the standard allows; nil when it is no range.
    static func blocks(_ text: String) -> [ReadBlock]? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let area = RegisterArea(word: parts[0]) else { return nil }
        let ends = parts[1].split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last else {
            return nil
        }
        let most = area.holdsBits ? 1968 : 120
        return stride(from: Int(first), through: Int(last), by: most).map { start in
            ReadBlock(
                area: area, start: RegisterAddress(UInt16(start)), count: min(most, Int(last) - start + 1),
                period: .seconds(1), members: [])
        }
    }
}

/// What is asked of a device: the plan of its profile, or plain ranges.
struct ProbeSession {
    let device: LoneDevice?
    let unit: ModbusUnit?
    let blocks: [ReadBlock]

    init(device: LoneDevice?, unit: UInt8, ranges: [ReadBlock]) throws {
        self.device = device
        self.unit = device?.endpoint?.units.first
        guard let described = self.unit, let device, let endpoint = device.endpoint else {
            blocks = ranges
            return
        }
        do throws(ReadPlan.Refused) {
            blocks = try ReadPlan(unit: described, cost: endpoint.planningCost).blocks
        } catch {
            throw Refusal(.no, error.text { device.points[$0.offset].tag })
        }
    }
}

enum CaptureFile {
    static func write(_ lines: [String], to file: String, _ language: Language) throws {
        do throws(OutputRefused) {
            try OutputFile.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: file)
        } catch {
            throw Refusal(.no, error.description)
        }
        Terminal.note(DevicePhrase.captured(language, ["lines": "\(lines.count)", "file": file]))
    }
}
