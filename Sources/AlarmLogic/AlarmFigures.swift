package import PlantModel
package import PlantTime

/// How much a span of time asked of the person at the desk (semantics.md E), with the figures that domain.md 3.12 names as
/// targets.
package struct AlarmFigures: Sendable, Equatable {
    package var from: PlantInstant
    package var to: PlantInstant
    package var all: Counts
    /// Highest first.
    package var byPriority: [OfPriority]
    /// The start of the first bin of ten minutes.
    package var binStart: PlantInstant
    /// Raises in each bin of ten minutes, the first and the last not whole.
    package var bins: [Int]
    /// More raises than this in ten minutes are more than one person can answer.
    package var binLimit: Int
    /// The fullest of the fixed bins; `at` is its start.
    package var peakFixed: Peak
    /// The most raises in any ten minutes; `at` is their end.
    package var peakSliding: Peak
    /// In order; one that lasts is cut at the end of the span.
    package var floods: [FloodDetector.Flood]
    /// By ``RuleIndex``.
    package var raisesByRule: [Int]
    package var chattersByRule: [Int]

    package struct Counts: Sendable, Equatable {
        package var raises = 0
        /// Raised and cleared before anybody could act.
        package var fleeting = 0
        /// Spells in which one rule was raised over and over.
        package var chatters = 0
        package var chatteringRules = 0
        /// Occurrences that were active for longer than a day, ended or not.
        package var standing = 0
        package var activeAtEnd = 0

        package init() {}
    }

    package struct OfPriority: Sendable, Equatable {
        package var priority: Priority
        package var counts: Counts
    }

    package struct Peak: Sendable, Equatable {
        package var raises: Int
        /// nil when there was no raise.
        package var at: PlantInstant?

        package init(raises: Int, at instant: PlantInstant?) {
            self.raises = raises
            at = instant
        }
    }

    package var span: Duration { to - from }

    /// Raises per hour; nil for a span of less than a minute, from which no rate can be told.
    package var raisesPerHour: Double? { span < .seconds(60) ? nil : Double(all.raises) / (span.seconds / 3600) }
    package var raisesPerDay: Double? { raisesPerHour.map { $0 * 24 } }
    /// Raises in the mean ten minutes.
    package var raisesPerTenMinutes: Double? { raisesPerHour.map { $0 / 6 } }

    package var floodTime: Duration { floods.reduce(.zero) { $0 + $1.length } }
    /// 0 to 1.
    package var floodShare: Double { span > .zero ? floodTime.seconds / span.seconds : 0 }
    /// The share of bins above the limit, 0 to 1.
    package var crowdedBinShare: Double {
        bins.isEmpty ? 0 : Double(bins.count { $0 > binLimit }) / Double(bins.count)
    }

    /// The busiest rules, most raises first, in the file's order where equal; none without a raise.
    package func busiest(_ count: Int = 10) -> [(rule: RuleIndex, raises: Int)] {
        raisesByRule.indices.filter { raisesByRule[$0] > 0 }
            .sorted { (raisesByRule[$1], $0) < (raisesByRule[$0], $1) }
            .prefix(count).map { (RuleIndex(offset: $0), raisesByRule[$0]) }
    }

    /// The busiest rules' share of all raises, 0 to 1.
    package func busiestShare(_ count: Int = 10) -> Double {
        all.raises == 0 ? 0 : Double(busiest(count).reduce(0) { $0 + $1.raises }) / Double(all.raises)
    }

    /// What a well-run desk stays within: EEMUA 191 and ISA-18.2 as domain.md 3.12 quotes them. Data for showing; nothing
    /// is decided by them.
    package struct Targets: Sendable, Equatable {
        package var raisesPerTenMinutes = 1.0
        package var raisesPerTenMinutesMax = 2.0
        package var floodShare = 0.01
        package var busiestShare = 0.05
        package var standing = 5
        package var chatters = 0
        /// Of the raises: critical, high, and the rest together.
        package var criticalShare = 0.05
        package var highShare = 0.15

        package init() {}
    }
}
