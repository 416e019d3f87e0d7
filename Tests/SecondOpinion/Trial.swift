package import PlantModel
import ReplayBench
import SiteProfile

/// One plant before both: the product and the slow evaluator.
package enum Trial {
    package enum Outcome: Sendable {
        /// Every event is the same. With an instant at which rounding may decide, only those before it were compared.
        case agree(Agreement)
        case differ(String)
        /// The rules or the recording are not fit to be run.
        case refused(String)
    }

    package struct Agreement: Sendable {
        package var events: Int
        package var isCutShort: Bool
        /// By kind of rule: raises that both have, those of silent rules not among them.
        package var raises: [String: Int]

        init(_ events: [EventLine], _ rules: RuleSet, isCutShort: Bool) {
            self.events = events.count
            self.isCutShort = isCutShort
            let kinds = Dictionary(rules.rules.map { ($0.id, $0.kind.word) }) { first, _ in first }
            let raised = events.filter { $0.event.hasPrefix("raise") }.compactMap { kinds[$0.rule] }
            raises = Dictionary(raised.map { ($0, 1) }, uniquingKeysWith: +)
        }
    }

    package static func plant(seed: UInt64) -> PaperPlant { RandomPlant.made(from: seed) }

    package static func run(_ plant: PaperPlant) -> Outcome {
        compare(rules: plant.rules, recording: plant.recording)
    }

    /// Both answers to a rule file and a recording.
    package static func compare(rules: String, recording: String) -> Outcome {
        do {
            let rules = try read(rules)
            let slow = slowEvents(rules, recording)
            let fast = try productEvents(rules, recording)
            guard let doubt = slow.doubtfulFrom.map(UTCText.text) else {
                let difference = EventLine.difference(expected: slow.events, found: fast)
                return difference.map { .differ($0) } ?? .agree(Agreement(fast, rules, isCutShort: false))
            }
            let found = fast.filter { $0.time < doubt }
            let difference = EventLine.difference(expected: slow.events.filter { $0.time < doubt }, found: found)
            return difference.map { .differ($0) } ?? .agree(Agreement(found, rules, isCutShort: true))
        } catch {
            return .refused("\(error)")
        }
    }

    package struct Refusal: Error, CustomStringConvertible { package let description: String }

    package static func read(_ rules: String) throws(Refusal) -> RuleSet {
        let file = RuleFile.read(text: rules, file: "rules.yaml")
        guard !file.hasErrors else {
            throw Refusal(description: file.diagnostics.map(\.description).joined(separator: "\n"))
        }
        return file.rules
    }

    package static func slowEvents(
        _ rules: RuleSet, _ recording: String
    ) -> (events: [EventLine], doubtfulFrom: Int64?) {
        var evaluator = SlowEvaluator(rules)
        let events = evaluator.run(RecordedRow.rows(of: recording))
        return (events, evaluator.doubtfulFrom)
    }

    /// What `hazardctl replay` would write.
    package static func productEvents(_ rules: RuleSet, _ recording: String) throws -> [EventLine] {
        let report = try Replay(rules: rules).run(ByteSource(text: recording, name: "recording.csv"))
        return EventLine.lines(of: String(decoding: report.sheet, as: UTF8.self))
    }

    // MARK: Shrinking

    /// A smaller plant that still makes the two differ: fewer rows, entries and keys, as long as the difference stays.
    /// - Parameter trials: at most so many runs.
    package static func shrunk(_ plant: PaperPlant, trials: Int = 3000) -> PaperPlant {
        var best = plant
        var left = trials
        func differs(_ candidate: PaperPlant) -> Bool {
            left -= 1
            if case .differ = run(candidate) { return true }
            return false
        }
        var hasShrunk = true
        while hasShrunk, left > 0 {
            hasShrunk = false
            var chunk = max(1, best.rows.count / 2)
            while chunk > 0 {
                var place = 0
                while place < best.rows.count, left > 0 {
                    var candidate = best
                    candidate.rows.removeSubrange(place..<min(place + chunk, best.rows.count))
                    if differs(candidate) { (best, hasShrunk) = (candidate, true) } else { place += chunk }
                }
                chunk /= 2
            }
            for index in best.entries.indices.reversed() where left > 0 {
                var candidate = best
                candidate.entries.remove(at: index)
                if differs(candidate) { (best, hasShrunk) = (candidate, true) }
            }
            for index in best.entries.indices {
                for key in best.entries[index].keys.indices.reversed() where left > 0 {
                    for candidate in best.without(key, of: index) where left > 0 && differs(candidate) {
                        (best, hasShrunk) = (candidate, true)
                        break
                    }
                }
            }
        }
        return best
    }

    /// A case for a person: both files and both lists.
    package static func report(_ plant: PaperPlant) -> String {
        var text = "--- rules.yaml\n\(plant.rules)--- recording.csv\n\(plant.recording)"
        func append(_ title: String, _ events: [EventLine]) {
            text += "--- \(title)\n" + events.map { "\($0)\n" }.joined()
        }
        do {
            let rules = try read(plant.rules)
            append("the slow evaluator says", slowEvents(rules, plant.recording).events)
            append("the product says", try productEvents(rules, plant.recording))
        } catch {
            text += "\(error)\n"
        }
        return text
    }
}
