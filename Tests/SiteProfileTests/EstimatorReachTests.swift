import Foundation
import PlantModel
import Testing

@testable import SiteProfile

/// Normal noise of sigma 1 from a seed: the sum of twelve uniform numbers, less six.
private struct Noise {
    private var state: UInt64 = 20_261_125

    mutating func next() -> Double {
        (0..<12).reduce(-6) { sum, _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return sum + Double(state >> 11) / Double(1 << 53)
        }
    }
}

private func deviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
}

/// The slopes that estimators find in pure noise say what a limit must exceed.
@Suite struct `The reach of an estimator` {
    @Test func `of least squares is three sigma of its slopes in noise`() {
        var noise = Noise()
        let slopes = (0..<4000).map { _ -> Double in
            // 61 rows, one a second.
            var (sumTX, sumTT) = (0.0, 0.0)
            for row in 0...60 {
                let t = Double(row) - 30
                sumTX += t * noise.next()
                sumTT += t * t
            }
            return sumTX / sumTT
        }
        let reach = EstimatorReach(estimator: .leastSquares(window: .seconds(60)), period: .seconds(1))
        #expect(reach.rows == 61)
        #expect(abs(reach.smallestLimit(sigma: 1) / (3 * deviation(slopes)) - 1) < 0.05)
    }

    @Test(arguments: [5, 20, 100])
    func `of an ewma is three sigma of its trend in noise`(tau: Int) {
        var noise = Noise()
        let a = 1 - exp(-1 / Double(tau))
        var (level, trend, trends) = (0.0, 0.0, [Double]())
        for row in 0..<200_000 {
            let x = noise.next()
            let next = level + trend + a * (x - level - trend)
            trend += a * ((next - level) - trend)
            level = next
            if row > 20 * tau { trends.append(trend) }
        }
        let reach = EstimatorReach(estimator: .ewma(tau: .seconds(tau)), period: .seconds(1))
        #expect(abs(reach.smallestLimit(sigma: 1) / (3 * deviation(trends)) - 1) < 0.1)
    }

    @Test func `of an ewma lags a ramp that begins by its time constant`() {
        let a = 1 - exp(-1 / 50.0)
        var (level, trend, lag) = (0.0, 0.0, 0.0)
        for row in 0..<2000 {
            let next = level + trend + a * (Double(row) - level - trend)
            trend += a * ((next - level) - trend)
            level = next
            // What is missing of a slope of 1, summed over time, is by how much it comes late.
            lag += 1 - trend
        }
        #expect(abs(lag - 50) < 2)
        #expect(EstimatorReach(estimator: .ewma(tau: .seconds(50)), period: .seconds(1)).lag == .seconds(50))
    }

    @Test func `of theil_sen keeps 64 rows at most`() {
        let reach = EstimatorReach(estimator: .theilSen(window: .seconds(86_400)), period: .seconds(1))
        #expect(reach.rowsKept == 64)
        #expect(reach.lag == .seconds(43_200))
        #expect(abs(reach.smallestLimit(sigma: 1) - 3 * 12.0.squareRoot() / (86_400 * 8)) < 1e-15)
    }

    @Test func `says which window would do, and none shorter would`() {
        let reach = EstimatorReach(estimator: .leastSquares(window: .seconds(10)), period: .seconds(1))
        let enough = reach.enough(for: 0.01, sigma: 0.1)
        func smallest(_ window: Duration) -> Double {
            EstimatorReach(estimator: .leastSquares(window: window), period: .seconds(1)).smallestLimit(sigma: 0.1)
        }
        #expect(smallest(enough) <= 0.01 && smallest(enough - .seconds(1)) > 0.01)
    }

    @Test func `takes the larger of noise and what reading in steps adds`() {
        #expect(EstimatorReach.sigma(resolution: nil, noise: nil) == nil)
        #expect(EstimatorReach.sigma(resolution: 0.1, noise: nil) == 0.1 / 12.0.squareRoot())
        #expect(EstimatorReach.sigma(resolution: 0.1, noise: 3) == 3)
    }
}
