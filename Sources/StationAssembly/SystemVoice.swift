import PlantModel
import PlantTime
import StationPorts
import Synchronization

/// The station's own points (`sys.*`): what it notices about itself is published through the input ring and judged by the
/// shipped rules like any other point.
final class SystemVoice: Sendable {
    private struct State {
        var outlet: RingOutlet
        var values: [PointIndex: Double] = [:]
    }

    private let state: Mutex<State>
    private let points: [String: PointIndex]
    private let clock: any PlantClock
    private let source: UInt16

    /// - Parameter points: the station's system points by tag.
    init(points: [String: PointIndex], outlet: sending RingOutlet, clock: any PlantClock, source: UInt16) {
        self.points = points
        state = Mutex(State(outlet: outlet))
        self.clock = clock
        self.source = source
    }

    /// Says a value now, if it has changed since it was last said; a tag that the site does not have says nothing. Any thread.
    func say(_ tag: String, _ value: Double) {
        guard let point = points[tag] else { return }
        state.withLock { state in
            guard state.values[point] != value else { return }
            state.values[point] = value
            publish([point: value], through: state.outlet)
        }
    }

    /// Says every value again, so that the station's own points are never stale. Any thread, every few seconds.
    func repeatAll() {
        state.withLock { state in
            for point in points.values where state.values[point] == nil { state.values[point] = 0 }
            publish(state.values, through: state.outlet)
        }
    }

    private func publish(_ values: [PointIndex: Double], through outlet: RingOutlet) {
        let now = clock.now()
        let samples = values.sorted { $0.key < $1.key }.map {
            Sample(point: $0.key, at: now.wholeMillisecond, .good($0.value))
        }
        // A full ring keeps the station's own values for the next time round: they are repeated every few seconds.
        _ = outlet.publish(samples, at: now, source: source, safety: true)
    }
}

/// Several things that one point of the station speaks for: it says 1 while any of them is in trouble.
final class TroubleBook: Sendable {
    private let troubled = Mutex<Set<String>>([])
    private let voice: SystemVoice
    private let tag: String

    init(tag: String, voice: SystemVoice) {
        self.tag = tag
        self.voice = voice
    }

    /// Any thread.
    func note(_ what: String, isTroubled: Bool) {
        // Said under the lock: one that recovers must not speak after another that has just failed.
        troubled.withLock { troubled in
            if isTroubled { troubled.insert(what) } else { troubled.remove(what) }
            voice.say(tag, troubled.isEmpty ? 0 : 1)
        }
    }
}
