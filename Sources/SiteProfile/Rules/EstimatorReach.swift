import Glibc
import PlantModel
import PlantTime

/// What an estimator of a slope can see at all (semantics.md B): how far it lags, and the smallest limit that the
/// trembling of its point leaves usable: three sigma of its slope.
struct EstimatorReach {
    let estimator: RuleKind.Estimator
    let period: Duration

    private static let theilSenSlots = 64

    /// The window; of an ewma the three time constants in which it forgets 95 %.
    var window: Duration {
        switch estimator {
        case .leastSquares(let window), .theilSen(let window): window
        case .ewma(let tau): tau * 3
        }
    }

    /// By how much the slope it tells is older than the newest row.
    var lag: Duration {
        switch estimator {
        case .leastSquares(let window), .theilSen(let window): window / 2
        case .ewma(let tau): tau
        }
    }

    /// Rows in its window when the point speaks on time.
    var rows: Int { Self.rows(in: window, every: period) }

    /// Rows of which it keeps anything.
    var rowsKept: Int {
        switch estimator {
        case .leastSquares: rows
        case .theilSen: min(rows, Self.theilSenSlots)
        case .ewma: 1
        }
    }

    static func rows(in window: Duration, every period: Duration) -> Int {
        Int(min((window / period).rounded(.down), 1e9)) + 1
    }

    /// - Parameter sigma: of one row, in the point's unit.
    /// - Returns: units per second.
    func smallestLimit(sigma: Double) -> Double {
        switch estimator {
        case .leastSquares, .theilSen: 3 * 12.0.squareRoot() * sigma / (window.seconds * Double(rowsKept).squareRoot())
        case .ewma(let tau): 3 * sigma * Self.trendGain(period / tau) / period.seconds
        }
    }

    /// Of the larger of noise and resolution: a value read in steps trembles by a step/sqrt(12).
    static func sigma(resolution: Double?, noise: Double?) -> Double? {
        guard resolution != nil || noise != nil else { return nil }
        return max(noise ?? 0, (resolution ?? 0) / 12.0.squareRoot())
    }

    /// The shortest window (or time constant), in whole seconds, for which a limit is usable.
    func enough(for limit: Double, sigma: Double) -> Duration {
        func reaches(_ seconds: Int) -> Bool {
            let longer = Duration.seconds(seconds)
            let reach: EstimatorReach =
                switch estimator {
                case .leastSquares: .init(estimator: .leastSquares(window: longer), period: period)
                case .theilSen: .init(estimator: .theilSen(window: longer), period: period)
                case .ewma: .init(estimator: .ewma(tau: longer), period: period)
                }
            return reach.smallestLimit(sigma: sigma) <= limit
        }
        var (tooShort, enough) = (0, 1)
        while enough < 1_000_000_000, !reaches(enough) { (tooShort, enough) = (enough, enough * 2) }
        while enough - tooShort > 1 {
            let middle = (tooShort + enough) / 2
            if reaches(middle) { enough = middle } else { tooShort = middle }
        }
        return .seconds(enough)
    }

    /// Sigma of an ewma's trend per sigma of a row and per row's time: that of the alpha-beta filter with the gains a and
    /// a squared.
    private static func trendGain(_ step: Double) -> Double {
        let a = 1 - exp(-step)
        return (2 * a * a * a / (4 - 2 * a - a * a)).squareRoot()
    }
}
