package import PlantModel
package import PlantTime

/// A time line that a person wrote: what each point reads over time, when devices fall silent, and what people do about it.
/// Instants are spans from the script's beginning.
package struct ReplayScript: Sendable, Equatable {
    /// When the line begins; nil: with the other sources of the replay.
    package var start: PlantInstant?
    package var length: Duration
    package var seed: UInt64
    /// In the order of the file, which is their order at one instant.
    package var tracks: [Track]
    package var lastWills: [LastWill]
    package var actions: [Action]

    /// One point: a row each period, made of a value and the signals over it.
    package struct Track: Sendable, Equatable {
        package var point: String
        package var place: SourceLocation
        package var period: Duration
        package var value: Double
        package var signals: [Signal]
    }

    /// Something that happens to a point from an instant on, for a while or for good.
    package struct Signal: Sendable, Equatable {
        package var shape: Shape
        package var at: Duration
        /// nil: to the end of the line.
        package var length: Duration?

        package init(_ shape: Shape, at: Duration, length: Duration?) {
            self.shape = shape
            self.at = at
            self.length = length
        }
    }

    /// Where a step, a ramp or a spike goes.
    package enum Target: Sendable, Equatable {
        case to(Double)
        case by(Double)

        package func value(from present: Double) -> Double {
            switch self {
            case .to(let value): value
            case .by(let change): present + change
            }
        }
    }

    package enum Shape: Sendable, Equatable {
        case step(Target)
        case ramp(Target, over: Duration)
        case sine(amplitude: Double, period: Duration)
        /// A straight line on top of everything, from its beginning on.
        case drift(by: Double, per: Duration)
        /// Standard deviation; never more than six of them.
        case noise(deviation: Double, seed: UInt64)
        case spike(Target)
        /// The last reading before it comes again and again.
        case freeze
        /// No rows at all.
        case dropOut
        /// Rows come faster.
        case burst(period: Duration)
        /// Rows come so much later than the time they speak for.
        case late(by: Duration)
        /// Each row comes twice.
        case duplicate
        /// The source's clock is wrong by so much, in milliseconds; positive is ahead.
        case clockJump(milliseconds: Int64)
        /// The device answers with a Modbus exception.
        case exception(code: UInt8)
        case bad(QualityReason)
    }

    /// A device is gone: its points turn bad, and stay silent until it is back.
    package struct LastWill: Sendable, Equatable {
        package var device: String
        package var place: SourceLocation
        package var at: Duration
        package var length: Duration?
    }

    /// What a person does.
    package struct Action: Sendable, Equatable {
        package var verb: OperatorCommand.Verb
        package var rule: String
        package var place: SourceLocation
        package var at: Duration
        /// nil: the occurrence that stands then.
        package var occurrence: UInt32?
        package var version: UInt32?
        package var actor: String
        package var comment: String
    }
}

/// What a script file holds. With an error among the diagnostics there is no script.
package struct ReplayScriptResult: Sendable {
    package let script: ReplayScript?
    /// In reading order.
    package let diagnostics: [Diagnostic]
}
