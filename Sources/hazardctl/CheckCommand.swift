import ArgumentParser
import Glibc
import PlantModel
import SiteProfile

/// `hazardctl check SITE`: every mistake of a site folder, or of one rule file, at once.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a site folder or a rule file; tell every mistake at its line.",
        discussion: """
            Reads site.yaml, site.d/*.yaml, rules/*.yaml and the device profiles they name, exactly as hazardd does, \
            opens no connection and changes nothing. Mistakes go to standard error, one a line, as \
            file:line:column: error: what was found and what would do; the count goes to standard output.

            Examples:
              hazardctl check /etc/hazardd
              hazardctl check /etc/hazardd/rules/ammonia.yaml
              hazardctl check --without-addresses Simulator/DemoSite --profiles DeviceProfiles
              hazardctl check --expanded /etc/hazardd > in-force.yaml

            --expanded writes the rules that would be in force to standard output, as one flat rule file: templates \
            expanded, limits in their points' units. Two of them can be compared with diff, and replay --rules takes \
            them. The count then goes to standard error.

            --verbose adds notes: how far each estimator of a rate lags, and the smallest limit it can see.

            Exit status: 0 without errors, 1 with at least one, 64 wrong usage.
            """)

    @Argument(help: "A site folder, or one rule file.", completion: .file())
    var site: String

    @OptionGroup var profiles: ProfileFolders

    @Flag(help: "Hosts, ports and URLs may still be missing: a warning instead of an error.")
    var withoutAddresses = false

    @Flag(help: "Warnings count as errors.")
    var strict = false

    @Flag(help: "Write the rules in force, as one flat rule file.")
    var expanded = false

    @Flag(name: .shortAndLong, help: "Add notes: what each estimator of a rate can see.")
    var verbose = false

    private struct Outcome {
        var diagnostics: [Diagnostic]
        var notes: [Diagnostic] = []
        var summary: String
        var rules: RuleSet?
        var points: [Point] = []
    }

    func run() throws {
        let outcome = isFolder ? checkSite() : checkRuleFile()
        let told = verbose ? (outcome.diagnostics + outcome.notes).inReadingOrder : outcome.diagnostics
        for diagnostic in told { write(diagnostic.description, to: STDERR_FILENO) }
        if expanded, !outcome.diagnostics.hasErrors, let rules = outcome.rules {
            write(RuleListWriter.text(of: rules, points: outcome.points), to: STDOUT_FILENO, terminator: "")
        }
        write(
            "\(outcome.summary): \(outcome.diagnostics.countLine)", to: expanded ? STDERR_FILENO : STDOUT_FILENO)
        if outcome.diagnostics.hasErrors || (strict && !outcome.diagnostics.isEmpty) { throw ExitCode(1) }
    }

    private func checkSite() -> Outcome {
        let folders = profiles.all
        let result = SiteLoader.load(
            directory: site, profileFolders: folders, addresses: withoutAddresses ? .mayBeMissing : .required)
        return Outcome(
            diagnostics: result.diagnostics, notes: result.notes,
            summary: "\(result.pointCount) points, \(result.ruleCount) rules", rules: result.site?.rules,
            points: result.site?.description.points ?? [])
    }

    private func checkRuleFile() -> Outcome {
        let result = RuleFile.read(path: site)
        return Outcome(
            diagnostics: result.diagnostics, summary: "\(result.rules.rules.count) rules", rules: result.rules)
    }

    private var isFolder: Bool {
        var status = stat()
        return unsafe stat(site, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private func write(_ line: String, to descriptor: Int32, terminator: String = "\n") {
        var bytes = Array("\(line)\(terminator)".utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
