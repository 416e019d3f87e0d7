import EndToEndRig
import Glibc
import ParkSimulator
import PlantTime

/// The two programs that are compared.
enum Subject: String, CaseIterable {
    case floor
    case hazardd
}

/// What one run of one program gave.
struct Run {
    /// Milliseconds from the change at the source to the request.
    var fromChange: [Double]
    /// Milliseconds from the answer that carried the change; empty over MQTT.
    var fromAnswer: [Double]
    /// Of the daemon.
    var stages = StageLine()
    var readsPerSecond: Double
    var messagesPerSecond: Double
}

extension Subject {
    /// Both get as much in flight as they ask for; the default of 20 would bind the load to the round trip.
    static let brokerLines = ["max_inflight_messages 0", "set_tcp_nodelay true"]
    private static let build = ".build/release"

    /// Starts the program with a broker and load of its own, raises alarms, and ends everything.
    func measure(_ condition: Condition, rig: Rig, alarms: Int, seed: UInt32) throws(ParkFailure) -> Run {
        let root = try Files.temporaryFolder("hazardd-bench")
        defer { Files.removeFolder(root) }
        try Files.makeFolder("\(root)/broker")
        let broker =
            condition.needsBroker
            ? try BrokerProcess(
                folder: "\(root)/broker", extraLines: Self.brokerLines)
            : nil
        defer { broker?.stop() }
        let child = try start(condition, root, rig, broker?.port ?? 0)
        defer { child.end(patience: self == .floor ? .zero : .seconds(20)) }
        if let broker {
            guard rig_start_publishers(broker.port, condition.isLoaded ? Rig.messagesPerSecond : 0) == 0 else {
                throw ParkFailure("the publishers could not connect")
            }
        }
        var messages: Int64 = 0
        let clock = SteadyClock()
        let began = clock.now()
        let reads = rig_load_reads()
        defer { messages = broker == nil ? 0 : rig_stop_publishers() }
        let results: [rig_alarm]
        do throws(ParkFailure) {
            results = try rig.run(condition, alarms: alarms, seed: seed)
        } catch {
            let log = (try? Files.text(of: "\(root)/hazardd.log")) ?? ""
            throw ParkFailure("\(rawValue): \(error)\n\(log.split(separator: "\n").suffix(12).joined(separator: "\n"))")
        }
        let seconds = (clock.now() - began).seconds
        messages = broker == nil ? 0 : rig_stop_publishers()
        child.end(patience: self == .floor ? .zero : .seconds(20))
        var run = Run(
            fromChange: results.map { Double($0.from_change) / 1e6 },
            fromAnswer: results.compactMap { $0.from_answer > 0 ? Double($0.from_answer) / 1e6 : nil },
            readsPerSecond: Double(rig_load_reads() - reads) / seconds, messagesPerSecond: Double(messages) / seconds)
        if self == .hazardd { try? run.stages.add(journal: "\(root)/state/journal/journal.sqlite") }
        return run
    }

    func start(
        _ condition: Condition, _ root: String, _ rig: Rig, _ brokerPort: UInt16,
        loadPeriod: Int = BenchSite.loadPeriodMilliseconds
    ) throws(ParkFailure) -> ChildProcess {
        switch self {
        case .floor:
            let numbers: [Int] = [
                Int(rig.ports.receiver), Int(brokerPort), BenchSite.alarmPeriodMilliseconds,
                condition.isLoaded ? loadPeriod : 0, Int(rig.ports.alarm),
            ]
            return try ChildProcess(
                "the floor", executable: "\(Self.build)/EndToEndFloor",
                arguments: [condition.source.rawValue, "\(root)/floor.sqlite"]
                    + (numbers + rig.ports.load.map(Int.init)).map(String.init))
        case .hazardd:
            let site = BenchSite(
                root: root, condition: condition, ports: rig.ports, brokerPort: brokerPort, loadPeriod: loadPeriod)
            try site.write()
            return try ChildProcess(
                "hazardd", executable: "\(Self.build)/hazardd",
                arguments: [
                    "--site", site.folder, "--state", site.state, "--credentials", site.credentials, "--control",
                    site.control,
                ], output: .discard, errors: .file(site.log))
        }
    }
}
