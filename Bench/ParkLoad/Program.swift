import BenchTools
import Glibc
import ParkSimulator
import PlantTime

/// Runs the release build of hazardd on 10,000 points and 50,000 rules at 1 Hz, and holds its memory, its CPU and its file
/// descriptors to `Bench/load-thresholds`.
///
///     ParkLoad [SECONDS]      how long it is watched once it is warm; 60 without
@main struct Program {
    /// Windows of 60 s fill, and two snapshots are written, before anything is measured.
    private static let warmUp = 75

    static func main() throws {
        let asked = CommandLine.arguments.dropFirst().first
        guard let seconds = asked.map(Int.init) ?? 60, seconds >= 10,
            var thresholds = Thresholds(path: "Bench/load-thresholds")
        else {
            complain("usage: ParkLoad [SECONDS], at least 10, from the top of the repository")
            exit(64)
        }
        do {
            try measure(seconds, &thresholds)
        } catch {
            complain("\(error)")
            exit(2)
        }
        guard thresholds.failures.isEmpty else {
            report("beyond the threshold: \(thresholds.failures.joined(separator: " "))")
            exit(1)
        }
    }

    private static func measure(_ seconds: Int, _ thresholds: inout Thresholds) throws {
        var registers = try MovingRegisters()
        let site = try BigSite { registers.park.port(of: $0) ?? 0 }
        defer {
            registers.park.stop()
            site.remove()
        }
        let notify = try NotifyListener()
        var environment = ChildProcess.ownEnvironment()
        environment["NOTIFY_SOCKET"] = notify.socketName
        let hazardd = try ChildProcess(
            "hazardd", executable: ".build/release/hazardd",
            arguments: ["--site", site.folder, "--state", site.state, "--credentials", "\(site.root)/credentials"],
            environment: environment, output: .file(site.log), errors: .file(site.log))
        defer { hazardd.end() }
        guard notify.wait(for: "READY=1", within: .seconds(90)) != nil else {
            throw ParkFailure("hazardd did not begin to watch: \(try Files.text(of: site.log).suffix(2000))")
        }
        let footprint = Footprint(pid: hazardd.pid)
        let loaded = footprint.memory
        report(
            "     watching: \(shown(loaded.resident)) MiB, the most while loading \(shown(loaded.peak)); "
                + "\(shown(footprint.processorSeconds)) s of CPU")
        for _ in 0..<warmUp { letASecondPass(&registers) }
        watch(footprint, seconds, &registers).judge(&thresholds)
        checkLife(notify, &thresholds)
    }

    /// What was seen while it was watched.
    private struct Watched {
        var seconds: Double
        var processor: Double
        var threads: [(name: String, seconds: Double)]
        var seen: [Footprint.Memory]
        var descriptors: Int

        func judge(_ thresholds: inout Thresholds) {
            thresholds.check(
                "resident-MiB", median(seen.map(\.resident)),
                "second by second, the middle; \(shown(median(seen.map(\.anonymous)))) its own, "
                    + "\(shown(median(seen.map(\.files)))) of files")
            thresholds.check(
                "resident-peak-MiB", seen.last?.peak ?? .nan,
                "the most in \(shown(seconds)) s: while a snapshot is written")
            thresholds.check(
                "processor-percent", processor / seconds * 100,
                "of one core; "
                    + threads.prefix(6).map { "\($0.name) \(shown($0.seconds / seconds * 100))" }.joined(
                        separator: ", "))
            thresholds.check("descriptors", Double(descriptors), "files and sockets open")
        }
    }

    private static func watch(
        _ footprint: Footprint, _ seconds: Int, _ registers: inout MovingRegisters
    ) -> Watched {
        let clock = SteadyClock()
        let (begun, processor, threads) = (
            clock.now(), footprint.processorSeconds, footprint.processorSecondsByThread
        )
        footprint.forgetPeak()
        var seen: [Footprint.Memory] = []
        for _ in 0..<seconds {
            letASecondPass(&registers)
            seen.append(footprint.memory)
        }
        let spent = footprint.processorSecondsByThread.map { ($0.key, $0.value - (threads[$0.key] ?? 0)) }
        return Watched(
            seconds: (clock.now() - begun).seconds, processor: footprint.processorSeconds - processor,
            threads: spent.sorted { $0.1 > $1.1 }.map { (name: $0.0, seconds: $0.1) }, seen: seen,
            descriptors: footprint.descriptors)
    }

    /// A station that watches nothing needs no memory: every point must be alive.
    private static func checkLife(_ notify: NotifyListener, _ thresholds: inout Thresholds) {
        notify.takeIn()
        let status = notify.lines.last { $0.hasPrefix("STATUS=") }?.dropFirst("STATUS=".count) ?? "none"
        thresholds.check("points-live", Double(status.prefix { $0 != "/" }) ?? 0, "by its own word: \(status)")
    }

    /// One second passes for the plant: paced by the clock, so that its load is 1 Hz.
    private static func letASecondPass(_ registers: inout MovingRegisters) {
        let clock = SteadyClock()
        let end = clock.now() + .seconds(1)
        registers.step()
        while clock.now() < end { _ = Poll.readable([], within: end - clock.now()) }
    }
}
