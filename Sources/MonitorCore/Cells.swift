import AlarmLogic
import PlantModel
import PlantTime

// The state of the core lies in flat arrays of these cells: no references, no boxes, so a sample touches few cache lines
// and nothing is counted or allocated on its way. Entries of the rule file (rules and derived points alike) are numbered
// in file order, which is the order of judgement.

/// A run of elements in one of the core's lists.
struct Slice: Sendable, BitwiseCopyable {
    var start: UInt32 = 0
    var count: UInt32 = 0

    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

/// One point: its newest row as rules see it, and its newest sample as the board shows it.
struct PointCell: Sendable, BitwiseCopyable {
    /// NaN unless the newest row is usable.
    var value = Double.nan
    var time = PlantInstant.distantPast
    /// Staleness counts from here.
    var arrival = PlantInstant.distantPast
    var quality = Quality.bad(.unspecified)
    var hasRow = false
    /// Computed by the rules: nothing may be recorded under its name.
    var isDerived = false
    /// A derived point one of whose inputs has gone silent: it acts as bad, though that is no row.
    var isSilenced = false
    /// Its standing has changed since the board was last told.
    var isChanged = false
    /// Late samples in a row.
    var lateRun: UInt8 = 0
    /// Its limits are all at rest (`Monitor+Calm.swift`); a usable value strictly between these leaves them so.
    var isCalm = false
    /// And so are all rates of its first window; a slope strictly between the ends of the slope's band leaves them so.
    var isSteady = false
    var bandLow = -Double.infinity
    var bandHigh = Double.infinity
    var slopeLow = -Double.infinity
    var slopeHigh = Double.infinity
    var readers = Slice()
    /// Its first least-squares window and the slope over it, in the lists of the kinds; -1 without.
    var window: Int32 = -1
    var slope: Int32 = -1
    /// Those of its readers that every row of a calm point must be shown to, and of a steady one.
    var livelyReaders = Slice()
    var restlessReaders = Slice()
    var shown = PointStanding(
        payload: .none, quality: .bad(.unspecified), flags: [], time: .distantPast, arrival: .distantPast,
        lastUsable: .nan, count: 0)
}

/// Who reads a point: an entry, and the watch that the entry keeps on its silence.
struct PointReader: Sendable, BitwiseCopyable {
    var entry: UInt32
    /// -1: silence holds the last value.
    var watch: Int32
}

/// One entry's watch on the silence of one point.
struct SilenceWatch: Sendable, BitwiseCopyable {
    var entry: UInt32
    var group: UInt32
    /// The watch behind it in its group; -1 at the end.
    var following: Int32 = -1
    var isStale = false
    /// A watch that began at a reload does not speak of the time before it.
    var notBefore: PlantInstant
}

/// The watches on one point with one patience: they end together, as one owner in the queue of deadlines.
struct SilenceGroup: Sendable, BitwiseCopyable {
    var point: UInt32
    var firstWatch: Int32
    /// Nanoseconds.
    var maxAge: Int64
}

/// How an entry is judged.
enum Mechanism: UInt8, Sendable, BitwiseCopyable {
    case threshold, rate, state, badQuality, stale, frozen, deviation, vote, expect, timeTo, count, average, ladder
    case derived
}

/// One entry: what every judgement touches. The rest of a kind lies in its own list, at ``detail``.
struct EntryCell: Sendable, BitwiseCopyable {
    var mechanism: Mechanism
    var isSilent = false
    var isUnknown = false
    /// ROC: the magnitude of the slope is compared.
    var takesMagnitude = false
    /// STATE and EXPECT: a bit is tested instead of a list of numbers.
    var testsBit = false
    var bit = StatusBit(place: 0, isInverted: false)
    var isChanged = false
    /// LADDER: the level it stands at, 0 for none.
    var level: UInt8 = 0
    var quality = Quality.good
    var point: UInt32
    /// The rule's number; `.max` for a derived point.
    var rule: UInt32
    var detail: UInt32 = 0
    /// The watch on its own point, -1 without.
    var watch: Int32 = -1
    var limit = Limit(above: .infinity, deadband: 0)
    var condition = AlarmCondition()
    var delays = Delays.none
    /// That of the last judgement that was not unknown; NaN before.
    var value = Double.nan
    /// Numbers of a STATE or EXPECT, or members of a VOTE, COUNT or LADDER.
    var list = Slice()
    /// Entries that name this one.
    var dependents = Slice()
}

/// What a rule means to people: touched only when an alarm moves.
struct AlarmCell: Sendable, BitwiseCopyable {
    var entry: UInt32
    var priority: Priority
    var isLatching: Bool
    var lifecycle = AlarmLifecycle()
    /// A late sample raises once: only one newer than this does it again.
    var lateThrough = PlantInstant.distantPast
}

/// The slot whose processing decides: its stamps go into every event that it causes.
struct Cause: Sendable, BitwiseCopyable {
    var decidedAt: PlantInstant
    var arrival: PlantInstant
    var published: PlantInstant
    var read: PlantInstant
    var sequence: UInt64
}

extension Cause {
    /// A slot that nobody stamped (a recording's) is judged at its own time.
    init(_ slot: InputSlot, sequence: UInt64) {
        self.init(
            decidedAt: slot.judgedAt.nanoseconds == 0 ? slot.time : slot.judgedAt, arrival: slot.arrival,
            published: slot.published, read: slot.read, sequence: sequence)
    }
}

/// One step of semantics.md B1.
struct Moment: Sendable, BitwiseCopyable {
    enum Kind: UInt8, Sendable, BitwiseCopyable { case row, timer, stale }

    var kind: Kind
    var at: PlantInstant
    /// The same, since 1970: what windows count in.
    var milliseconds: Int64
    /// The row speaks for an instant that the core's clock has not reached.
    var isAhead = false

    init(_ kind: Kind, at instant: PlantInstant, isAhead: Bool = false) {
        self.kind = kind
        at = instant
        milliseconds = instant.milliseconds
        self.isAhead = isAhead
    }
}

/// What one look at an entry says.
struct Judgement: Sendable, BitwiseCopyable {
    var verdict: Verdict
    var value: Double
    var quality: Quality

    init(_ verdict: Verdict, value: Double, quality: Quality) {
        self.verdict = verdict
        self.value = value
        self.quality = quality
    }

    static let unknown = Judgement(.unknown, value: .nan, quality: .bad(.unspecified))
}
