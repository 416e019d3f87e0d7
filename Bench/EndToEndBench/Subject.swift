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
    var load: LoadLine
}

extension Subject {
    /// Both get as much in flight as they ask for; the default of 20 would bind the load to the round trip. Saved as
    /// `systemd/mosquitto-hazardd.conf` says; the park's broker of the tests writes its store to disk with each message.
    static let brokerLines = [
        "max_inflight_messages 0", "set_tcp_nodelay true", "sys_interval 1", "autosave_interval 30",
        "autosave_on_changes false",
    ]
    private static let build = ".build/release"
    /// As `systemd/hazardd.service` starts the daemon, and so the floor too.
    private static let niceness = -5

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
        defer { if broker != nil { rig_stop_publishers() } }
        let results: [rig_alarm]
        let began: LoadLook
        do throws(ParkFailure) {
            try rig.warmUp(condition, seed: seed)
            began = LoadLook(subject: child, broker: broker)
            results = try rig.run(condition, alarms: alarms, seed: seed)
        } catch {
            let log = (try? Files.text(of: "\(root)/hazardd.log")) ?? ""
            throw ParkFailure("\(rawValue): \(error)\n\(log.split(separator: "\n").suffix(12).joined(separator: "\n"))")
        }
        let load = LoadLine(from: began, to: LoadLook(subject: child, broker: broker))
        if broker != nil { rig_stop_publishers() }
        child.end(patience: self == .floor ? .zero : .seconds(20))
        var run = Run(
            fromChange: results.map { Double($0.from_change) / 1e6 },
            fromAnswer: results.compactMap { $0.from_answer > 0 ? Double($0.from_answer) / 1e6 : nil },
            load: load)
        if self == .hazardd {
            try? run.stages.add(journal: "\(root)/state/journal/journal.sqlite", fromChange: run.fromChange)
        }
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
            return try nicely(
                "EndToEndFloor",
                [condition.source.rawValue, "\(root)/floor.sqlite"]
                    + (numbers + rig.ports.load.map(Int.init)).map(String.init))
        case .hazardd:
            let site = BenchSite(
                root: root, condition: condition, ports: rig.ports, brokerPort: brokerPort, loadPeriod: loadPeriod)
            try site.write()
            return try nicely(
                "hazardd",
                [
                    "--site", site.folder, "--state", site.state, "--credentials", site.credentials, "--control",
                    site.control,
                ], output: .discard, errors: .file(site.log))
        }
    }

    /// Through nice(1), which goes on without where it may not.
    private func nicely(
        _ name: String, _ arguments: [String], output: ChildProcess.Output = .inherit,
        errors: ChildProcess.Output = .inherit
    ) throws(ParkFailure) -> ChildProcess {
        try ChildProcess(
            name, executable: "/usr/bin/nice",
            arguments: ["-n", "\(Self.niceness)", "\(Self.build)/\(name)"] + arguments, output: output, errors: errors)
    }
}
