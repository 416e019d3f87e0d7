import Foundation
import ParkSimulator
import Testing

/// The programs of this very build, and where the repository stands.
enum Programs {
    /// The folder of the running test bundle: SwiftPM puts everything that it builds in one place.
    static let folder: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(filePath: own).deletingLastPathComponent().path
        return FileManager.default.isExecutableFile(atPath: "\(beside)/hazardd") ? beside : "\(repository)/.build/debug"
    }()

    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    static var hazardd: String { "\(folder)/hazardd" }
    static var hazardctl: String { "\(folder)/hazardctl" }

    /// What a program that ran to its end has left behind.
    struct Outcome: Sendable {
        var status: Int32?
        var output: String
        var errors: String

        /// The lines of standard error.
        var complaints: [String] { errors.split(separator: "\n").map(String.init) }
    }

    /// Runs a program to its end, or ends it after the limit.
    static func run(
        _ executable: String, _ arguments: [String], environment: [String: String]? = nil,
        within limit: Duration = .seconds(60)
    ) async throws -> Outcome {
        let folder = try Files.temporaryFolder("hazardd-run")
        defer { Files.removeFolder(folder) }
        let child = try ChildProcess(
            "tool", executable: executable, arguments: arguments, environment: environment,
            output: .file("\(folder)/out"), errors: .file("\(folder)/err"))
        let ending = await Waiting.offPool { child.waitForEnd(within: limit) }
        if ending == nil { await Waiting.offPool { _ = child.end(patience: .zero) } }
        var status: Int32?
        if case .exited(let code)? = ending { status = code }
        return Outcome(
            status: status, output: try Files.text(of: "\(folder)/out"), errors: try Files.text(of: "\(folder)/err"))
    }
}
