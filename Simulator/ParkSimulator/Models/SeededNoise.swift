import Glibc

/// Noise that is the same for the same seed, on every machine: SplitMix64 behind a Box-Muller transform.
package struct SeededNoise: Sendable, Equatable, RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    /// A stream of its own for each signal, so that a new signal does not shift the noise of the old ones.
    init(seed: UInt64, stream: UInt64) {
        state = seed &+ (stream &+ 1) &* 0xD1B5_4A32_D192_ED03
        _ = next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number of the standard normal distribution, held to three sigma: no instrument of the park throws wild values
    /// unless a scenario says so.
    package mutating func gaussian() -> Double {
        let first = (Double(next() >> 11) + 1) / 9_007_199_254_740_992
        let second = Double(next() >> 11) / 9_007_199_254_740_992
        let value = (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
        return min(max(value, -3), 3)
    }
}
