import Foundation
import ParkSimulator

/// Waiting on conditions through the kernel, on threads of their own: the cooperative pool stays free for other tests.
enum Waiting {
    /// Asks `condition` until it holds.
    /// - Returns: false when it did not within `limit`.
    static func until(
        within limit: Duration, every pause: Duration = .milliseconds(20), _ condition: @escaping @Sendable () -> Bool
    ) async -> Bool {
        await offPool { Poll.until(within: limit, every: pause, condition) }
    }

    /// Asks for something until it is there; nil when it was not within `limit`.
    static func first<Found: Sendable>(
        within limit: Duration, every pause: Duration = .milliseconds(20), _ find: @escaping @Sendable () -> Found?
    ) async -> Found? {
        await offPool {
            var found: Found?
            _ = Poll.until(within: limit, every: pause) {
                found = find()
                return found != nil
            }
            return found
        }
    }

    /// Lets a moment go by: only where the moment itself is what is tested (the time of a kill, ten seconds without a broker).
    static func pass(_ span: Duration) async { await offPool { _ = Poll.readable([], within: span) } }

    /// Does blocking work on a thread of its own.
    static func offPool<Answer: Sendable>(_ body: @escaping @Sendable () -> Answer) async -> Answer {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }
}

/// SplitMix64: the same moments for the same seed, on every machine.
struct SeededMoments: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .milliseconds(Int.random(in: range, using: &self))
    }
}
