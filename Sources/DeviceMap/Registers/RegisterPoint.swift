package import PlantModel

/// How the bytes of a value stand in its registers. The letters name the bytes of the big-endian number: `ABCD` is high
/// word first, `CDAB` low word first, `BA` a swapped 16-bit register.
package struct WordOrder: Sendable, Hashable {
    /// For each byte of the big-endian value, most significant first, its place on the wire. 2, 4 or 8 entries.
    package let places: [UInt8]

    package enum Refused: Error, Equatable {
        case wrongLength(Int)
        case notAPermutation(String)
    }

    /// - Parameter letters: a permutation of the first 2, 4 or 8 letters of the alphabet.
    package init(letters: some StringProtocol) throws(Refused) {
        let bytes = Array(letters.utf8)
        guard [2, 4, 8].contains(bytes.count) else { throw .wrongLength(bytes.count) }
        var places = [UInt8](repeating: .max, count: bytes.count)
        for (place, letter) in bytes.enumerated() {
            let value = Int(letter) - 0x41
            guard value >= 0, value < bytes.count, places[value] == .max else {
                throw .notAPermutation(String(letters))
            }
            places[value] = UInt8(place)
        }
        self.places = places
    }

    private init(places: [UInt8]) { self.places = places }

    /// Most significant byte first, for a value of `count` bytes.
    package static func bigEndian(bytes count: Int) -> WordOrder { WordOrder(places: (0..<UInt8(count)).map { $0 }) }
}

/// What a value's registers hold.
package enum RegisterType: Sendable, Hashable {
    /// One bit of a coil or discrete input, or bit 0...15 of a register.
    case bit(Int)
    case signed16, unsigned16
    case signed32, unsigned32
    case signed64, unsigned64
    case float32, float64

    /// Registers it takes; a bit in a bit area takes one address.
    package var registerCount: Int {
        switch self {
        case .bit, .signed16, .unsigned16: 1
        case .signed32, .unsigned32, .float32: 2
        case .signed64, .unsigned64, .float64: 4
        }
    }
}

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

/// A status bit that spoils, or qualifies, the values read with it.
package struct StatusEffect: Sendable, Hashable {
    /// Bit 0...63 of the status point's raw number.
    package var bit: Int
    package var whenSet: Bool
    package var quality: Quality

    package init(bit: Int, whenSet: Bool = true, quality: Quality) {
        self.bit = bit
        self.whenSet = whenSet
        self.quality = quality
    }
}

/// One point of one Modbus device: where its value stands and how it is read.
package struct RegisterPoint: Sendable, Equatable {
    package var point: PointIndex
    package var area: RegisterArea
    package var address: RegisterAddress
    package var type: RegisterType
    package var order: WordOrder
    package var scaling: Scaling
    /// Raw register patterns, as an unsigned number in the value's big-endian form, that mean "no value".
    package var sentinels: [UInt64]
    /// Values (after scaling) outside it are `.bad(.outOfRange)` unless clamped.
    package var range: ClosedRange<Double>?
    /// At or above it the sample is flagged over range and stays usable.
    package var clampAbove: Double?
    /// The point (of the same device, read in the same request) whose bits qualify this one; nil when none does.
    package var status: PointIndex?
    package var statusEffects: [StatusEffect]
    package var period: Duration
    /// Points of one snapshot group are never split over two requests; nil when free.
    package var snapshotGroup: Int?

    package init(
        point: PointIndex, area: RegisterArea, address: RegisterAddress, type: RegisterType, order: WordOrder,
        scaling: Scaling = .identity, sentinels: [UInt64] = [], range: ClosedRange<Double>? = nil,
        clampAbove: Double? = nil, status: PointIndex? = nil, statusEffects: [StatusEffect] = [], period: Duration,
        snapshotGroup: Int? = nil
    ) {
        self.point = point
        self.area = area
        self.address = address
        self.type = type
        self.order = order
        self.scaling = scaling
        self.sentinels = sentinels
        self.range = range
        self.clampAbove = clampAbove
        self.status = status
        self.statusEffects = statusEffects
        self.period = period
        self.snapshotGroup = snapshotGroup
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

    /// Carries SIS or gas points: backs off to 5 s at most.
    package var isSafety: Bool { units.contains { $0.pointClass.isSafety } }
}
