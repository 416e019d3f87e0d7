import ArgumentParser
import CLinux
import Foundation
import Logging
import PlantModel
import SiteProfile
import StationAssembly

@main
struct Hazardd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hazardd",
        abstract: "Watches major hazard sources: polls, judges, records, tells. 重大危险源实时监测。",
        discussion: """
            hazardd observes and reports. It is never a safety function and has no write path to any device.

            Examples:
              hazardd --site /etc/hazardd              watch (what systemd runs)
              hazardd --site ./mysite --check          read everything, say every mistake, open no socket
              kill -HUP <pid>                          read the rules again, all or nothing
              kill -USR1 <pid>                         write how things stand to the log

            Exit status: 0 stopped in good order; 64 usage; 65 records of a newer version; 70 internal; 75 another
            hazardd uses this state folder; 77 a folder cannot be used; 78 the configuration is refused.
            """,
        version: StationVersion.text)

    @Option(help: ArgumentHelp("Site folder: site.yaml, rules/, site.d/, profiles/.", valueName: "folder"))
    var site = "/etc/hazardd"

    @Option(help: ArgumentHelp("State folder. Default: $STATE_DIRECTORY, else /var/lib/hazardd.", valueName: "folder"))
    var state: String?

    @Option(
        help: ArgumentHelp(
            "Credentials folder. Default: $CREDENTIALS_DIRECTORY, else SITE/credentials.", valueName: "folder"))
    var credentials: String?

    @Option(
        help: ArgumentHelp(
            "Control socket to bind, unless systemd hands one over. Default: none of our own.", valueName: "path"))
    var control: String?

    @Option(
        help: ArgumentHelp("Further folders of device profiles, after the site's own.", valueName: "folder"))
    var profiles: [String] = []

    @Flag(help: "Read and check everything, open nothing; exit 0 or 78.")
    var check = false

    @Option(help: ArgumentHelp("Lowest level that is logged: debug, info, notice, warning, error.", valueName: "level"))
    var log = LogLevel.info

    func run() async throws {
        clinux_keep_little_memory()
        let environment = ProcessInfo.processInfo.environment
        let loaded = try loadSite()
        if check { return }
        let siteID = loaded.description.id
        LoggingSystem.bootstrap { StationLog(label: $0, site: siteID) }
        var logger = Logger(label: "hazardd")
        logger.logLevel = log.level
        let options = StationOptions(
            siteFolder: site, profileFolders: profileFolders,
            stateFolder: folder(state, "STATE_DIRECTORY", "/var/lib/hazardd"),
            credentialsFolder: credentialsFolder(environment), controlPath: control, environment: environment,
            processID: ProcessInfo.processInfo.processIdentifier)
        let signals = SignalPost(SIGTERM, SIGINT, SIGHUP, SIGUSR1)
        do {
            let station = try Station.wire(options, site: loaded, logger: logger)
            let doors = try await station.start()
            // Reading a large site leaves several times its size behind.
            clinux_give_back_memory()
            logger.info(
                "console",
                metadata: [
                    "port": "\(doors.consolePort.map(String.init) ?? "-")", "control": "\(doors.controlPath ?? "-")",
                ])
            await serve(station, signals)
            await station.stop()
        } catch let fault as StationFault {
            logger.critical("cannot start", metadata: ["why": "\(fault)"])
            throw ExitCode(fault.exitStatus)
        } catch {
            logger.critical("cannot start", metadata: ["why": "\(error)"])
            throw ExitCode(70)
        }
    }

    private func serve(_ station: Station, _ signals: SignalPost) async {
        for await signal in signals.stream {
            switch signal {
            case SIGHUP: _ = station.reload()
            case SIGUSR1: station.describe()
            default: return
            }
        }
    }

    /// All mistakes of all files go to standard error; with one, nothing starts.
    private func loadSite() throws -> LoadedSite {
        let result = SiteLoader.load(directory: site, profileFolders: profileFolders)
        for line in result.diagnostics { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
        guard let site = result.site else { throw ExitCode(78) }
        return site
    }

    /// The site's own profiles come first; then those named, then the installed ones.
    private var profileFolders: [String] { profiles + SiteLoader.usualProfileFolders }

    private func folder(_ given: String?, _ variable: String, _ usual: String) -> String {
        given ?? ProcessInfo.processInfo.environment[variable].map { String($0.prefix { $0 != ":" }) } ?? usual
    }

    private func credentialsFolder(_ environment: [String: String]) -> String {
        credentials ?? environment["CREDENTIALS_DIRECTORY"] ?? "\(site)/credentials"
    }
}

/// The levels that people type.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case debug, info, notice, warning, error

    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
