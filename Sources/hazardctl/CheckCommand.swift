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

            Exit status: 0 without errors, 1 with at least one, 64 wrong usage.
            """)

    @Argument(help: "A site folder, or one rule file.", completion: .file())
    var site: String

    @Option(
        name: .customLong("profiles"),
        help: "A folder of device profiles, searched after the site's own; may be given more than once.",
        completion: .directory)
    var profileFolders: [String] = []

    @Flag(help: "Hosts, ports and URLs may still be missing: a warning instead of an error.")
    var withoutAddresses = false

    @Flag(help: "Warnings count as errors.")
    var strict = false

    func run() throws {
        let (diagnostics, summary) = isFolder ? checkSite() : checkRuleFile()
        for diagnostic in diagnostics { write(diagnostic.description, to: STDERR_FILENO) }
        write("\(summary): \(diagnostics.countLine)", to: STDOUT_FILENO)
        if diagnostics.hasErrors || (strict && !diagnostics.isEmpty) { throw ExitCode(1) }
    }

    private func checkSite() -> ([Diagnostic], String) {
        let folders = profileFolders.isEmpty ? SiteLoader.usualProfileFolders : profileFolders
        let result = SiteLoader.load(
            directory: site, profileFolders: folders, addresses: withoutAddresses ? .mayBeMissing : .required)
        return (result.diagnostics, "\(result.pointCount) points, \(result.ruleCount) rules")
    }

    private func checkRuleFile() -> ([Diagnostic], String) {
        let result = RuleFile.read(path: site)
        return (result.diagnostics, "\(result.rules.rules.count) rules")
    }

    private var isFolder: Bool {
        var status = stat()
        return unsafe stat(site, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private func write(_ line: String, to descriptor: Int32) {
        var bytes = Array("\(line)\n".utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
