import BenchTools
import MonitorCore
import PlantModel
import PlantTime
import TwinLoop

/// One run over samples in memory: what it came to, in the digest that core and twin share.
struct BenchRun: Equatable {
    var digest: UInt64
    var events: UInt64
    var rows: Int
    var seconds: Double

    var nanosecondsPerRow: Double { seconds * 1e9 / Double(rows) }

    func saysTheSame(as other: BenchRun) -> Bool { digest == other.digest && events == other.events }
}

/// One word for a sequence of (time, rule, transition, value bits): the same as in `Bench/TwinLoop/Loop.hpp`.
struct SharedDigest {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var events: UInt64 = 0

    mutating func mix(_ event: AlarmEvent) {
        mix(UInt64(bitPattern: event.occurredAt.nanoseconds))
        mix(UInt64(event.rule.number) << 8 | (event.transition == .raise ? 1 : 2))
        mix(event.value.bitPattern)
        events += 1
    }

    private mutating func mix(_ word: UInt64) {
        value = (value ^ word) &* 0x100_0000_01B3
        value ^= value >> 32
    }
}

extension BenchPlant {
    /// The core, in batches as the station's core stage takes them from the ring.
    func runCore(_ slots: [InputSlot]) throws -> BenchRun {
        var monitor = try monitor()
        var digest = SharedDigest()
        let begun = processorSeconds()
        var place = 0
        while place < slots.count {
            let end = min(place + 512, slots.count)
            monitor.step(slots.span.extracting(place..<end), firstSequence: UInt64(place + 1))
            monitor.drainEvents { events in for index in events.indices { digest.mix(events[index]) } }
            place = end
        }
        if let last = slots.last { monitor.tick(to: last.time) }
        monitor.drainEvents { events in for index in events.indices { digest.mix(events[index]) } }
        return BenchRun(
            digest: digest.value, events: digest.events, rows: slots.count, seconds: processorSeconds() - begun)
    }

    /// The C++ loop over the very same array.
    func runTwin(_ slots: [InputSlot], isNaive: Bool = false) -> BenchRun {
        let rules = twinRules
        let last = slots.last?.time.nanoseconds ?? 0
        let run = unsafe isNaive ? twin_run_naive : twin_run
        let result = unsafe rules.withUnsafeBufferPointer { rules in
            unsafe slots.withUnsafeBytes { bytes in
                // InputSlot is laid out as twin_slot; Program checks its size and the places of its parts.
                unsafe run(
                    rules.baseAddress, UInt32(points), bytes.assumingMemoryBound(to: twin_slot.self).baseAddress,
                    UInt64(slots.count), last)
            }
        }
        return BenchRun(
            digest: result.digest, events: result.events, rows: slots.count, seconds: result.seconds)
    }

    /// The C++ loop behind its own parser.
    func replayTwin(path: String) -> BenchRun {
        var text: [CChar] = []
        for tag in tags { text += tag.utf8CString }
        let result = unsafe twinRules.withUnsafeBufferPointer { rules in
            unsafe text.withUnsafeBufferPointer { tags in
                unsafe twin_replay(rules.baseAddress, UInt32(points), tags.baseAddress, path)
            }
        }
        return BenchRun(
            digest: result.digest, events: result.events, rows: Int(result.rows), seconds: result.seconds)
    }

    private var twinRules: [twin_point_rules] {
        let limits = Self.limits.map {
            twin_limit(limit: $0.limit, deadband: $0.deadband, on_delay_ns: Int64($0.onDelay * 1e9))
        }
        let rate = twin_limit(
            limit: Self.rateLimit, deadband: Self.rateDeadband, on_delay_ns: Int64(Self.rateDelay * 1e9))
        let rules = twin_point_rules(
            limits: (limits[0], limits[1], limits[2], limits[3]), rate: rate, window_ms: windowSeconds * 1000)
        return Array(repeating: rules, count: points)
    }
}
