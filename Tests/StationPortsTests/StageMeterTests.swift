import PlantModel
import PlantTime
import StationPorts
import Testing

@Suite struct `A histogram of latencies` {
    private func counts(_ histogram: LatencyHistogram) -> [String: Double] {
        var found: [String: Double] = [:]
        for metric in histogram.metrics("x", help: "h") {
            found[metric.labels.first { $0.0 == "le" }?.1 ?? metric.name] = metric.value
        }
        return found
    }

    @Test func `counts each span in its bucket and in all above it`() {
        let histogram = LatencyHistogram()
        histogram.record(.microseconds(10))
        histogram.record(.microseconds(11))
        histogram.record(.milliseconds(3))
        histogram.record(.seconds(90))
        let counts = counts(histogram)
        #expect(counts["1e-05"] == 1 && counts["2.5e-05"] == 2 && counts["0.0025"] == 2 && counts["0.005"] == 3)
        #expect(counts["10.0"] == 3 && counts["+Inf"] == 4 && counts["x_count"] == 4)
        #expect(abs((counts["x_sum"] ?? 0) - 90.003021) < 1e-9)
    }

    @Test func `a span below zero is none`() {
        let histogram = LatencyHistogram()
        histogram.record(.milliseconds(-5))
        #expect(counts(histogram)["1e-05"] == 1 && counts(histogram)["x_sum"] == 0)
    }

    @Test func `loses no count to another thread`() async {
        let histogram = LatencyHistogram()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { for _ in 0..<10_000 { histogram.record(.microseconds(40)) } } }
        }
        #expect(counts(histogram)["5e-05"] == 40_000 && counts(histogram)["2.5e-05"] == 0)
    }

    @Test func `the stages are one family, told apart by a label`() {
        let meter = StageMeter()
        meter.sent.record(.milliseconds(1))
        let counted = meter.metrics().filter { $0.name == "hazardd_stage_seconds_count" }
        #expect(
            counted.map { $0.labels.map(\.1) } == [["published"], ["judged"], ["committed"], ["sent"], ["accepted"]])
        #expect(counted.map(\.value) == [0, 0, 0, 1, 0])
        #expect(meter.metrics().contains { $0.name == "hazardd_read_to_judged_seconds_count" })
    }
}

@Suite struct `The stamps of a door` {
    private func slot() -> InputSlot {
        InputSlot(Sample(point: PointIndex(1), at: PlantInstant(milliseconds: 5), .good(1)), published: .start)
    }

    @Test func `say how long the bytes had been there`() {
        var slot = slot()
        #expect(slot.read == slot.published, "a slot that no door stamped was read when it was published")
        slot.stamp(read: .start + .microseconds(7), published: .start + .microseconds(49))
        #expect(slot.read == .start + .microseconds(7) && slot.published == .start + .microseconds(49))
        #expect(slot.auxiliary == 42_000)
    }

    @Test func `end at 4 seconds, and never run backwards`() {
        var slot = slot()
        slot.stamp(read: .start, published: .start + .seconds(60))
        #expect(slot.published - slot.read == .nanoseconds(Int64(UInt32.max)))
        slot.stamp(read: .start + .seconds(1), published: .start)
        #expect(slot.read == slot.published)
    }

    @Test func `the number of a command is no time`() {
        let slot = InputSlot(.command, at: .start, auxiliary: 9)
        #expect(slot.read == .start)
    }
}

extension PlantInstant {
    fileprivate static let start = PlantInstant(milliseconds: 1_767_225_600_000)
}
