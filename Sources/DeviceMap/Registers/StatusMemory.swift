import PlantModel
import PlantTime

/// The newest raw words of one unit's status points that are read in other requests than the values that they qualify
/// (`qualified_apart`): a controller that keeps its channels' values in one part of the table and their states in another.
/// - Note: owned by whoever decodes the unit's answers.
package struct StatusMemory: Sendable, Equatable {
    private struct Word: Equatable {
        var pattern: UInt64
        var at: PlantInstant
    }

    private var words: [PointIndex: Word] = [:]

    package init() {}

    mutating func note(_ pattern: UInt64, of status: PointIndex, at instant: PlantInstant) {
        words[status] = Word(pattern: pattern, at: instant)
    }

    /// The last word of a status point; nil when none came within two of its periods.
    func pattern(of status: RegisterPoint, at now: PlantInstant) -> UInt64? {
        guard let word = words[status.point], now - word.at <= status.period * 2 else { return nil }
        return word.pattern
    }
}
