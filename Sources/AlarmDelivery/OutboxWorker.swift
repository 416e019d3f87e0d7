package import DeliveryPlan
package import Logging
package import PlantModel
package import PlantTime
import RingPipeline
package import StationPorts
import Synchronization
import WebTransfer

/// Brings what the journal owes to duty officers to them: one lane for each webhook of the site, at least once, for as long
/// as it takes, in the order of events for each rule and recipient.
package final class OutboxWorker: MetricSource {
    private let lanes: [DeliveryLane]
    private let archive: any OutboxArchive
    private let clock: any PlantClock
    private let logger: Logger
    private static let orphanBatch = 1000
    private let threads = Mutex<[WorkerThread]>([])
    private let stopping = TransferStop()

    /// - Parameters:
    ///   - reportFailing: channel id and whether it fails; called on the lane's thread at each change and every ten seconds.
    package init(
        delivery: DeliveryDescription, site: SiteDescription, archive: any OutboxArchive, credentials: CredentialStore,
        clock: any PlantClock, meter: StageMeter = StageMeter(), logger: Logger,
        reportFailing: @escaping @Sendable (String, Bool) -> Void
    ) {
        self.archive = archive
        self.clock = clock
        self.logger = logger
        lanes = delivery.webhooks.map {
            DeliveryLane(
                channel: $0, archive: archive, credentials: credentials, clock: clock,
                utcOffsetSeconds: site.utcOffsetSeconds, meter: meter, logger: logger, reportFailing: reportFailing)
        }
    }

    /// Starts one thread a channel, and one that ends what no channel will take. Once; waits for nothing.
    package func start() {
        threads.withLock { threads in
            precondition(threads.isEmpty, "the outbox worker is started once")
            threads = lanes.map { lane in WorkerThread(named: "out:\(lane.channel.id)", turns: .short) { lane.run() } }
            threads.append(WorkerThread(named: "out-orphans") { self.refuseOrphans() })
        }
    }

    /// Ends all lanes, running exchanges included, and waits for them: about a second.
    package func stop() {
        stopping.request()
        for lane in lanes { lane.requestStop() }
        for thread in threads.withLock({ threads in
            defer { threads = [] }
            return threads
        }) {
            thread.join()
        }
    }

    /// "Something was committed." Any thread, at every commit; costs one atomic addition when nobody is parked.
    package func wake() {
        for lane in lanes { lane.wakeup.call() }
    }

    /// When the worst of the lanes last beat, for the watchdog. A lane that waits for its receiver within the time-out is
    /// alive.
    package var lastBeat: PlantInstant {
        let now = clock.now()
        return lanes.map { $0.beat.last(at: now) }.min() ?? now
    }

    package func metrics() -> [Metric] {
        var metrics = lanes.flatMap(\.metrics)
        let time = clock.wallNow()
        if let backlog = try? archive.backlog(at: time) {
            let oldest =
                Double(backlog.oldest.components.seconds) + Double(backlog.oldest.components.attoseconds) / 1e18
            metrics += [
                Metric(
                    "hazardd_outbox_pending", help: "Messages owed and not yet accepted.", kind: .gauge,
                    value: Double(backlog.pending)),
                Metric(
                    "hazardd_outbox_oldest_seconds", help: "Age of the oldest message owed.", kind: .gauge,
                    value: oldest),
                Metric(
                    "hazardd_outbox_undelivered", help: "Messages that a receiver has refused for good.", kind: .gauge,
                    value: Double(backlog.undelivered)),
            ]
        }
        return metrics
    }

    /// Messages for channels that the site file no longer has: nobody can take them, so they are shown as undelivered
    /// instead of waiting for ever. Looks at the oldest rows; what stands behind a long backlog is found at a later start.
    ///
    /// Each is a write to the disk of its own, and a channel that was given up after days may have left thousands: so it
    /// has a thread for it, and no device waits to be read.
    private func refuseOrphans() {
        let known = Set(lanes.map(\.channel.id))
        var refused: [String: Int] = [:]
        do {
            var rows: [OutboxRow]
            repeat {
                rows = try archive.dueRows(at: WallTime(nanoseconds: .max), limit: Self.orphanBatch)
                    .filter { !known.contains($0.channel) }
                for row in rows where !stopping.isRequested {
                    let answer = "channel \(row.channel) is no longer in the site file"
                    try archive.note(.refused(answer: answer), forRow: row.id, at: clock.wallNow())
                    refused[row.channel, default: 0] += 1
                }
            } while !rows.isEmpty && !stopping.isRequested
        } catch {
            logger.warning("outbox not reached", metadata: ["error": "\(AnswerText.line(error))"])
        }
        for (channel, count) in refused.sorted(by: { $0.key < $1.key }) {
            logger.warning(
                "messages for an unknown channel are not delivered",
                metadata: ["channel": "\(channel)", "messages": "\(count)"])
        }
    }
}

extension DeliveryLane {
    fileprivate var metrics: [Metric] {
        func deliveries(_ result: String, _ count: UInt64) -> Metric {
            Metric(
                "hazardd_deliveries_total", help: "Attempts to deliver a message, by outcome.", kind: .counter,
                labels: [("channel", channel.id), ("result", result)], value: Double(count))
        }
        return [
            deliveries("accepted", tally.accepted.load(ordering: .relaxed)),
            deliveries("failed", tally.failed.load(ordering: .relaxed)),
            deliveries("refused", tally.refused.load(ordering: .relaxed)),
            Metric(
                "hazardd_delivery_failing", help: "1 while the channel's last attempt failed.", kind: .gauge,
                labels: [("channel", channel.id)], value: tally.isFailing.load(ordering: .relaxed) ? 1 : 0),
        ]
    }
}
