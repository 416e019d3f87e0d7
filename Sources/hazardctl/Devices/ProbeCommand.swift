import ArgumentParser
import PlantModel
import SiteProfile

/// `hazardctl probe`: a look at a live device, read-only.
struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Look at a live device: raw bytes, values, what looks wrong. 查看现场设备的原始数据。",
        discussion: """
            Reads; writes nothing: over Modbus only function codes 1 to 4 ever leave, at a broker it only listens. What \
            it sees can be captured and replayed with hazardctl replay --capture.
            """,
        subcommands: [ProbeModbusCommand.self, ProbeMQTTCommand.self, ProbeDraftCommand.self])
}

/// What all ways of probing take.
struct ProbeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Decode with this profile, CLASS/NAME@REV. 按此型号解码", valueName: "profile"))
    var profile: String?
    @OptionGroup var profiles: ProfileFolders
    @Option(
        help: ArgumentHelp("Write what went over the wire to this file. 保存原始报文", valueName: "wire.jsonl"),
        completion: .file(extensions: ["jsonl"]))
    var capture: String?
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("The endpoint's or broker's id in the site that will replay it. 捕获中的端点名", valueName: "id"))
    var name: String?
    @Option(help: "zh or en. 语言") var lang: Language?

    var language: Language { lang ?? Language.ofShell(Terminal.environment) }
    var folders: [String] { profiles.all }

    /// `10.1.2.3:502`, `[::1]:502`, `host`; nil when it is none, and for numbers and dots that the system would take for another device's address.
    static func address(_ text: String, usualPort: UInt16) -> (host: String, port: UInt16)? {
        split(text, usualPort: usualPort).flatMap { HostText.isAmbiguous($0.host) ? nil : $0 }
    }

    private static func split(_ text: String, usualPort: UInt16) -> (host: String, port: UInt16)? {
        guard let colon = text.lastIndex(of: ":"), text[colon...].dropFirst().allSatisfy(\.isNumber) else {
            return text.isEmpty ? nil : (text, usualPort)
        }
        let host = text[..<colon].trimmingPrefix("[")
        guard let port = UInt16(text[text.index(after: colon)...]), port > 0, !host.isEmpty else { return nil }
        return (host.hasSuffix("]") ? String(host.dropLast()) : String(host), port)
    }
}
