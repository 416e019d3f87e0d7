import ArgumentParser
import EventJournal
import PlantModel
import PlantTime
import ReplayBench
import StationPorts

/// `hazardctl why EVENT`: which sample, which clause, which timer, which mask, who was told.
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Tell why an alarm came, went or changed. 某次报警为何触发、消除或变化。",
        discussion: """
            The journal says what happened; the inputs that the station logged are played through the very core up to \
            that instant, and the answer names the sample, the clause of the rule, the timer, the mask, what the rule \
            was, the delays between the stages, who answered and who was told. Files are opened read-only; the station \
            may be running.

            Examples:
              hazardctl why NH3-101.HH/7              the raise of occurrence 7
              hazardctl why NH3-101.HH/7/clear        its clear
              hazardctl why 90412                     a journal sequence
              hazardctl why demo/NH3-101.HH/7/raise/0/1 --state /var/lib/hazardd --site /etc/hazardd

            Exit status: 0 answered, 1 no such event, or the log does not reach back to it (what the journal says is \
            told all the same), 64 wrong usage, 69 no journal there.
            """)

    @Argument(help: "A journal sequence, an event key, or RULE/OCCURRENCE. 日志序号、事件键或 规则/次数") var event: String
    @OptionGroup var options: WhyOptions

    func run() throws {
        try Refusal.told {
            let played = try PlayedRules.site(options.siteFolder(), profileFolders: options.profiles.all)
            let records = try StationRecords(options, played)
            let journal = try records.openJournal()
            guard let record = try EventReference(event).record(in: journal) else {
                throw Refusal(
                    .no, "\(event): the journal has no such event; hazardctl journal show lists them / 日志中没有此事件")
            }
            let companions = try journal.records(rule: record.rule, occurrence: record.occurrence)
            let inquiry = WhyInquiry(
                record, companions: companions, messages: try journal.messages(about: record.sequence),
                stamps: try journal.stamps(of: record.sequence),
                people: played.people, manner: options.manner(played, unit: played.unit(of: record.rule)))
            try options.tell(inquiry.answer(evidence(record, records)))
        }
    }

    private func evidence(_ record: AlarmRecord, _ records: StationRecords) throws -> WhyInquiry.Evidence {
        guard record.actor == nil else { return .none(BilingualText()) }
        do {
            return .trace(try records.trace(record))
        } catch let missing as RuleNotInForce {
            return .none(
                BilingualText(
                    chinese: "规则 \(missing.id) 已不再生效,无法回放",
                    english: "rule \(missing.id) is no longer in force: nothing to play"))
        } catch let refusal as Refusal {
            return .none(BilingualText(chinese: refusal.line, english: refusal.line))
        } catch let mistake as RecordingMistake {
            return .none(BilingualText(chinese: "\(mistake)", english: "\(mistake)"))
        }
    }
}
