import ArgumentParser
import EventJournal
import FoundationEssentials
import StationPorts

extension JournalCommand {
    /// Opens the file itself, read-only: the proof must not depend on the station that wrote it.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every row of the chain, from the first to the head. 校验日志链的每一条记录。",
            discussion: """
                hazardctl journal verify --state /var/lib/hazardd
                hazardctl journal verify copy-of-journal.sqlite

                Exit status 0: every row is as it was written. 1: the chain is broken; the first such row is named. \
                69: the file cannot be read. The file may be in use.
                """)

        @Argument(help: "The journal file. 日志文件") var file: String?
        @Option(help: "The station's state folder. 状态目录(默认 $STATE_DIRECTORY,或 /var/lib/hazardd)") var state: String?
        @Option(help: "Language, zh or en. 语言") var lang: Language?

        func validate() throws {
            if file != nil, state != nil { throw ValidationError("name a file or --state, not both") }
        }

        func run() throws {
            try Refusal.told {
                Terminal.tellInterrupts()
                let language = lang ?? Language.ofShell(Terminal.environment)
                let path = try file ?? journalFile(language)
                let report: JournalVerifier.Report
                do {
                    report = try JournalVerifier.verify(file: path)
                } catch {
                    throw Refusal(.notReached, Phrase.journalUnreadable(language, ["file": path, "what": "\(error)"]))
                }
                Terminal.answer(Self.line(report, language))
                if !report.isUnbroken { throw ExitStatus.no.code }
            }
        }

        /// The journal in a state folder; the folder of the journal itself will do too.
        private func journalFile(_ language: Language) throws -> String {
            let folder = state ?? Terminal.environment("STATE_DIRECTORY") ?? "/var/lib/hazardd"
            let candidates = [JournalPaths(folder: folder + "/journal").file, JournalPaths(folder: folder).file]
            guard let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
                let files = candidates.joined(separator: ", ")
                throw Refusal(.notReached, Phrase.noJournal(language, ["folder": folder, "files": files]))
            }
            return found
        }

        static func line(_ report: JournalVerifier.Report, _ language: Language) -> String {
            if let broken = report.firstBreak { return Phrase.chainBroken(language, ["what": "\(broken)"]) }
            guard report.rows > 0, let head = report.verified else { return Phrase.journalEmpty(language) }
            return Phrase.chainUnbroken(
                language,
                [
                    "rows": "\(report.rows)", "sequence": "\(head.sequence)", "journal": head.journalID,
                    "hash": String(head.hash.prefix(16)),
                ])
        }
    }
}
