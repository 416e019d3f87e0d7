import BenchTools
import EndToEndRig
import Glibc
import ParkSimulator
import PlantTime

/// The release daemon under load for a long while: its memory, descriptors and threads must stand still.
///
/// Load: 10,080 samples a second as reads of 60 registers, 1,000 messages a second, and sixteen alarms every two seconds that
/// each come, are told, and go. What it holds is looked at every five seconds; the first third of the time is its own, for
/// until then SQLite's page caches fill. Its own memory is what counts: pages of program and libraries are mapped by the kernel as
/// they come into its cache, with whatever else runs on the machine, and are told beside it.
struct Soak {
    static let readPeriodMilliseconds = 500
    static let messagesPerSecond: Int32 = 1000

    /// One look.
    private struct Look {
        var minutes: Double
        var residentKiB: Double
        /// Of it, what the program has allocated and written.
        var ownKiB: Double
        var descriptors: Double
        var threads: Double
    }

    let minutes: Double

    func run(_ thresholds: inout Thresholds) throws(ParkFailure) {
        let rig = try Rig()
        let root = try Files.temporaryFolder("hazardd-soak")
        defer { Files.removeFolder(root) }
        try Files.makeFolder("\(root)/broker")
        let broker = try BrokerProcess(folder: "\(root)/broker", extraLines: Subject.brokerLines)
        defer { broker.stop() }
        let condition = Condition(source: .modbus, isLoaded: true)
        let daemon = try Subject.hazardd.start(
            condition, root, rig, broker.port, loadPeriod: Self.readPeriodMilliseconds)
        defer { daemon.end() }
        guard rig_start_publishers(broker.port, Self.messagesPerSecond) == 0 else {
            throw ParkFailure("the publishers could not connect")
        }
        defer { rig_stop_publishers() }
        report("soak: hazardd \(daemon.pid) for \(shown(minutes)) minutes")
        try judge(try looks(condition, rig, daemon), &thresholds)
    }

    private func looks(_ condition: Condition, _ rig: Rig, _ daemon: ChildProcess) throws(ParkFailure) -> [Look] {
        let clock = SteadyClock()
        let began = clock.now()
        var looks: [Look] = []
        var alarms = 0
        var nextLook = began
        try rig.warmUp(condition, seed: 1)
        while clock.now() - began < .seconds(minutes * 60) {
            alarms += try rig.run(condition, alarms: Int(RIG_POINTS), seed: UInt32(alarms + 1)).count
            guard daemon.isRunning else { throw ParkFailure("hazardd ended: \(daemon.ending.map { "\($0)" } ?? "?")") }
            if clock.now() >= nextLook {
                nextLook = clock.now() + .seconds(5)
                let minutes = (clock.now() - began).seconds / 60
                guard let look = Self.look(at: daemon.pid, minutes) else { throw ParkFailure("/proc cannot be read") }
                looks.append(look)
                if looks.count % 24 == 1 {
                    report(
                        "soak: \(shown(minutes)) min: \(Int(look.residentKiB)) KiB resident, \(Int(look.ownKiB)) its own, "
                            + "\(Int(look.descriptors)) descriptors, "
                            + "\(Int(look.threads)) threads, \(alarms) alarms")
                }
            }
            usleep(1_500_000)
        }
        return looks
    }

    private func judge(_ looks: [Look], _ thresholds: inout Thresholds) throws(ParkFailure) {
        let settled = Array(looks.drop { $0.minutes < minutes / 3 })
        guard settled.count >= 6, let first = settled.first, let last = settled.last else {
            throw ParkFailure("too few looks to judge: take more than a minute")
        }
        let over = "over \(shown(last.minutes - first.minutes)) minutes, \(settled.count) looks"
        for (name, kibibytes) in [("own-growth-percent", \Look.ownKiB), ("rss-growth-percent", \Look.residentKiB)] {
            let slope = Self.slope(settled.map { ($0.minutes, $0[keyPath: kibibytes]) })
            let highest = settled.map { $0[keyPath: kibibytes] }.max() ?? 0
            thresholds.check(
                name, slope * (last.minutes - first.minutes) / first[keyPath: kibibytes] * 100,
                "\(shown(slope)) KiB a minute \(over); highest \(Int(highest)) KiB")
        }
        thresholds.check(
            "descriptors-gained", last.descriptors - first.descriptors, "at the end \(Int(last.descriptors))")
        thresholds.check("threads-gained", last.threads - first.threads, "at the end \(Int(last.threads))")
    }

    /// Least squares.
    private static func slope(_ points: [(x: Double, y: Double)]) -> Double {
        let count = Double(points.count)
        let (x, y) = (points.map(\.x).reduce(0, +) / count, points.map(\.y).reduce(0, +) / count)
        let above = points.map { ($0.x - x) * ($0.y - y) }.reduce(0, +)
        return above / points.map { ($0.x - x) * ($0.x - x) }.reduce(0, +)
    }

    private static func look(at pid: Int32, _ minutes: Double) -> Look? {
        guard let status = try? Files.text(of: "/proc/\(pid)/status") else { return nil }
        func figure(_ name: String) -> Double? {
            status.split(separator: "\n").first { $0.hasPrefix("\(name):") }?
                .split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) }
        }
        guard let resident = figure("VmRSS"), let own = figure("RssAnon"), let threads = figure("Threads"),
            let folder = unsafe opendir("/proc/\(pid)/fd")
        else { return nil }
        defer { unsafe closedir(folder) }
        var descriptors = -2.0
        while unsafe readdir(folder) != nil { descriptors += 1 }
        return Look(minutes: minutes, residentKiB: resident, ownKiB: own, descriptors: descriptors, threads: threads)
    }
}
