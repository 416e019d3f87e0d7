import PlantModel
import PlantTime

/// One message of the broker as the door's thread copied it.
struct BrokerMessage: Equatable {
    var topic: String
    /// The whole payload, or its first bytes if it is longer than a payload may be.
    var payload: [UInt8]
    var totalBytes: Int
    var isRetained: Bool
}

/// What a few messages of one read became: slots for the ring, and what else must be done before they are acknowledged.
struct IntakeBatch {
    /// Slots of SIS and gas devices: they may use the last eighth of the ring and go first.
    var safety: [InputSlot] = []
    var ordinary: [InputSlot] = []
    var quarantined: [QuarantinedPayload] = []
    var tally = IntakeTally()

    mutating func append(_ sample: Sample, isSafety: Bool, source: UInt16, deviceSequence: UInt64 = 0) {
        // `published` is stamped when the ring takes it.
        let slot = InputSlot(sample, source: source, published: sample.arrival, deviceSequence: deviceSequence)
        if isSafety { safety.append(slot) } else { ordinary.append(slot) }
    }
}

/// What is counted of messages: every way by which a message becomes no sample has its own number.
struct IntakeTally: Equatable {
    var messages = 0
    var samples = 0
    var retained = 0
    /// Recognised as sent before, and dropped.
    var repeated = 0
    /// Recognised by their number alone, passed on and flagged.
    var repeatedPassed = 0
    var quarantined = 0
    /// On a topic of no device: a filter of an earlier run, or a broker that delivers what was not asked for.
    var unrouted = 0
    var stampsMissing = 0
    var stampsUnreadable = 0
    var stampsAhead = 0
}
