import DeviceMap
import PlantModel

/// What one model of device looks like from outside: its points, where they stand, how often it may be asked and how
/// long it may take. Read from `DeviceProfiles/<class>/<maker>-<model>.yaml`; used by any number of devices.
struct DeviceProfile: Sendable {
    /// `gas/virtual-nh3-tx@1`: the path below its folder, and the revision.
    var id: String
    /// SHA-256 of its file and of those that it extends, lower-case hexadecimal: what a site pins.
    var digest = ""
    var pointClass: Point.Class
    var name: BilingualText
    var link: Link
    /// In the order of the file.
    var points: [ProfilePoint]
    /// Derived points, named within the device.
    var derived: [ParsedEntry]

    enum Link: Sendable {
        case modbus(ModbusManners)
        case mqtt(MQTTManners)
    }

    func point(_ id: String) -> ProfilePoint? { points.first { $0.id == id } }
}

extension DeviceProfile.Link {
    /// A bit that is a point of its own is read with its word: it belongs to the same snapshot.
    mutating func joinBits(of points: [ProfilePoint]) {
        guard case .modbus(var manners) = self else { return }
        for place in manners.snapshots.indices {
            for word in manners.snapshots[place] {
                manners.snapshots[place] += points.filter { $0.bitOf == word }.map(\.id)
            }
        }
        self = .modbus(manners)
    }
}

/// How a device wants to be asked over Modbus.
struct ModbusManners: Sendable {
    var addressBase = 0
    var connectTimeout = Duration.seconds(3)
    var responseFloor = Duration.milliseconds(200)
    var responseCeiling = Duration.milliseconds(1500)
    var pauseAfterConnect = Duration.zero
    var pauseBetween = Duration.zero
    var maxRegisters = 120
    var maxBits = 1968
    var maxGap = 16
    var unitTurnaround = Duration.zero
    var transactions = LinkManners.TransactionEcho.strict
    var unitEcho = LinkManners.UnitEcho.strict
    var session = LinkManners.Session.keep
    /// The period while a point stands in a pre-alarm.
    var burst: Duration?
    /// Addresses that no request may touch.
    var forbidden: [ForbiddenSpan] = []
    /// Periods by name, at least one.
    var rates: [(name: String, period: Duration)] = []
    /// Points that one request must read together.
    var snapshots: [[String]] = []
    var snapshotPlaces: [String: SourceLocation] = [:]

    func period(ofRate name: String) -> Duration? { rates.first { $0.name == name }?.period }
    func snapshot(of point: String) -> Int? { snapshots.firstIndex { $0.contains(point) } }
}

/// Where a device publishes, and how its payloads say when.
struct MQTTManners: Sendable {
    /// With `{site}` and `{device}` to be filled in.
    var topic: String
    var statusTopic: String?
    var statusWords = StatusWords.usual
    var expectedPeriod: Duration
    var maxFuture: Duration
    var stamp: StampField?
    var sequence: PayloadPath?
    var codec = PayloadCodec.json
    var each: PayloadPath?
    /// Blobs of registers by name.
    var blobs: [(name: String, blob: PayloadBlob)] = []
    /// What `{name}` stands for, in topics and in the texts of paths; the site gives it.
    var fill: [String: String] = [:]
    /// Levels of the topic that vary, once the site has filled it.
    var captures: [TopicCapture] = []

    /// A path with the site's names in its texts: `[?id=='{node}']`.
    func filled(_ path: PayloadPath) -> PayloadPath {
        func text(_ text: String) -> String { TopicText.filled(text, with: fill).text }
        let steps = path.steps.map { step -> PathStep in
            switch step {
            case .key(let name): .key(text(name))
            case .matching(let match): .matching(ElementMatch(member: match.member, literal: text(match.literal)))
            case .element, .every: step
            }
        }
        return PayloadPath(origin: path.origin, steps: steps)
    }
}

/// One point of a profile, before a device has given it a tag and a number.
struct ProfilePoint: Sendable {
    var id: String
    var name: BilingualText
    /// The profile's class, or a class of its own for what no rule of that class needs to guard.
    var pointClass: Point.Class
    var unit: EngineeringUnit
    var range: ClosedRange<Double>?
    var clampAbove: Double?
    var clampBelow: Double?
    /// The smallest step that it can show, and how much it trembles (one sigma): what rate limits are held against.
    var resolution: Double?
    var noise: Double?
    var conversion: ConversionBasis?
    var scaling: Scaling
    /// In place of the scaling; of register points only.
    var curve: ValueCurve?
    /// What it stands for in an interlock; nil: nothing special.
    var role: PointRole?
    /// The word of which it is a bit; nil: it is a point of its own.
    var bitOf: String?
    /// What the rest of that word says of it, by the registers' whole number.
    var word: [StatusEffect] = []
    /// Its bits that have a name, with a role or without.
    var named: [NamedBit] = []
    /// It stands once for each channel of the device; nil: once for all.
    var channels: ChannelSpan?
    /// The point of the same device whose bits or values say whether this one can be trusted.
    var qualifiedBy: String?
    /// That point is read in another request.
    var isQualifiedApart = false
    /// As a status point: what its bits and its values mean for the points that it qualifies.
    var effects: [StatusEffect]
    var values: [Double: Quality]
    /// Why its silence means nothing; nil: silence makes it stale.
    var reportByException: String?
    var wire: Wire
    /// Of a register point of an MQTT device: the blob that it stands in.
    var blob: String?
    var location: SourceLocation

    enum Wire: Sendable {
        case register(RegisterWire)
        case payload(PayloadPath, PayloadType, sentinels: [Double])
    }
}

struct RegisterWire: Sendable {
    var area: RegisterArea
    var address: RegisterAddress
    var type: RegisterType
    var order: WordOrder
    var field: BitField?
    var sentinels: [UInt64]
    /// The patterns of an enumeration; empty when it is none.
    var states: [UInt64]
    var validRaw: ClosedRange<Double>?
    var expectedText: [UInt8]?
    var rate: String

    /// How many bits the point's own number has.
    var width: Int { field?.width ?? type.bits.width }
}

/// What a point or a bit of an interlock stands for.
package enum PointRole: String, Sendable, CaseIterable {
    case healthy, trip, bypass, first_out, fault, test, state, heartbeat

    /// Whether a contact that is closed while all is normal reads 1 when the word does *not* hold.
    package var isAbnormal: Bool {
        switch self {
        case .trip, .bypass, .first_out, .fault, .test: true
        case .healthy, .state, .heartbeat: false
        }
    }
}
