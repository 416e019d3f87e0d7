package import PlantModel
import PlantTime

/// One message of the broker as the door's thread copied it.
package struct BrokerMessage: Equatable, Sendable {
    package var topic: String
    /// The whole payload, or its first bytes if it is longer than a payload may be.
    package var payload: [UInt8]
    package var totalBytes: Int
    package var isRetained: Bool

    package init(topic: String, payload: [UInt8], totalBytes: Int, isRetained: Bool) {
        self.topic = topic
        self.payload = payload
        self.totalBytes = totalBytes
        self.isRetained = isRetained
    }
}

/// What a few messages of one read became: slots for the ring, and what else must be done before they are acknowledged.
package struct IntakeBatch: Sendable {
    /// Slots of SIS and gas devices: they may use the last eighth of the ring and go first.
    package var safety: [InputSlot] = []
    package var ordinary: [InputSlot] = []
    package var quarantined: [QuarantinedPayload] = []
    /// Told once for each life of a node.
    package var unnamed: [UnnamedNumbers] = []
    package var tally = IntakeTally()

    package init() {}

    package mutating func append(_ sample: Sample, isSafety: Bool, source: UInt16, deviceSequence: UInt64 = 0) {
        // `published` is stamped when the ring takes it.
        let slot = InputSlot(sample, source: source, published: sample.arrival, deviceSequence: deviceSequence)
        if isSafety { Self.append(slot, to: &safety) } else { Self.append(slot, to: &ordinary) }
    }

    private static func append(_ slot: InputSlot, to slots: inout [InputSlot]) {
        // A message brings several: growing by doubling would move the first ones again and again.
        if slots.isEmpty { slots.reserveCapacity(32) }
        slots.append(slot)
    }
}

/// A Sparkplug node speaks by numbers, and which metrics they stand for is not known until it is born again.
package struct UnnamedNumbers: Sendable, Equatable {
    package var broker: String
    /// `group/node`.
    package var node: String
    /// Whose number was met first; nil: the node's own.
    package var device: String?
}

/// What is counted of messages: every way by which a message becomes no sample has its own number.
package struct IntakeTally: Equatable, Sendable {
    package var messages = 0
    package var samples = 0
    package var retained = 0
    /// Recognised as sent before, and dropped.
    package var repeated = 0
    /// Recognised by their number alone, passed on and flagged.
    package var repeatedPassed = 0
    package var quarantined = 0
    /// On a topic of no device: a filter of an earlier run, or a broker that delivers what was not asked for.
    package var unrouted = 0
    package var stampsMissing = 0
    package var stampsUnreadable = 0
    package var stampsAhead = 0
    /// Sparkplug metrics that no point can be: data sets, templates, bytes, files.
    package var metricsUnusable = 0
    /// Sparkplug metrics behind numbers that no birth gave a name.
    package var metricsUnnamed = 0
    /// Frames of a device that measure nothing that is watched: finger prints, calibrations, answers to its centre.
    package var framesPassedOver = 0
    /// Times that a device's own numbers skipped some: messages of it never came.
    package var sequenceGaps = 0

    package init() {}
}
