import Glibc

/// How a scenario moves one signal. Times and spans in seconds.
package enum SignalMotion: Sendable, Equatable {
    /// At once to this value, and stays.
    case step(to: Double)
    /// In a straight line from where it is to this value, then stays.
    case ramp(to: Double, over: Double)
    /// Up and down around where it is, for ever; starts rising.
    case sine(amplitude: Double, period: Double)
    /// One sigma of its noise from now on.
    case noise(sigma: Double)
    /// Off by this much for a while, then as if nothing had been.
    case spike(by: Double, for: Double)
    /// Shows its present value, noise included, for a while; nil: until it is moved again.
    case freeze(for: Double?)
}

/// The course of one signal: a value as a function of time. Pure.
struct SignalTrack: Sendable, Equatable {
    private enum Base: Sendable, Equatable {
        case hold(Double)
        case ramp(from: Double, to: Double, start: Double, span: Double)
        case sine(centre: Double, amplitude: Double, period: Double, start: Double)
    }

    private struct Window: Sendable, Equatable {
        var value: Double
        var start: Double
        var end: Double

        func holds(at time: Double) -> Bool { time >= start && time < end }
    }

    private var base: Base
    private var sigma: Double
    private var spike: Window?
    private var frozen: Window?

    init(_ value: Double, sigma: Double) {
        base = .hold(value)
        self.sigma = sigma
    }

    /// - Parameters:
    ///   - time: since the park's start.
    ///   - gaussian: this tick's draw.
    func value(at time: Double, gaussian: Double) -> Double {
        if let frozen, frozen.holds(at: time) { return frozen.value }
        let excess = spike.map { $0.holds(at: time) ? $0.value : 0 } ?? 0
        return level(at: time) + excess + sigma * gaussian
    }

    /// Without noise, spike and freeze.
    private func level(at time: Double) -> Double {
        switch base {
        case .hold(let value): value
        case .ramp(let from, let to, let start, let span):
            span <= 0 ? to : from + (to - from) * min(max((time - start) / span, 0), 1)
        case .sine(let centre, let amplitude, let period, let start):
            centre + amplitude * sin(2 * .pi * (time - start) / period)
        }
    }

    /// - Parameter shown: the value that is shown at that instant, which a freeze keeps.
    mutating func move(_ motion: SignalMotion, at time: Double, shown: Double) {
        switch motion {
        case .step(let to):
            base = .hold(to)
            frozen = nil
        case .ramp(let to, let span):
            base = .ramp(from: level(at: time), to: to, start: time, span: span)
            frozen = nil
        case .sine(let amplitude, let period):
            base = .sine(centre: level(at: time), amplitude: amplitude, period: period, start: time)
            frozen = nil
        case .noise(let sigma): self.sigma = sigma
        case .spike(let excess, let span): spike = Window(value: excess, start: time, end: time + span)
        case .freeze(let span): frozen = Window(value: shown, start: time, end: time + (span ?? .infinity))
        }
    }
}
