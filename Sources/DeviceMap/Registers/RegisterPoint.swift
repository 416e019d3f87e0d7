package import PlantModel

/// Raw number to engineering unit: `raw * scale + offset`. Integers with scale 1 and offset 0 stay integers.
package struct Scaling: Sendable, Hashable {
    package var scale: Double
    package var offset: Double

    package init(scale: Double = 1, offset: Double = 0) {
        self.scale = scale
        self.offset = offset
    }

    package static let identity = Scaling()
    package var isIdentity: Bool { scale == 1 && offset == 0 }
}

/// One point of one Modbus device: where its value stands and how it is read.
///
/// What most points do without lies in one shared block of its own, so that ten thousand points are small, and a sample is
/// decoded without copying or counting lists.
package struct RegisterPoint: Sendable, Equatable {
    package var point: PointIndex
    package var area: RegisterArea
    package var address: RegisterAddress
    package var type: RegisterType
    package var order: WordOrder
    package var scaling: Scaling
    /// Values (after scaling) outside it are `.bad(.outOfRange)` unless clamped.
    package var range: ClosedRange<Double>?
    package var period: Duration
    private var traits: Traits?

    /// It has nothing of what few points have.
    var isPlain: Bool { traits == nil }

    /// What few points have.
    private struct Special: Sendable, Equatable {
        var field: BitField?
        var curve: ValueCurve?
        var sentinels: [UInt64] = []
        var states: [UInt64] = []
        var validRaw: ClosedRange<Double>?
        var expectedText: [UInt8]?
        var clampAbove: Double?
        var clampBelow: Double?
        var status: PointIndex?
        var isStatusApart = false
        var statusEffects: [StatusEffect] = []
        var word: [StatusEffect] = []
        var snapshotGroup: Int?

        static let none = Special()
    }

    /// Never changed, so copies of a point share it.
    private final class Traits: Sendable, Equatable {
        let special: Special

        init(_ special: Special) { self.special = special }

        static func == (left: Traits, right: Traits) -> Bool { left === right || left.special == right.special }
    }

    private mutating func change(_ change: (inout Special) -> Void) {
        var special = traits?.special ?? .none
        change(&special)
        traits = special == .none ? nil : Traits(special)
    }

    package init(
        point: PointIndex, area: RegisterArea, address: RegisterAddress, type: RegisterType, order: WordOrder,
        field: BitField? = nil, scaling: Scaling = .identity, curve: ValueCurve? = nil, sentinels: [UInt64] = [],
        states: [UInt64] = [], validRaw: ClosedRange<Double>? = nil, expectedText: [UInt8]? = nil,
        range: ClosedRange<Double>? = nil, clampAbove: Double? = nil, clampBelow: Double? = nil,
        status: PointIndex? = nil, statusEffects: [StatusEffect] = [], period: Duration, snapshotGroup: Int? = nil
    ) {
        self.point = point
        self.area = area
        self.address = address
        self.type = type
        self.order = order
        self.scaling = scaling
        self.range = range
        self.period = period
        change { special in
            special.field = field
            special.curve = curve
            special.sentinels = sentinels
            special.states = states
            special.validRaw = validRaw
            special.expectedText = expectedText
            special.clampAbove = clampAbove
            special.clampBelow = clampBelow
            special.status = status
            special.statusEffects = statusEffects
            special.snapshotGroup = snapshotGroup
        }
    }
}

extension RegisterPoint {
    /// The bits of an unsigned number that are this point's own; nil: all of them.
    package var field: BitField? {
        get { traits?.special.field }
        set { change { $0.field = newValue } }
    }

    /// In place of the scaling: a two-point line or a strapping table.
    package var curve: ValueCurve? {
        get { traits?.special.curve }
        set { change { $0.curve = newValue } }
    }

    /// Raw register patterns, as an unsigned number in the value's big-endian form, that mean "no value".
    package var sentinels: [UInt64] {
        get { traits?.special.sentinels ?? [] }
        set { change { $0.sentinels = newValue } }
    }

    /// The patterns of an enumeration. Another one is bad: an unknown state is never a normal one. Empty: no enumeration.
    package var states: [UInt64] {
        get { traits?.special.states ?? [] }
        set { change { $0.states = newValue } }
    }

    /// Raw numbers outside it, before scaling, say that the device has failed: a loop at 3.5 mA.
    package var validRaw: ClosedRange<Double>? {
        get { traits?.special.validRaw }
        set { change { $0.validRaw = newValue } }
    }

    /// What a text must be: the value is 1 when it is, else 0; nil: the value is the text's fingerprint.
    package var expectedText: [UInt8]? {
        get { traits?.special.expectedText }
        set { change { $0.expectedText = newValue } }
    }

    /// At or above it the sample is flagged over range and stays usable.
    package var clampAbove: Double? {
        get { traits?.special.clampAbove }
        set { change { $0.clampAbove = newValue } }
    }

    /// Below it the sample is uncertain, under range, and stays usable.
    package var clampBelow: Double? {
        get { traits?.special.clampBelow }
        set { change { $0.clampBelow = newValue } }
    }

    /// The point (of the same device) whose bits qualify this one; nil when none does. It is read in the same request, unless
    /// ``isStatusApart``.
    package var status: PointIndex? {
        get { traits?.special.status }
        set { change { $0.status = newValue } }
    }

    /// The status is read in another request: its last word counts, if that is not older than two of its periods.
    package var isStatusApart: Bool {
        get { traits?.special.isStatusApart ?? false }
        set { change { $0.isStatusApart = newValue } }
    }

    package var statusEffects: [StatusEffect] {
        get { traits?.special.statusEffects ?? [] }
        set { change { $0.statusEffects = newValue } }
    }

    /// Of a bit of a word: what the rest of the word says of it, by the registers' whole number. A word that is the maker's "no
    /// value", an unknown state or a fault vouches for none of its bits.
    package var word: [StatusEffect] {
        get { traits?.special.word ?? [] }
        set { change { $0.word = newValue } }
    }

    /// Points of one snapshot group are never split over two requests; nil when free.
    package var snapshotGroup: Int? {
        get { traits?.special.snapshotGroup }
        set { change { $0.snapshotGroup = newValue } }
    }
}

/// One unit behind an endpoint.
package struct ModbusUnit: Sendable, Equatable {
    /// The device's id in the site.
    package var device: String
    package var unit: UInt8
    package var pointClass: Point.Class
    package var points: [RegisterPoint]
    /// Registers and bits per request at most.
    package var maxRegisters: Int
    package var maxBits: Int
    /// Registers of gap that may be read along; 0 forbids filler.
    package var maxGap: Int
    /// Never read, not even along with something else.
    package var forbidden: [ForbiddenSpan] = []
    /// How often a block is read while one of its points stands in a pre-alarm; nil: as always.
    package var burstPeriod: Duration?
    /// `sys.<device>.link`: 1 while the unit answers, 0 while it does not.
    package var linkPoint: PointIndex

    package init(
        device: String, unit: UInt8, pointClass: Point.Class, points: [RegisterPoint], maxRegisters: Int = 120,
        maxBits: Int = 1968, maxGap: Int = 16, linkPoint: PointIndex
    ) {
        self.device = device
        self.unit = unit
        self.pointClass = pointClass
        self.points = points
        self.maxRegisters = maxRegisters
        self.maxBits = maxBits
        self.maxGap = maxGap
        self.linkPoint = linkPoint
    }
}

/// One address and port with one connection, and the units behind it.
package struct ModbusEndpoint: Sendable, Equatable {
    package var id: String
    package var host: String
    package var port: UInt16
    package var connectTimeout: Duration
    /// Bounds of the adaptive request deadline.
    package var responseFloor: Duration
    package var responseCeiling: Duration
    package var pauseAfterConnect: Duration
    package var pauseBetween: Duration
    package var units: [ModbusUnit]
    package var manners = LinkManners()

    package init(
        id: String, host: String, port: UInt16, connectTimeout: Duration = .seconds(3),
        responseFloor: Duration = .milliseconds(200), responseCeiling: Duration = .milliseconds(1500),
        pauseAfterConnect: Duration = .zero, pauseBetween: Duration = .zero, units: [ModbusUnit]
    ) {
        self.id = id
        self.host = host
        self.port = port
        self.connectTimeout = connectTimeout
        self.responseFloor = responseFloor
        self.responseCeiling = responseCeiling
        self.pauseAfterConnect = pauseAfterConnect
        self.pauseBetween = pauseBetween
        self.units = units
    }

    /// The silence after an answer, before the next request.
    package var pauseAfterAnswer: Duration {
        units.count > 1 ? max(pauseBetween, manners.unitTurnaround) : pauseBetween
    }

    /// What a request costs the endpoint's time, the pause behind its answer included: by it blocks are formed, admitted,
    /// sped up and shown.
    package var planningCost: ReadCost {
        ReadCost(perRequest: manners.cost.perRequest + pauseAfterAnswer, perRegister: manners.cost.perRegister)
    }

    /// What a call costs where a connection does not stand for ever: the way there and back, and the pause behind it.
    package var callCost: Duration {
        manners.session == .keep ? .zero : pauseAfterConnect + manners.cost.perRequest
    }

    /// Carries SIS or gas points: backs off to 5 s at most.
    package var isSafety: Bool { units.contains { $0.pointClass.isSafety } }
}
