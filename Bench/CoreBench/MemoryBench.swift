import AlarmLogic
import BenchTools
import MonitorCore
import PlantModel
import PlantTime
import TwinLoop

/// What rules and windows hold, by what the allocator has given out.
enum MemoryBench {
    static func run(_ thresholds: inout Thresholds) throws {
        let plant = BenchPlant(points: 10_000)
        let before = twin_heap_bytes()
        var monitor = try plant.monitor()
        let rules = monitor.ruleCount
        let compiled = Double(twin_heap_bytes() - before)
        // Two windows' time of samples: every window is full, and what moves now is given back and taken again.
        let slots = plant.slots(plant.points * 150)
        let loaded = twin_heap_bytes()
        try plant.step(&monitor, slots)
        let running = withExtendedLifetime(slots) { Double(twin_heap_bytes()) - Double(loaded) }
        let rowsHeld = Double(monitor.windowBytes)
        let windows = Double(plant.points)
        let sums = windows * Double(MemoryLayout<LeastSquaresSlope>.stride)
        let perRule = (compiled + running - rowsHeld - sums) / Double(rules)
        report("\(rules) rules on \(plant.points) points, names included: \(shown(compiled / 1e6)) MB before a sample")
        report(
            "windows of 60 s at 1 Hz: \(shown(rowsHeld / windows / 61)) bytes a row of 61, "
                + "\(MemoryLayout<Row>.stride) of them the row, the rest blocks not full and not in use")
        let long = longWindow()
        report("a window of 24 h at 1 Hz: \(shown(long)) bytes a row")
        thresholds.check(
            "bytes-per-rule", perRule,
            "bytes, points, names and timers included; windows left out, each \(MemoryLayout<LeastSquaresSlope>.stride) "
                + "bytes of sums beside its rows")
    }

    private static func longWindow() -> Double {
        var store = RowStore()
        var slope = LeastSquaresSlope(windowMilliseconds: 86_400_000)
        for second in 0..<90_000 { _ = slope.add(Double(second % 17), at: Int64(second) * 1000, in: &store) }
        return Double(store.byteCount) / Double(slope.rows.count)
    }
}

extension BenchPlant {
    func monitor() throws -> Monitor {
        try Monitor(site: "bench", points: tags, rules: rules, startingAt: PlantInstant(milliseconds: Self.start))
    }

    /// Hands slots to a core, and forgets what it decides.
    func step(_ monitor: inout Monitor, _ slots: [InputSlot]) throws {
        var place = 0
        while place < slots.count {
            let end = min(place + 512, slots.count)
            monitor.step(slots.span.extracting(place..<end), firstSequence: UInt64(place + 1))
            monitor.drainEvents { _ in }
            place = end
        }
    }
}
