import BenchTools
import Glibc
import MonitorCore
import PlantModel
import PlantTime
import ReplayBench

/// A recording in a file, from its bytes to events, against the C++ loop behind its own parser of the same file.
enum RecordingBench {
    private static let rows = 4_000_000
    private static let rounds = 3

    static func run(_ thresholds: inout Thresholds) throws {
        let plant = BenchPlant(points: 10_000)
        let path = "\(temporaryFolder)/hazardd-bench-\(getpid()).csv"
        try write(plant.slots(rows), of: plant, to: path)
        defer { unsafe unlink(path) }
        let replay = Replay(rules: plant.rules, points: plant.tags, site: "bench")
        var cores: [BenchRun] = []
        var twins: [BenchRun] = []
        for _ in 0..<rounds {
            cores.append(try self.replay(replay, path))
            twins.append(plant.replayTwin(path: path))
        }
        let (core, twin) = (cores[0], twins[0])
        for run in cores + twins where !run.saysTheSame(as: core) || run.rows != rows {
            LoopBench.differ("the replay", core, "another run", run)
        }
        let ours = median(cores.map(\.nanosecondsPerRow))
        let theirs = median(twins.map(\.nanosecondsPerRow))
        report("\(rows) rows, \(twin.events) transitions, digest \(String(twin.digest, radix: 16)), both alike")
        thresholds.check(
            "replay-to-loop", theirs / ours,
            "replay \(shown(ours)) ns a row (\(shown(1e3 / ours)) million rows a second), C++ \(shown(theirs))")
    }

    private static func replay(_ replay: Replay, _ path: String) throws -> BenchRun {
        let names = try replay.names()
        let begun = processorSeconds()
        var source = try RecordingSource(ByteSource(path: path), names: names)
        var witness = DigestWitness()
        let outcome = try replay.run(&source, witness: &witness)
        return BenchRun(
            digest: witness.digest.value, events: witness.digest.events, rows: outcome.tally.rows,
            seconds: processorSeconds() - begun)
    }

    private static var temporaryFolder: String {
        unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    }

    private static func write(_ slots: [InputSlot], of plant: BenchPlant, to path: String) throws {
        let tags = plant.tags
        var text: [UInt8] = Array("time,point,value,quality\n".utf8)
        text.reserveCapacity(slots.count * 56)
        for slot in slots {
            let sample = slot.sample
            let number = sample.payload.number
            let value = number == number.rounded() && abs(number) < 1e9 ? "\(Int(number))" : "\(number)"
            let word = sample.quality.isUsable ? "GOOD" : "BAD"
            text.append(contentsOf: "\(TimeText.utc(slot.time)),\(tags[Int(slot.point)]),\(value),\(word)\n".utf8)
        }
        try OutputFile.write(text, to: path)
    }
}

/// Keeps of a replay what the twin keeps: the digest of its transitions.
private struct DigestWitness: ReplayWitness {
    var digest = SharedDigest()

    mutating func decided(
        _ events: Span<AlarmEvent>, commands: [UInt32: OperatorCommand], by monitor: borrowing Monitor
    ) {
        for index in events.indices { digest.mix(events[index]) }
    }
}
