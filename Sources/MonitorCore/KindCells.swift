import AlarmLogic
import PlantModel
import PlantTime

// What single kinds of rules keep beside their entry cell: constants first, state behind.

/// A slope of one point, shared by every rule that asks for the same one.
struct SlopeCell: Sendable, BitwiseCopyable {
    enum Method: UInt8, Sendable, BitwiseCopyable { case leastSquares, theilSen, weighted }

    var method: Method
    /// Its place in the list of its method.
    var place: UInt32
    var point: UInt32
    /// Window or tau, in milliseconds.
    var span: Int64
    /// The step in which it took its last row.
    var step: UInt64 = 0
    /// Units per second; NaN while unknown. A least-squares window keeps its own: ``KindLists/slope(_:)``.
    var slope = Double.nan
}

struct FrozenCell: Sendable, BitwiseCopyable {
    var window: Int64
    var minSpan: Double
    /// The entry that excuses stillness; -1 without.
    var unless: Int32
    var stillness = Stillness()
}

struct DeviationCell: Sendable, BitwiseCopyable {
    var other: UInt32
    var otherWatch: Int32
    /// A full turn of a circular point; 0 for a line.
    var turn: Double
}

struct TimeToCell: Sendable, BitwiseCopyable {
    var target: TimeToLimit
    var slope: UInt32
}

struct VoteCell: Sendable, BitwiseCopyable {
    var voting: Voting
    /// What a ladder counts at each of its levels, in the list of numbers; empty where each member counts one.
    var scores: Slice
}

struct CountCell: Sendable, BitwiseCopyable {
    var entry: UInt32
    var needed: Int32
    /// Nanoseconds.
    var window: Int64
    /// The newest `needed` raises, as rows whose time is in nanoseconds.
    var raises = RowQueue()
}

struct AverageCell: Sendable, BitwiseCopyable {
    var average: TimeWeightedAverage
    /// The least part of the window that must be covered, in milliseconds.
    var coveredMin: Double
}

/// A point computed from others.
struct DerivedCell: Sendable, BitwiseCopyable {
    enum Operation: Sendable, BitwiseCopyable {
        case sum
        case difference
        case linear(scale: Double, offset: Double)
        /// Both in the list of numbers, `y` right behind `x`.
        case table(x: Slice)
        case mean(place: UInt32)
        case counter(place: UInt32, wrap: Double?)
        case unwrap(place: UInt32, turn: Double)
        case product
        case inverse(floor: Double)
        case minimum
        case maximum
        case slope(place: UInt32)
    }

    var operation: Operation
    var output: UInt32
    /// In the list of derived inputs.
    var inputs: Slice
}

struct DerivedInput: Sendable, BitwiseCopyable {
    var point: UInt32
    var watch: Int32
}

/// The lists of all kinds.
struct KindLists: Sendable {
    var numbers: [Double] = []
    var members: [UInt32] = []
    var slopes: [SlopeCell] = []
    var leastSquares: [LeastSquaresSlope] = []
    var theilSen: [TheilSenSlope] = []
    var weighted: [WeightedTrend] = []
    var frozen: [FrozenCell] = []
    var deviations: [DeviationCell] = []
    var votings: [VoteCell] = []
    /// The `when` of each EXPECT.
    var expectations: [UInt32] = []
    var timesTo: [TimeToCell] = []
    var counts: [CountCell] = []
    var averages: [AverageCell] = []
    var derived: [DerivedCell] = []
    var derivedInputs: [DerivedInput] = []
    var means: [MovingMean] = []
    /// Of derived points; those of rules are shared, and stand in `leastSquares`.
    var trends: [LeastSquaresSlope] = []
    var totals: [RunningTotal] = []
    var angles: [UnwoundAngle] = []

    /// The newest slope, whatever its method; NaN while unknown.
    func slope(_ number: Int) -> Double {
        slopes[number].method == .leastSquares
            ? leastSquares[Int(slopes[number].place)].slope : slopes[number].slope
    }
}
