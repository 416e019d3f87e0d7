import DeviceMap
import PlantModel
import Synchronization

/// What a door counts: written by its thread, read by whoever shows metrics.
final class BrokerCounters: Sendable {
    // Relaxed throughout: each number is shown for itself, and none decides anything.
    private let tallies: [Atomic64] = (0..<14).map { _ in Atomic64() }
    let isUp = Atomic64()
    let connects = Atomic64()
    let losses = Atomic64()
    let refusedFilters = Atomic64()
    let dropsUnsaid = Atomic64()
    let ringFull = Atomic64()
    let settlementWaits = Atomic64()
    let quarantineFailures = Atomic64()
    let pendingSlots = Atomic64()

    func add(_ tally: IntakeTally) {
        for (counter, number) in zip(tallies, Self.numbers(of: tally)) where number > 0 { counter.add(number) }
    }

    private static func numbers(of tally: IntakeTally) -> [Int] {
        [
            tally.messages, tally.samples, tally.retained, tally.repeated, tally.repeatedPassed, tally.quarantined,
            tally.unrouted, tally.stampsMissing, tally.stampsUnreadable, tally.stampsAhead, tally.metricsUnusable,
            tally.framesPassedOver, tally.sequenceGaps, tally.metricsUnnamed,
        ]
    }

    func metrics(broker: String) -> [Metric] {
        func metric(
            _ name: String, _ help: String, _ counter: Atomic64, _ kind: Metric.Kind = .counter,
            _ label: (String, String)? = nil
        ) -> Metric {
            Metric(
                "hazardd_\(name)", help: help, kind: kind, labels: [("broker", broker)] + (label.map { [$0] } ?? []),
                value: Double(counter.value))
        }
        let stamps = "Payloads whose samples speak for their arrival, by what was wrong with the stamp."
        return [
            metric("mqtt_messages_total", "Messages received.", tallies[0]),
            metric("mqtt_samples_total", "Samples made of messages.", tallies[1]),
            metric("mqtt_retained_total", "Messages that the broker had kept: shown, never judged.", tallies[2]),
            metric("mqtt_repeated_total", "Messages sent again.", tallies[3], .counter, ("answer", "dropped")),
            metric("mqtt_repeated_total", "Messages sent again.", tallies[4], .counter, ("answer", "flagged")),
            metric("mqtt_quarantined_total", "Payloads that could not be used.", tallies[5]),
            metric("mqtt_unrouted_total", "Messages on topics of no device.", tallies[6]),
            metric("mqtt_stamps_replaced_total", stamps, tallies[7], .counter, ("why", "missing")),
            metric("mqtt_stamps_replaced_total", stamps, tallies[8], .counter, ("why", "unreadable")),
            metric("mqtt_stamps_replaced_total", stamps, tallies[9], .counter, ("why", "ahead")),
            metric(
                "mqtt_sparkplug_metrics_unusable_total",
                "Data sets, templates, bytes and files, which no point can be, and whole numbers of unknown type.",
                tallies[10]),
            metric(
                "mqtt_sparkplug_metrics_unnamed_total", "Metrics behind numbers (aliases) that no birth gave a name.",
                tallies[13]),
            metric(
                "mqtt_frames_passed_over_total", "Frames in which nothing that is watched is measured.", tallies[11]),
            metric(
                "mqtt_sequence_gaps_total", "Times that the numbers of a device's messages skipped some.", tallies[12]),
            metric("mqtt_up", "1 while the broker is connected and subscribed.", isUp, .gauge),
            metric("mqtt_connects_total", "Connections tried.", connects),
            metric("mqtt_losses_total", "Times the broker was lost.", losses),
            metric("mqtt_refused_filters", "Filters that the broker refuses now.", refusedFilters, .gauge),
            metric(
                "mqtt_dropped_count_unsaid", "1 while the broker does not say how many messages it drops.", dropsUnsaid,
                .gauge),
            metric("mqtt_ring_full_total", "Times reading stopped because the input ring was full.", ringFull),
            metric("mqtt_pending_slots", "Slots read but not yet in the input ring.", pendingSlots, .gauge),
            metric(
                "mqtt_settlement_waits_total", "Polls of 50 ms spent waiting until a batch was settled.",
                settlementWaits),
            metric(
                "mqtt_quarantine_failures_total", "Payloads that the quarantine could not keep.", quarantineFailures),
        ]
    }
}

/// A number that one thread writes and others read.
final class Atomic64: Sendable {
    private let number = Atomic<Int>(0)

    // Relaxed: see BrokerCounters.
    var value: Int { number.load(ordering: .relaxed) }
    func add(_ count: Int = 1) { number.wrappingAdd(count, ordering: .relaxed) }
    func set(_ value: Int) { number.store(value, ordering: .relaxed) }
}
