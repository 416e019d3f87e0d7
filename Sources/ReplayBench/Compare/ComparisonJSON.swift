import AlarmLogic
import FoundationEssentials
import PlantModel
import PlantTime

/// A comparison for machines: everything that the text and the page show, and every alarm that differs. Times are UTC,
/// spans are seconds.
package struct ComparisonJSON: Codable {
    var schema = "hazardd.comparison/v1"
    var old: Side
    var new: Side
    var recording: String
    var rows: Int
    var from: String?
    var to: String?
    var isWhole: Bool
    var differs: Bool
    var pairedWithinSeconds: Double
    /// By verdict.
    var counts: [String: Int]
    /// Every rule that was changed, or whose alarms differ.
    var rules: [RulePart]

    struct Side: Codable {
        var rules: String
        var ruleCount: Int
        var alarms: Int
        var perHour: Double?
        var perDay: Double?
        var peakFixed: PeakPart
        var peakSliding: PeakPart
        var crowdedBinShare: Double
        var floods: [FloodPart]
        var floodSeconds: Double
        var floodShare: Double
        var chatteringSpells: Int
        var chatteringRules: Int
        var fleeting: Int
        var standing: Int
        var activeAtEnd: Int
        var busiest: [BusyPart]
        var busiestShare: Double
        var byPriority: [PriorityPart]
        var binStart: String
        var binSeconds: Double
        var bins: [Int]
    }

    struct PeakPart: Codable {
        var alarms: Int
        var at: String?
    }

    struct FloodPart: Codable {
        var from: String
        var to: String
    }

    struct BusyPart: Codable {
        var rule: String
        var alarms: Int
    }

    struct PriorityPart: Codable {
        var priority: String
        var alarms: Int
        var chatteringSpells: Int
        var fleeting: Int
        var standing: Int
    }

    struct RulePart: Codable {
        var rule: String
        var priority: String
        var inOld: Bool
        var inNew: Bool
        var changes: [ChangePart]
        var oldAlarms: Int
        var newAlarms: Int
        var differences: [DifferencePart]
    }

    struct ChangePart: Codable {
        var key: String
        var old: String?
        var new: String?
    }

    struct DifferencePart: Codable {
        var verdict: String
        var old: AlarmPart?
        var new: AlarmPart?
        var shiftSeconds: Double?
        var lengtheningSeconds: Double?
    }

    struct AlarmPart: Codable {
        var occurrence: UInt32
        var raisedAt: String
        var clearedAt: String?
        var value: Double?
        var level: UInt8
    }

    /// - Parameter recording: the name of what was played.
    package init(_ comparison: Comparison, recording: String) {
        self.recording = recording
        old = Side(comparison.old)
        new = Side(comparison.new)
        rows = comparison.old.outcome.tally.rows
        from = comparison.span.map { TimeText.utc($0.lowerBound) }
        to = comparison.span.map { TimeText.utc($0.upperBound) }
        isWhole = comparison.isWhole
        differs = comparison.differs
        pairedWithinSeconds = comparison.pairing.nearest.seconds
        counts = [:]
        for verdict in OccurrencePair.Verdict.allCases { counts[verdict.rawValue] = comparison.count(verdict) }
        rules = comparison.rules.filter { $0.differs || $0.isSilentChange }.map { RulePart($0) }
    }

    /// The text, the same for the same comparison.
    package func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [0x0A]
    }
}

extension ComparisonJSON.Side {
    init(_ record: RunRecord) {
        let figures = record.figures
        rules = record.label
        ruleCount = record.rules.count
        alarms = figures.all.raises
        perHour = figures.raisesPerHour
        perDay = figures.raisesPerDay
        peakFixed = .init(alarms: figures.peakFixed.raises, at: figures.peakFixed.at.map { TimeText.utc($0) })
        peakSliding = .init(alarms: figures.peakSliding.raises, at: figures.peakSliding.at.map { TimeText.utc($0) })
        crowdedBinShare = figures.crowdedBinShare
        floods = figures.floods.map { .init(from: TimeText.utc($0.from), to: TimeText.utc($0.to)) }
        floodSeconds = figures.floodTime.seconds
        floodShare = figures.floodShare
        chatteringSpells = figures.all.chatters
        chatteringRules = figures.all.chatteringRules
        fleeting = figures.all.fleeting
        standing = figures.all.standing
        activeAtEnd = figures.all.activeAtEnd
        busiest = record.busiest.map { .init(rule: $0.rule, alarms: $0.raises) }
        busiestShare = figures.busiestShare()
        byPriority = figures.byPriority.map { part in
            .init(
                priority: part.priority.word, alarms: part.counts.raises, chatteringSpells: part.counts.chatters,
                fleeting: part.counts.fleeting, standing: part.counts.standing)
        }
        binStart = TimeText.utc(figures.binStart)
        binSeconds = Double(AlarmPerformance.binMilliseconds) / 1000
        bins = figures.bins
    }
}

extension ComparisonJSON.RulePart {
    init(_ compared: RuleComparison) {
        rule = compared.id
        priority = compared.priority.word
        inOld = compared.old != nil
        inNew = compared.new != nil
        changes = compared.changes.map { .init(key: $0.key, old: $0.old, new: $0.new) }
        oldAlarms = compared.oldAlarms
        newAlarms = compared.newAlarms
        differences = compared.differences.map { pair in
            .init(
                verdict: pair.verdict.rawValue, old: pair.old.map { .init($0) }, new: pair.new.map { .init($0) },
                shiftSeconds: pair.shift?.seconds, lengtheningSeconds: pair.lengthening?.seconds)
        }
    }
}

extension ComparisonJSON.AlarmPart {
    init(_ alarm: AlarmOccurrence) {
        occurrence = alarm.number
        raisedAt = TimeText.utc(alarm.raisedAt)
        clearedAt = alarm.clearedAt.map { TimeText.utc($0) }
        value = alarm.value.flatMap { $0.isFinite ? $0 : nil }
        level = alarm.levelMax
    }
}
