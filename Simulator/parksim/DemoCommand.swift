import ArgumentParser
import Glibc
import ParkSimulator
import PlantModel

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Start park, broker, receivers and hazardd; play a scenario; show live alarms.",
        discussion: """
            At a terminal it goes on after the scenario until Ctrl-C, calmly. Without one (in a pipe) it prints plain lines and
            ends by itself: exit status 0 only if every expected event, webhook and platform record arrived, else 1 and a
            list of what is missing. Stopped before the scenario was over: 130.
            """)

    @Option(help: "Which scenario of Simulator/Scenarios to play.")
    var scenario = "first-light"

    @Option(help: ArgumentHelp("The daemon's executable.", valueName: "path"))
    var hazardd: String?

    @Option(help: ArgumentHelp("The operator's tool, named in the hints.", valueName: "path"))
    var hazardctl: String?

    @Option(help: ArgumentHelp("The repository: where Simulator and DeviceProfiles stand.", valueName: "dir"))
    var repository: String?

    @Option(help: "Language of what is shown.")
    var lang: SpokenLanguage = .ofLocale

    @Flag(inversion: .prefixedNo, help: "Go on after the scenario until Ctrl-C (default: at a terminal).")
    var stay: Bool?

    @Flag(help: "Keep the temporary folder.")
    var keep = false

    func run() throws {
        // Before any thread starts.
        let signals = try TerminationSignals()
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let repository = try self.repository ?? OwnPlace.repository()
        let script = try ScenarioScript.load(scenario, from: "\(repository)/Simulator/Scenarios")
        let session = try DemoSession(
            DemoSession.Plan(
                script: script, repository: repository, hazardd: hazardd ?? OwnPlace.sibling("hazardd"),
                hazardctl: hazardctl ?? OwnPlace.sibling("hazardctl"),
                view: LiveView(
                    language: lang.language,
                    coloured: isTerminal && (ChildProcess.ownEnvironment()["NO_COLOR"] ?? "").isEmpty),
                staysUntilStopped: stay ?? isTerminal, keepsFolder: keep),
            stopDescriptor: signals.descriptor, say: Screen.say)
        throw ExitCode(session.run().rawValue)
    }
}

/// Lines for the reader, whole and at once, also into a pipe.
enum Screen {
    static func say(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                // In bounds: `sent` is below the count here.
                unsafe write(STDOUT_FILENO, buffer.baseAddress.map { unsafe $0 + sent }, buffer.count - sent)
            }
            if count > 0 { sent += count } else if errno != EINTR { return }
        }
    }
}

/// Where this program stands, and what stands beside it.
enum OwnPlace {
    private static var executable: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { return "parksim" }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// A program that was built together with this one.
    static func sibling(_ name: String) -> String { "\(folder(of: executable))/\(name)" }

    /// The folder that holds `Simulator/DemoSite`: the present one, or one above this program.
    static func repository() throws -> String {
        var candidates = ["."]
        var above = folder(of: executable)
        while !above.isEmpty {
            candidates.append(above)
            above = folder(of: above) == "." ? "" : folder(of: above)
        }
        guard let found = candidates.first(where: { Files.exists("\($0)/Simulator/DemoSite/site.yaml") }) else {
            throw ParkFailure("no Simulator/DemoSite here or above this program; name the repository with --repository")
        }
        return found
    }
}
