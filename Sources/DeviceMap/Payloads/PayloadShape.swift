/// What the bytes of a payload are, before anything is looked up in them.
package enum PayloadCodec: Sendable, Hashable {
    case json
    /// Binary frames of a tower crane's, hoist's or dust box, read as the JSON that ``TowerFrame`` makes of them.
    case tower
    /// Sparkplug B: metrics by name or by the number that a birth gave it. Its points' paths are one name.
    case sparkplug
    /// The whole payload is one blob of registers.
    case registers
}

/// How the bytes of a blob are written.
package enum BlobEncoding: String, Sendable, Hashable, CaseIterable {
    case hex, base64
    /// As they are: of a whole payload only.
    case raw
}

/// Registers that travel in a payload: the same points, types and word orders as over Modbus, decoded by the same decoder.
package struct PayloadBlob: Sendable, Equatable {
    /// Where it stands; nil: it is the whole payload.
    package var path: PayloadPath?
    package var encoding: BlobEncoding
    /// The address of its first register.
    package var start: RegisterAddress
    /// The registers stand in the answer to a read of the gateway; nil: they stand alone.
    package var answer: WrappedRead?
    package var points: [RegisterPoint]

    package init(
        path: PayloadPath?, encoding: BlobEncoding, start: RegisterAddress, answer: WrappedRead? = nil,
        points: [RegisterPoint]
    ) {
        self.path = path
        self.encoding = encoding
        self.start = start
        self.answer = answer
        self.points = points
    }
}

/// A level of a topic that is read: `gw/{+serial}/up` has the capture `serial` at level 1.
package struct TopicCapture: Sendable, Hashable {
    package var name: String
    /// Counted from 0.
    package var level: Int

    package init(name: String, level: Int) {
        self.name = name
        self.level = level
    }
}
