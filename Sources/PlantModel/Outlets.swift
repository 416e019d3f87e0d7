package import PlantTime

/// Where a door puts what it read: the front door of the input ring. One outlet belongs to one thread.
///
/// It never blocks. What does not fit is refused and counted by the outlet; the caller's policy decides what that means
/// (Modbus skips the slot, MQTT stops reading, a command answers 503).
package protocol SampleOutlet: AnyObject {
    /// Publishes a batch in order, all or nothing.
    /// - Parameter safety: may use the last eighth of the ring (SIS, gas, commands).
    func publish(_ slots: [InputSlot], safety: Bool) -> PublishOutcome
}

/// Which points stand in a pre-alarm, a limit reached or its on-delay running, and want to be read more often. Asked by a door's thread
/// about once a second for each point that can be; it answers at once and holds nobody up.
package protocol PointUrgency: Sendable {
    func isUrgent(_ point: PointIndex) -> Bool
}

package enum PublishOutcome: Sendable, Equatable {
    /// In the ring; the input sequence of its last slot.
    case accepted(through: UInt64)
    /// The ring is full: nothing of the batch is in it.
    case full
}

extension SampleOutlet {
    /// Publishes samples stamped `now`, allocating one array: for doors whose batches are small.
    package func publish(_ samples: [Sample], at now: PlantInstant, source: UInt16, safety: Bool) -> PublishOutcome {
        publish(samples.map { InputSlot($0, source: source, published: now) }, safety: safety)
    }
}

/// One figure for `/metrics`: a Prometheus name with bounded labels (never one per point).
package struct Metric: Sendable, Equatable {
    /// A histogram's samples are named after it: `_bucket` with `le`, `_sum`, `_count`.
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    package var name: String
    package var help: String
    package var kind: Kind
    package var labels: [(String, String)]
    package var value: Double

    package init(_ name: String, help: String, kind: Kind, labels: [(String, String)] = [], value: Double) {
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
        self.value = value
    }

    package static func == (left: Metric, right: Metric) -> Bool {
        left.name == right.name && left.help == right.help && left.kind == right.kind && left.value == right.value
            && left.labels.elementsEqual(right.labels) { $0 == $1 }
    }
}

/// A room that counts: asked by the console for `/metrics`, from any thread.
package protocol MetricSource: Sendable {
    func metrics() -> [Metric]
}
