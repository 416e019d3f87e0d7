package import PlantModel

/// A play for the park: what happens when, and what the daemon and its receivers must then show. All times are seconds after
/// the daemon said READY.
package struct ScenarioScript: Sendable, Equatable {
    package var name: String
    package var about: BilingualText
    /// How long it runs; expectations may end later only within ``graceSeconds``.
    package var seconds: Double
    /// Of all noise in the park.
    package var seed: UInt64
    package var steps: [Step]
    package var expectations: [Expectation]
    /// A raise that no expectation names is a failure too.
    package var nothingElse: Bool

    /// How long the last receipts may take after the scenario's end.
    package static let graceSeconds = 10.0

    package init(
        name: String, about: BilingualText = BilingualText(), seconds: Double, seed: UInt64 = 1, steps: [Step] = [],
        expectations: [Expectation] = [], nothingElse: Bool = false
    ) {
        self.name = name
        self.about = about
        self.seconds = seconds
        self.seed = seed
        self.steps = steps
        self.expectations = expectations
        self.nothingElse = nothingElse
    }

    /// One thing that happens.
    package struct Step: Sendable, Equatable {
        package var at: Double
        package var act: Act

        package init(at: Double, _ act: Act) {
            self.at = at
            self.act = act
        }
    }

    package enum Act: Sendable, Equatable {
        case move(ParkSignal, SignalMotion)
        /// A Modbus device misbehaves, for so long; nil: until it is healed.
        case fault(device: String, DeviceFault, seconds: Double?)
        case heal(device: String)
        /// An MQTT device tells nothing, or loses its connection without a word, for so long; nil: until it is healed.
        case absence(device: String, SimulatedPlant.Presence, seconds: Double?)
        case broker(BrokerAct)
        /// A person acknowledges the newest occurrence of a rule.
        case acknowledge(rule: String, comment: String)
    }

    package enum BrokerAct: String, Sendable, CaseIterable {
        case stop, start, kill
    }

    /// One transition that must come, and who must have been told.
    package struct Expectation: Sendable, Equatable {
        package var rule: String
        package var transition: String
        package var from: Double
        package var to: Double
        /// A webhook receipt for it is owed.
        package var webhook: Bool
        /// A record at the emergency platform is owed.
        package var platform: Bool

        package init(
            rule: String, transition: String, from: Double, to: Double, webhook: Bool = true, platform: Bool = true
        ) {
            self.rule = rule
            self.transition = transition
            self.from = from
            self.to = to
            self.webhook = webhook
            self.platform = platform
        }
    }
}
