import Glibc
import PlantModel
import PlantTime
import SiteProfile

/// One point of a script: which rows it gives and when. Pure; the same script gives the same rows.
struct ScriptedTrack {
    /// A row: when it comes, what it says, for when.
    struct Row: Equatable {
        var value: Double
        var quality: Quality
        /// How much the time that it speaks for is away from the time at which it comes.
        var shift: Duration
        var isTwice: Bool
    }

    let track: ReplayScript.Track
    /// Steps and ramps by their beginning, each with the level that it finds.
    private let moves: [(at: Duration, from: Double, shape: ReplayScript.Shape)]
    private let salt: UInt64
    private var last: Double?

    init(_ track: ReplayScript.Track) {
        self.track = track
        salt = StableHash.spread(track.point)
        var moves: [(at: Duration, from: Double, shape: ReplayScript.Shape)] = []
        let sorted = track.signals.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        for (_, signal) in sorted {
            switch signal.shape {
            case .step, .ramp:
                moves.append((signal.at, Self.level(at: signal.at, moves, track.value), signal.shape))
            default: continue
            }
        }
        self.moves = moves
    }

    /// The instant of the next row after one; rows stand on multiples of the period, in a burst on its own besides.
    func next(after offset: Duration) -> Duration {
        let period = track.period.nanoseconds
        var next = (offset.nanoseconds / period + 1) * period
        for signal in track.signals {
            guard case .burst(let span) = signal.shape else { continue }
            let (start, step) = (signal.at.nanoseconds, span.nanoseconds)
            let due = offset.nanoseconds < start ? start : start + ((offset.nanoseconds - start) / step + 1) * step
            if signal.covers(.nanoseconds(due)) { next = min(next, due) }
        }
        return .nanoseconds(next)
    }

    /// The row at an instant; nil when none comes. Asked in the order of time.
    mutating func row(at offset: Duration) -> Row? {
        var quality = Quality.good
        var shift = Duration.zero
        var isTwice = false
        var isFrozen = false
        for signal in track.signals where signal.covers(offset) {
            switch signal.shape {
            case .dropOut: return nil
            case .freeze: isFrozen = true
            case .late(let span): shift -= span
            case .clockJump(let milliseconds): shift += .milliseconds(milliseconds)
            case .duplicate: isTwice = true
            case .bad(let reason): quality = .bad(reason)
            case .exception(let code):
                guard let reason = Self.reason(ofException: code) else { return nil }
                quality = .bad(reason)
            case .step, .ramp, .sine, .drift, .noise, .spike, .burst: continue
            }
        }
        let value = isFrozen ? last ?? value(at: offset) : value(at: offset)
        last = value
        return Row(value: value, quality: quality, shift: shift, isTwice: isTwice)
    }

    /// What the exceptions of Modbus mean for a point (acquisition.md 3.1); nil for a busy device, which is asked again.
    static func reason(ofException code: UInt8) -> QualityReason? {
        switch code {
        case 1, 2, 3: .misconfigured
        case 5, 6: nil
        case 10, 11: .noTarget
        default: .deviceFault
        }
    }

    // MARK: Values

    private func value(at offset: Duration) -> Double {
        var value = Self.level(at: offset, moves, track.value)
        for signal in track.signals where signal.covers(offset) {
            let since = (offset - signal.at).seconds
            switch signal.shape {
            case .sine(let amplitude, let period): value += amplitude * sin(2 * Double.pi * since / period.seconds)
            case .drift(let change, let per): value += change * since / per.seconds
            case .noise(let deviation, let seed): value += deviation * unitNoise(seed, at: offset)
            default: continue
            }
        }
        for signal in track.signals where signal.covers(offset) {
            if case .spike(let target) = signal.shape { value = target.value(from: value) }
        }
        return value
    }

    private static func level(
        at offset: Duration, _ moves: [(at: Duration, from: Double, shape: ReplayScript.Shape)], _ value: Double
    ) -> Double {
        guard let move = moves.last(where: { $0.at <= offset }) else { return value }
        switch move.shape {
        case .step(let target): return target.value(from: move.from)
        case .ramp(let target, let span):
            let goal = target.value(from: move.from)
            let share = (offset - move.at).seconds / span.seconds
            return share >= 1 ? goal : move.from + (goal - move.from) * share
        default: return value
        }
    }

    /// About normal, exactly bounded, the same on every machine: twelve uniform numbers less six. It depends on the
    /// instant alone, so that other signals never move it.
    private func unitNoise(_ seed: UInt64, at offset: Duration) -> Double {
        var state = StableHash.mixed(salt ^ StableHash.mixed(seed ^ UInt64(bitPattern: offset.nanoseconds)))
        var sum = 0.0
        for _ in 0..<12 {
            state = StableHash.mixed(state)
            sum += Double(state >> 11) * 0x1p-53
        }
        return sum - 6
    }
}

extension ReplayScript.Signal {
    /// Whether it acts at an instant: from its beginning up to, not including, its end. A spike without a length is one row.
    func covers(_ offset: Duration) -> Bool {
        guard offset >= at else { return false }
        if let length { return offset < at + length }
        if case .spike = shape { return offset == at }
        return true
    }
}
