package import PlantTime

/// What is known of a gateway that stands still while it waits for a dead unit itself.
///
/// A probe that we give up may still be at the gateway, which then asks nobody else before its own time-out has passed. Whoever
/// is asked right behind it is given that time, lest a sound unit is taken for a silent one. Where such standing still is
/// seen, waiting less for the dead unit gains its siblings nothing: for an hour, probes wait in full again.
package struct LineHold: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// It asks those behind when its time-out has passed.
        case holds
        /// Or it forgets what it is asked meanwhile: those behind are better asked anew than waited for.
        case forgets
    }

    /// So long does a finding count; one lost frame behind a probe looks the same.
    package static let findingLife = Duration.seconds(3600)

    /// When the probe left that may still be at the gateway.
    package private(set) var probeSentAt = PlantInstant.distantPast
    private var mayLastUntil = PlantInstant.distantPast
    /// When one left that stood behind a probe and was given up itself.
    private var leftBehind: PlantInstant?
    private var finding = Kind.holds
    private var foundUntil = PlantInstant.distantPast

    package init() {}

    /// A probe was given up: until `limit` the line may still be held for it.
    package mutating func begin(sentAt: PlantInstant, until limit: PlantInstant) {
        probeSentAt = sentAt
        mayLastUntil = limit
    }

    /// One that had been given its time behind a probe was given up in the end.
    package mutating func noteLeftBehind(sentAt: PlantInstant) { leftBehind = sentAt }

    /// Something has come back for what left then: a line that asks in turn is past all that left before.
    package mutating func noteAnswer(toRequestOf sentAt: PlantInstant, at now: PlantInstant) {
        if let left = leftBehind, sentAt >= left {
            leftBehind = nil
            // Another one's turn has come: the one before it is not in the queue.
            note(sentAt == left ? .holds : .forgets, at: now)
        }
        if sentAt >= probeSentAt { mayLastUntil = .distantPast }
    }

    package mutating func note(_ kind: Kind, at now: PlantInstant) {
        finding = kind
        foundUntil = now + Self.findingLife
    }

    /// What the gateway was seen to do; nil while nothing is known.
    package func kind(at now: PlantInstant) -> Kind? { now < foundUntil ? finding : nil }

    /// How much longer the line may be held, for those whom that helps.
    package func rest(at now: PlantInstant) -> Duration {
        kind(at: now) == .forgets ? .zero : max(mayLastUntil - now, .zero)
    }

    /// The connection went, and what stood at the gateway with it; what is known of the gateway stays.
    package mutating func noteConnectionLost() {
        mayLastUntil = .distantPast
        leftBehind = nil
    }
}
