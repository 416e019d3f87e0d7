public import PlantTime

/// What can stand in a slot of the input ring.
public enum InputKind: UInt8, Sendable, BitwiseCopyable {
    case sample = 1
    /// Time passed with nothing to read, up to `time`: published by the core's own thread, so that a replay passes the
    /// same deadlines at the same place in the order.
    case tick = 2
    /// A person's command; `auxiliary` is its number in the command table.
    case command = 3
    /// A compiled configuration to adopt; `auxiliary` is its number in the configuration table.
    case configuration = 4
}

/// One slot of the one input ring: 64 bytes, no references, the same in the ring, in the input log and in a replay.
public struct InputSlot: Sendable, BitwiseCopyable, Equatable {
    public var kind: InputKind
    public var payloadKind: Payload.Kind
    public var qualityBits: UInt16
    public var point: UInt32
    public var flags: UInt16
    /// Which publisher put it in: an index into the station's list of sources, for counts and stamps.
    public var source: UInt16
    /// Number of a command or configuration in its bounded table; 0 for none. Of a sample: for how many nanoseconds its
    /// bytes had been at the door when it was published, see ``read``.
    public var auxiliary: UInt32
    public var time: PlantInstant
    public var arrival: PlantInstant
    /// When the door published it. Full resolution.
    public var published: PlantInstant
    /// When the core took it; monotone over the ring. Full resolution. Before the core has: 0.
    public var judgedAt: PlantInstant
    public var payload: UInt64
    /// The device's own sequence number where it has one, else 0.
    public var deviceSequence: UInt64

    @inlinable public init(_ sample: Sample, source: UInt16 = 0, published: PlantInstant, deviceSequence: UInt64 = 0) {
        kind = .sample
        payloadKind = sample.payload.kind
        qualityBits = sample.quality.bits
        point = sample.point.number
        flags = sample.flags.rawValue
        self.source = source
        auxiliary = 0
        time = sample.time
        arrival = sample.arrival
        self.published = published
        judgedAt = PlantInstant(nanoseconds: 0)
        payload = sample.payload.raw
        self.deviceSequence = deviceSequence
    }

    /// `auxiliary` of the tick that a station publishes first of all: silence while it was down is not held against any
    /// point. It stands in the input log, so a replay knows of the restart too.
    public static let stationStarted: UInt32 = 1

    /// When the bytes of a sample were at the door; of any other slot, when it was published. Full resolution; a door that
    /// kept a sample for longer than 4.29 s says 4.29 s.
    @inlinable public var read: PlantInstant {
        kind == .sample ? published.advanced(byNanoseconds: -Int64(auxiliary)) : published
    }

    /// The door's two stamps of a sample.
    @inlinable public mutating func stamp(read: PlantInstant, published: PlantInstant) {
        self.published = published
        auxiliary = UInt32(clamping: (published - read).nanoseconds)
    }

    /// A slot without a sample: a tick, a command, a configuration.
    @inlinable public init(_ kind: InputKind, at instant: PlantInstant, auxiliary: UInt32 = 0, source: UInt16 = 0) {
        self.kind = kind
        payloadKind = .none
        qualityBits = 0
        point = .max
        flags = 0
        self.source = source
        self.auxiliary = auxiliary
        time = instant
        arrival = instant
        published = instant
        judgedAt = PlantInstant(nanoseconds: 0)
        payload = 0
        deviceSequence = 0
    }

    /// The sample in a slot of kind `.sample`.
    @inlinable public var sample: Sample {
        Sample(
            point: PointIndex(point), time: time, arrival: arrival, payload: Payload(raw: payload, kind: payloadKind),
            quality: Quality(bits: qualityBits), flags: SampleFlags(rawValue: flags))
    }
}
