import EventJournal
import FoundationEssentials
import PlantModel
import PlantTime
import ReplayBench
import SampleHistory
import StationPorts

/// The records of one station, opened read-only: its journal and its input log.
struct StationRecords {
    private let folder: String
    private let rules: PlayedRules
    private let language: Language

    init(_ options: WhyOptions, _ rules: PlayedRules) throws {
        folder = options.stateFolder()
        self.rules = rules
        language = options.language
    }

    /// - Throws: ``Refusal`` when there is none, or it cannot be read.
    func openJournal() throws -> JournalReader {
        let file = JournalPaths(folder: "\(folder)/journal").file
        guard FileManager.default.fileExists(atPath: file) else {
            throw Refusal(.notReached, Phrase.noJournal(language, ["folder": folder, "files": file]))
        }
        do {
            return try JournalReader(file: file)
        } catch {
            throw Refusal(.notReached, Phrase.journalUnreadable(language, ["file": file, "what": "\(error)"]))
        }
    }

    private func evidence() throws -> LogEvidence {
        let log: HistoryReader
        do {
            log = try HistoryReader(folder)
        } catch {
            throw Refusal(.notReached, "\(folder): \(error)")
        }
        // A log can be asked without a journal: alarms then begin as normal.
        return LogEvidence(log, journal: try? openJournal(), replay: rules.replay)
    }

    func trace(
        _ rule: String, from: PlantInstant, at moment: PlantInstant, through last: PlantInstant
    ) throws -> RuleTrace {
        do {
            return try evidence().trace(rule, from: from, at: moment, through: last)
        } catch let fault as HistoryFault {
            throw Refusal(.notReached, "\(folder): \(fault)")
        }
    }

    /// - Throws: ``Refusal`` when the log does not reach back to the event.
    func trace(_ record: AlarmRecord) throws -> RuleTrace {
        do {
            return try evidence().trace(of: record)
        } catch let reach as LogEvidence.OutOfReach {
            let kept = reach.first.map { "\($0) – \(reach.last)" } ?? "–"
            throw Refusal(
                .no, Phrase.logOutOfReach(language, ["input": "\(reach.input)", "kept": kept]))
        } catch let fault as HistoryFault {
            throw Refusal(.notReached, "\(folder): \(fault)")
        }
    }
}
