import ArgumentParser
import ParkSimulator
import PlantModel

/// The simulated chemical park.
@main struct Program: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parksim",
        abstract: "A simulated chemical park for hazardd: devices, broker, receivers, scenarios.",
        discussion: """
            `parksim demo` is what `make run` starts: everything in one temporary folder, with a real daemon and live alarms.
            `parksim park` plays the devices and receivers for a site folder of yours, until it is ended.
            """,
        subcommands: [DemoCommand.self, ParkCommand.self])
}

/// Where the words for people come from when nothing is said on the command line.
enum SpokenLanguage: String, ExpressibleByArgument, CaseIterable {
    case zh, en

    var language: BilingualText.Language { self == .zh ? .chinese : .english }

    /// The locale's: LC_ALL before LC_MESSAGES before LANG.
    static var ofLocale: SpokenLanguage {
        let environment = ChildProcess.ownEnvironment()
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        return (locale ?? "").hasPrefix("zh") ? .zh : .en
    }
}
