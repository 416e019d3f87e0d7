import PlantModel
import Synchronization

/// The reactor's counts, copied out by its thread once a second and read by anybody.
final class ReactorMeter: MetricSource {
    struct Link: Sendable {
        var id: String
        var counts = SessionCounts()
        var missed = 0
        var isConnected = false
        var isOnBackup = false
        var unitsUp = 0
        var units = 0
        var busyShare: Double?
        var roundTripSeconds: Double?
    }

    /// A port at which devices should call and that is not to be had.
    struct ShutPort: Sendable {
        var address: String
        var errorNumber: Int32
        var links: [String]
    }

    struct Figures: Sendable {
        var links: [Link] = []
        var samples = 0
        /// Samples that the full ring refused.
        var skipped = 0
        /// Losses and link states that wait for room in the ring.
        var owed = 0
        /// Callers that no device of the site is, and callers for whom there was no room.
        var unknownCallers = 0
        var callersTurnedAway = 0
        var shutPorts: [ShutPort] = []
    }

    private let figures = Mutex(Figures())

    func show(_ new: Figures) { figures.withLock { $0 = new } }

    /// What is wrong with the door as a whole, one line each; empty while it is well.
    var troubles: [String] {
        figures.withLock { $0.shutPorts }.map { port in
            "modbus port \(port.address) cannot be had (errno \(port.errorNumber)): "
                + "\(port.links.joined(separator: ", ")) cannot call"
        }
    }

    func metrics() -> [Metric] {
        let figures = figures.withLock { $0 }
        var metrics = [
            Metric(
                "hazardd_modbus_samples_total", help: "Samples published by the Modbus reactor", kind: .counter,
                value: Double(figures.samples)),
            Metric(
                "hazardd_modbus_samples_skipped_total", help: "Samples that a full input ring refused", kind: .counter,
                value: Double(figures.skipped)),
            Metric(
                "hazardd_modbus_reports_owed", help: "Losses and link states that wait for room in the input ring",
                kind: .gauge, value: Double(figures.owed)),
            Metric(
                "hazardd_modbus_unknown_callers_total", help: "Calls by devices that the site does not know, closed",
                kind: .counter, value: Double(figures.unknownCallers)),
            Metric(
                "hazardd_modbus_callers_turned_away_total", help: "Calls closed because too many waited",
                kind: .counter, value: Double(figures.callersTurnedAway)),
            Metric(
                "hazardd_modbus_ports_shut", help: "Ports for devices that dial in that are not to be had",
                kind: .gauge, value: Double(figures.shutPorts.count)),
        ]
        for link in figures.links { metrics += Self.metrics(of: link) }
        return metrics
    }

    private static func metrics(of link: Link) -> [Metric] {
        let labels = [("link", link.id)]
        func counter(_ name: String, _ help: String, _ value: Int) -> Metric {
            Metric("hazardd_modbus_\(name)_total", help: help, kind: .counter, labels: labels, value: Double(value))
        }
        func gauge(_ name: String, _ help: String, _ value: Double) -> Metric {
            Metric("hazardd_modbus_\(name)", help: help, kind: .gauge, labels: labels, value: value)
        }
        var metrics = [
            counter("requests", "Read requests sent", link.counts.requests),
            counter("answers", "Answers that belonged to a waiting request", link.counts.answers),
            counter("exceptions", "Answers that were exceptions", link.counts.exceptions),
            counter("timeouts", "Requests given up", link.counts.timeouts),
            counter("late_answers", "Answers to requests given up before, dropped", link.counts.lateAnswers),
            counter("framing_faults", "Connections closed because a frame was not sound", link.counts.framingFaults),
            counter("connections", "Connections made", link.counts.connections),
            counter("orderly_closes", "Connections closed in order because nothing was due", link.counts.orderlyCloses),
            counter("losses", "Connections, and attempts at one, that ended", link.counts.losses),
            counter("probes", "Requests to units that were not answering", link.counts.probes),
            counter(
                "bursts_refused", "Times a device in a pre-alarm was not read faster for want of time on its link",
                link.counts.burstsRefused),
            counter(
                "silent_blocks", "Blocks whose points were declared bad because nothing came of them",
                link.counts.silences),
            counter("missed_slots", "Reads skipped because their time had gone", link.missed),
            gauge("connected", "1 while the connection stands", link.isConnected ? 1 : 0),
            gauge("on_backup", "1 while the backup address serves", link.isOnBackup ? 1 : 0),
            gauge("units_up", "Units that answer", Double(link.unitsUp)),
            gauge("units", "Units behind the link", Double(link.units)),
        ]
        if let share = link.busyShare {
            metrics.append(
                gauge("busy_ratio", "Share of its time that the link needs, as measured; 0.7 is planned for", share))
        }
        if let seconds = link.roundTripSeconds {
            metrics.append(gauge("round_trip_seconds", "Smoothed round trip of the slowest unit", seconds))
        }
        return metrics
    }
}
