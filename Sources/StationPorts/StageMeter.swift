package import PlantModel
package import PlantTime

/// When one event passed the stages of the house: all on the plant's time line, so that their differences hold over a step
/// of the host's clock. To be looked at: nothing is decided by it, and no key and no digest holds it.
package struct StageStamps: Sendable, Equatable {
    /// The event's journal sequence.
    package var sequence: UInt64
    /// The bytes of the input that decided it were at the door. Of a delay that ended: the tick.
    package var read: PlantInstant
    /// That input was in the ring.
    package var published: PlantInstant
    /// The core took it.
    package var judged: PlantInstant
    /// The event was on disk.
    package var committed: PlantInstant

    package init(
        sequence: UInt64, read: PlantInstant, published: PlantInstant, judged: PlantInstant, committed: PlantInstant
    ) {
        self.sequence = sequence
        self.read = read
        self.published = published
        self.judged = judged
        self.committed = committed
    }
}

/// One attempt to tell somebody, on the plant's time line.
package struct AttemptStamps: Sendable, Equatable {
    /// The request left.
    package var sent: PlantInstant
    /// Its answer was there.
    package var answered: PlantInstant

    package init(sent: PlantInstant, answered: PlantInstant) {
        self.sent = sent
        self.answered = answered
    }
}

/// How long each stage takes, for `/metrics`: the parts of the way from the bytes at the door to a person.
package final class StageMeter: MetricSource {
    /// From the bytes at the door to the ring; the oldest sample of each batch that the core takes.
    package let published = LatencyHistogram()
    /// From the ring to the core; of the same sample.
    package let judged = LatencyHistogram()
    /// From the bytes at the door to the core; of the same sample.
    package let readToJudged = LatencyHistogram()
    /// From the core's taking its input to the event on disk.
    package let committed = LatencyHistogram()
    /// From the commit to the first request to a recipient.
    package let sent = LatencyHistogram()
    /// From a request to its answer, of messages that were accepted.
    package let accepted = LatencyHistogram()

    package init() {}

    package func metrics() -> [Metric] {
        let stages = [
            ("published", published), ("judged", judged), ("committed", committed), ("sent", sent),
            ("accepted", accepted),
        ]
        return stages.flatMap { stage, histogram in
            histogram.metrics(
                "hazardd_stage_seconds",
                help: "Time from the stage before to this one, on the way from a door to a person.",
                labels: [("stage", stage)])
        }
            + readToJudged.metrics(
                "hazardd_read_to_judged_seconds",
                help: "From the bytes of a batch's first sample at the door to its judgement.")
    }
}
