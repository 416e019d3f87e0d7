import Foundation
import SiteProfile
import Testing

let repository = URL(filePath: #filePath).appending(path: "../../..").standardized
let installedProfiles = repository.appending(path: "DeviceProfiles").path

/// What the roles of an interlock's points ask for: each judged by a rule, and the heartbeat's stillness seen.
let interlockRules =
    ["tripped", "first_out", "maintenance_bypass", "operational_bypass", "forced", "fault"].map { point in
        "- {id: role.\(point), point: SI-1.\(point), kind: STATE, states: [1], priority: HIGH}\n"
    }.joined()
    + "- {id: role.heartbeat, point: SI-1.heartbeat, kind: FROZEN, window_s: 10, min_span: 0, priority: HIGH}\n"

/// A site folder of a test, gone with it.
final class SiteFolder {
    let path: String

    /// - Parameter files: text by path within the folder.
    init(_ files: [String: String]) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "site-\(UUID().uuidString)")
        path = url.path
        for (name, text) in files {
            let file = url.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
    }

    /// The demo site with the addresses that parksim would write.
    static func demo(_ changes: [String: String] = [:]) throws -> SiteFolder {
        let demo = repository.appending(path: "Simulator/DemoSite")
        var files = ["site.d/ports.yaml": ports]
        files["site.yaml"] = try String(contentsOf: demo.appending(path: "site.yaml"), encoding: .utf8)
        let rules = demo.appending(path: "rules")
        for name in try FileManager.default.contentsOfDirectory(atPath: rules.path) {
            files["rules/\(name)"] = try String(contentsOf: rules.appending(path: name), encoding: .utf8)
        }
        return try SiteFolder(files.merging(changes) { $1 })
    }

    static let ports = """
        endpoints:
          nh3: {host: 127.0.0.1, port: 40001}
          dust: {host: 127.0.0.1, port: 40002}
          tank: {host: 127.0.0.1, port: 40003}
          sis: {host: 127.0.0.1, port: 40004}
        brokers:
          park: {host: 127.0.0.1, port: 40005}
        channels:
          duty: {url: "http://127.0.0.1:40006/duty"}
          county: {url: "http://127.0.0.1:40007/records"}
        """

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func load(addresses: SiteLoader.Addresses = .required) -> SiteLoadResult {
        SiteLoader.load(directory: path, profileFolders: [installedProfiles], addresses: addresses)
    }

    var mistakes: [String] { load().diagnostics.map(\.description) }
}
