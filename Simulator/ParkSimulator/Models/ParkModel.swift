/// The whole simulated park as one value: the same seed, the same scenario and the same number of ticks give the same
/// registers and payloads, byte for byte. It knows no clock and no socket.
package struct ParkModel: Sendable, Equatable {
    /// The park moves on in steps of this length.
    package static let tickMilliseconds = 100
    private static let tickSeconds = Double(tickMilliseconds) / 1000

    /// Ticks since the park's start.
    package private(set) var ticks = 0
    private var tracks: [SignalTrack]
    private var noises: [SeededNoise]
    private var shown: [Double]
    private(set) var room: AmmoniaRoom
    private(set) var heartbeat: UInt16 = 0
    private var heartbeatAge = 0.0

    package init(seed: UInt64) {
        let signals = ParkSignal.allCases
        tracks = signals.map { SignalTrack($0.usual, sigma: $0.usualNoise) }
        noises = signals.indices.map { SeededNoise(seed: seed, stream: UInt64($0)) }
        shown = signals.map(\.usual)
        room = AmmoniaRoom(background: ParkSignal.ammoniaBackground.usual)
    }

    /// Seconds since the park's start.
    package var seconds: Double { Double(ticks) * Self.tickSeconds }

    /// What a signal is at the present tick, noise included.
    package subscript(signal: ParkSignal) -> Double { shown[Self.place(signal)] }

    /// Whether a switch of the park is on.
    package func isOn(_ signal: ParkSignal) -> Bool { self[signal] >= 0.5 }

    /// Moves a signal from a time on, which may lie between two ticks.
    package mutating func move(_ signal: ParkSignal, _ motion: SignalMotion, at seconds: Double) {
        tracks[Self.place(signal)].move(motion, at: seconds, shown: self[signal])
    }

    /// One tick on.
    package mutating func advance() {
        ticks += 1
        for place in tracks.indices {
            shown[place] = tracks[place].value(at: seconds, gaussian: noises[place].gaussian())
        }
        room.advance(
            by: Self.tickSeconds, leak: self[.ammoniaLeak], background: self[.ammoniaBackground],
            refuses: isOn(.fanRefuses), byHand: isOn(.fanByHand))
        heartbeatAge += Self.tickSeconds
        if heartbeatAge >= 0.999, !isOn(.sisHeartbeatStopped) {
            heartbeat &+= 1
            heartbeatAge = 0
        }
    }

    private static func place(_ signal: ParkSignal) -> Int { places[signal] ?? 0 }
    private static let places = Dictionary(
        uniqueKeysWithValues: ParkSignal.allCases.enumerated().map { ($0.element, $0.offset) })
}
