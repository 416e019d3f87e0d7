/// The refrigeration machine room: one well-mixed volume of air, a leak, and an exhaust fan with a controller that switches
/// it on by itself.
///
/// `dC/dt = leak - k (C - background)`, with k for the closed room or for the running fan.
struct AmmoniaRoom: Sendable, Equatable {
    /// Air changes per second with closed doors: small.
    static let closedRate = 0.004
    /// With the exhaust fan: the room is fresh again within about 20 s.
    static let fanRate = 0.22
    /// The controller wants the fan from here on ...
    static let fanWantedPPM = 50.0
    /// ... until the room is this clean again.
    static let fanReleasedPPM = 10.0
    /// From command to the contact that says "running", seconds.
    static let fanRunUp = 1.0

    private(set) var concentrationPPM: Double
    private(set) var fanIsWanted = false
    private(set) var fanRuns = false
    private var runUp = 0.0

    init(background: Double) { concentrationPPM = background }

    mutating func advance(by seconds: Double, leak: Double, background: Double, refuses: Bool, byHand: Bool) {
        let rate = fanRuns ? Self.fanRate : Self.closedRate
        concentrationPPM += seconds * (leak - rate * (concentrationPPM - background))
        concentrationPPM = max(0, concentrationPPM)
        if concentrationPPM >= Self.fanWantedPPM { fanIsWanted = true }
        if concentrationPPM <= Self.fanReleasedPPM { fanIsWanted = false }
        if byHand || (fanIsWanted && !refuses) {
            runUp += seconds
            fanRuns = runUp >= Self.fanRunUp
        } else {
            runUp = 0
            fanRuns = false
        }
    }
}
