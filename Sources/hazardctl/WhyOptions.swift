import ArgumentParser
import FoundationEssentials
import PlantModel
import PlantTime
import ReplayBench

/// What `why` and `why-not` share: which site and state to read, and how to speak.
struct WhyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The station's state folder, read only; it may be running. 状态目录(默认 $STATE_DIRECTORY,或 /var/lib/hazardd)",
            valueName: "folder"), completion: .directory)
    var state: String?

    @Option(
        help: ArgumentHelp("The site folder whose rules judge. 站点目录(默认 /etc/hazardd)", valueName: "folder"),
        completion: .directory)
    var site: String?

    @OptionGroup var profiles: ProfileFolders

    @Flag(help: "One JSON object with the sentences in both languages. 以 JSON 输出") var json = false
    @Option(help: "Language, zh or en. 语言") var lang: Language?
    @Option(
        help: ArgumentHelp("Offset from UTC of the times shown; the default is the site's. 时区", valueName: "+08:00"))
    var tz: String?

    func validate() throws {
        if let tz, CompareOptions.offset(tz) == nil {
            throw ValidationError("--tz takes an offset from UTC such as +08:00 or Z, found \(tz)")
        }
    }

    var language: Language { lang ?? Language.ofShell(Terminal.environment) }

    func siteFolder() -> String { site ?? "/etc/hazardd" }
    func stateFolder() -> String { state ?? Terminal.environment("STATE_DIRECTORY") ?? "/var/lib/hazardd" }

    func manner(_ rules: PlayedRules, unit: String) -> WhyManner {
        WhyManner(
            utcOffsetSeconds: tz.flatMap(CompareOptions.offset) ?? rules.utcOffsetSeconds, unit: unit)
    }

    /// Prints an answer.
    /// - Throws: exit status 1 when it is none.
    func tell(_ answer: WhyAnswer) throws {
        Terminal.answer(try json ? WhyText.json(answer) : WhyText.text(answer, language))
        if !answer.isAnswered { throw ExitStatus.no.code }
    }
}

/// Answers as a person, or a machine, reads them.
enum WhyText {
    /// `answer  NH3-101.HH, occurrence 7, was raised ...`: a heading for each topic, its sentences under each other.
    static func text(_ answer: WhyAnswer, _ language: Language) -> String {
        let headings = WhyLine.Topic.allCases.map { $0.heading.text(language) }
        let width = headings.map { CharacterWidth.columns($0) }.max() ?? 0
        var last: WhyLine.Topic?
        return answer.lines.map { line in
            let heading = line.topic == last ? "" : line.topic.heading.text(language)
            last = line.topic
            return CharacterWidth.padded(heading, to: width) + "  " + line.text.text(language)
        }.joined(separator: "\n")
    }

    private struct Answer: Encodable {
        struct Line: Encodable {
            var topic: String
            var text: BilingualText
        }
        var schema = "hazardd.why/v1"
        var isAnswered: Bool
        var lines: [Line]
    }

    static func json(_ answer: WhyAnswer) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let lines = answer.lines.map { Answer.Line(topic: $0.topic.rawValue, text: $0.text) }
        return String(
            decoding: try encoder.encode(Answer(isAnswered: answer.isAnswered, lines: lines)), as: UTF8.self)
    }
}
