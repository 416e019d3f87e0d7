import ArgumentParser
import DeviceMap
import PlantModel
import SiteProfile

/// `hazardctl explain SITE [DEVICE]`: how the devices of a site are asked.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Print how devices are asked: requests, bytes, milliseconds. 说明各设备如何读取。",
        discussion: """
            Plans the requests of every Modbus device as hazardd would, and prints each with the registers it reads, the \
            bytes it costs, the time it is expected to take and the points it serves; then what a second costs. \
            Devices at a broker are listed with topic and period. Behind each profile stands the digest by which a \
            site can pin it. Nothing is connected.

            Examples:
              hazardctl explain /etc/hazardd
              hazardctl explain /etc/hazardd NH3-101
              hazardctl explain gas/honeywell-midas@1 --profiles DeviceProfiles

            Exit status: 0 explained, 1 the site or profile has mistakes or no such device, 64 wrong usage.
            """)

    @Argument(help: "A site folder, or a profile: CLASS/NAME@REV. 站点目录或型号", completion: .directory) var subject: String
    @Argument(help: "Only this device. 只看此设备") var device: String?
    @Option(help: "Channels in use, of a profile that has them: 1,2,7. 使用的通道") var channels: String?
    @OptionGroup var profiles: ProfileFolders
    @Option(help: "zh or en. 语言") var lang: Language?

    func run() throws {
        try Refusal.told {
            let folders = profiles.all
            let language = lang ?? Language.ofShell(Terminal.environment)
            Terminal.answer(
                subject.contains("@")
                    ? try Self.profile(subject, channels: channels, folders, language)
                    : try Self.site(subject, device: device, folders, language))
        }
    }

    static func site(_ path: String, device: String?, _ folders: [String], _ language: Language) throws -> String {
        let result = SiteLoader.load(directory: path, profileFolders: folders, addresses: .mayBeMissing)
        guard let site = result.site else {
            for diagnostic in result.diagnostics { Terminal.note(diagnostic.description) }
            throw Refusal(.no, "\(path): \(result.diagnostics.countLine)")
        }
        let known = site.profiles.keys.sorted()
        if let device, !known.contains(device) {
            throw Refusal(
                .no, DevicePhrase.noDevice(language, ["device": device, "known": known.joined(separator: " ")]))
        }
        let plan = RequestPlanText(language: language, profiles: site.profiles) {
            site.description.points[$0.offset].tag
        }
        let endpoints = site.modbus.filter { endpoint in
            device == nil || endpoint.units.contains { $0.device == device }
        }
        let brokers = site.brokers.filter { broker in device == nil || broker.routes.contains { $0.device == device } }
        let parts = endpoints.map { plan.text($0, device: device) } + brokers.map { plan.text($0, device: device) }
        return parts.joined(separator: "\n\n")
    }

    static func profile(
        _ id: String, channels: String?, _ folders: [String], _ language: Language
    ) throws -> String {
        let device = try LiveDevice.profile(id, unit: 1, channels: channels, topic: nil, folders)
        let plan = RequestPlanText(language: language, profiles: [LiveDevice.id: device.profile]) {
            device.points[$0.offset].tag
        }
        let parts = device.endpoint.map { [plan.text($0)] } ?? device.broker.map { [plan.text($0)] } ?? []
        return parts.joined(separator: "\n\n")
    }
}

/// A device that is known by its profile only.
enum LiveDevice {
    static let id = "device"

    static func profile(
        _ id: String, unit: Int, channels: String?, topic: String?, _ folders: [String]
    ) throws -> LoneDevice {
        var settings = "profile: \(quoted(id))\n"
        if let topic { settings += "topic: \(quoted(topic))\n" } else { settings += "unit: \(unit)\n" }
        if let channels { settings += "channels: [\(channels)]\n" }
        var (device, diagnostics) = LoneDevice.read(settings, shown: id, id: Self.id, profileFolders: folders)
        if device == nil, topic == nil {
            // A device at a broker has no unit.
            let mistakes = diagnostics
            (device, diagnostics) = LoneDevice.read(
                "profile: \(quoted(id))\n", shown: id, id: Self.id, profileFolders: folders)
            if device == nil { diagnostics = mistakes }
        }
        guard let device else {
            for diagnostic in diagnostics { Terminal.note(diagnostic.description) }
            throw Refusal(.no, "\(id): \(diagnostics.countLine)")
        }
        return device
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "''").filter { !$0.isNewline } + "'"
    }
}
