import ArgumentParser
import DeviceMap
import FoundationEssentials
import PlantModel
import SiteProfile

/// `hazardctl explain SITE [DEVICE]`: how the devices of a site are read, and who watches their points.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Print how devices are read and who watches their points. 说明各设备如何读取、由谁监视。",
        discussion: """
            Plans the requests of every Modbus device as hazardd would, and prints each with the registers it reads, the \
            bytes it costs, the time it is expected to take and the points it serves; then what a second costs. Of a \
            device at a broker it prints topic, time, numbers and last will, and where in the payload each point stands. \
            Of one Modbus device it prints also what its registers mean, and what every named bit of a word stands for. Behind each profile stands the digest by which a \
            site can pin it. Nothing is connected.

            Of a site it says last which points no rule judges, and whose silence no rule tells. With a DEVICE it prints \
            the rules that watch each of its points, and what they say: limit, delays, priority, who is told, basis and \
            approver. --rules prints that of every device, without the requests; --point all about one point.

            Examples:
              hazardctl explain /etc/hazardd
              hazardctl explain /etc/hazardd NH3-101
              hazardctl explain /etc/hazardd --point NH3-101.conc
              hazardctl explain /etc/hazardd --rules
              hazardctl explain gas/honeywell-midas@1 --profiles DeviceProfiles

            Exit status: 0 explained, 1 the site or profile has mistakes or no such device, 64 wrong usage.
            """)

    @Argument(help: "A site folder, or a profile: CLASS/NAME@REV. 站点目录或型号", completion: .directory) var subject: String
    @Argument(help: "Only this device. 只看此设备") var device: String?
    @Flag(help: "Who watches the points, not how they are read. 只看由谁监视") var rules = false
    @Option(help: ArgumentHelp("Everything about one point. 只看此测点", valueName: "tag")) var point: String?
    @Option(help: "Channels in use, of a profile that has them: 1,2,7. 使用的通道") var channels: String?
    @OptionGroup var profiles: ProfileFolders
    @Option(help: "zh or en. 语言") var lang: Language?

    /// A profile may be named without its revision: the answer names those that are there.
    private var isProfile: Bool {
        subject.contains("@")
            || ProfileFolder.isProfilePath(subject) && !FileManager.default.fileExists(atPath: subject)
    }

    func validate() throws {
        if subject.hasSuffix(".yaml") {
            throw ValidationError(
                "\(subject) is a file; a profile is named CLASS/NAME@REV, its folder with --profiles, and a site by its folder"
            )
        }
        if isProfile, device != nil || rules || point != nil {
            throw ValidationError("a profile has no devices and no rules; a site folder would do")
        }
        if point != nil, device != nil || rules {
            throw ValidationError("--point names one point, and goes with no device and without --rules")
        }
    }

    func run() throws {
        try Refusal.told {
            let folders = profiles.all
            let language = lang ?? Language.ofShell(Terminal.environment)
            guard !isProfile else {
                return Terminal.answer(try Self.profile(subject, channels: channels, folders, language))
            }
            let site = try Self.loaded(subject, folders)
            Terminal.answer(
                try point.map { try Self.point($0, of: site, language) }
                    ?? Self.site(site, device: device, rulesOnly: rules, language))
        }
    }

    static func loaded(_ path: String, _ folders: [String]) throws -> LoadedSite {
        let result = SiteLoader.load(directory: path, profileFolders: folders, addresses: .mayBeMissing)
        guard let site = result.site else {
            for diagnostic in result.diagnostics { Terminal.note(diagnostic.description) }
            throw Refusal(.no, "\(path): \(result.diagnostics.countLine)")
        }
        return site
    }

    static func site(
        _ site: LoadedSite, device: String?, rulesOnly: Bool = false, _ language: Language
    ) throws -> String {
        let known = site.profiles.keys.sorted()
        if let device, !known.contains(device) {
            throw Refusal(
                .no, DevicePhrase.noDevice(language, ["device": device, "known": known.joined(separator: " ")]))
        }
        let watch = WatchText(site, language)
        var parts = rulesOnly ? [] : reading(site, device: device, language)
        if let device {
            parts.append(watch.device(device))
        } else if rulesOnly {
            parts += watch.devices.map(watch.device) + [watch.station(), watch.gaps()]
        } else {
            parts.append(watch.gaps())
        }
        return parts.joined(separator: "\n\n")
    }

    /// How the devices are asked and heard.
    private static func reading(_ site: LoadedSite, device: String?, _ language: Language) -> [String] {
        let plan = RequestPlanText(language: language, profiles: site.profiles) {
            site.description.points[$0.offset].tag
        }
        let broker = BrokerText(
            language: language, profiles: site.profiles, points: site.description.points, namedBits: site.namedBits)
        let endpoints = site.modbus.filter { endpoint in
            device == nil || endpoint.units.contains { $0.device == device }
        }
        let brokers = site.brokers.filter { broker in device == nil || broker.routes.contains { $0.device == device } }
        let readings = endpoints.flatMap(\.units).filter { $0.device == device }.map { unit in
            Self.readings(of: unit, site.description.points, site.namedBits, language)
        }
        return endpoints.map { plan.text($0, device: device) } + readings
            + brokers.map { broker.text($0, device: device) }
    }

    /// What the registers of one device mean.
    private static func readings(
        of unit: ModbusUnit, _ points: [Point], _ namedBits: [PointIndex: [NamedBit]], _ language: Language
    ) -> String {
        ReadingTable(
            language: language, points: points, namedBits: namedBits, device: unit.device, pointClass: unit.pointClass
        ).text(unit.points.map { PointReading($0, language) })
    }

    static func point(_ tag: String, of site: LoadedSite, _ language: Language) throws -> String {
        guard let point = site.description.point(tagged: tag) else {
            let tags = site.description.points.map(\.tag)
            func near(_ text: Substring) -> [String] { tags.filter { $0.lowercased().contains(text.lowercased()) } }
            // Like the name, else of the same device.
            let alike = [tag[...], tag.prefix { $0 != "." }].map(near).first { !$0.isEmpty } ?? []
            let list = alike.isEmpty ? "" : ": \(alike.prefix(8).joined(separator: " "))"
            throw Refusal(.no, ExplainPhrase.noPoint(language, ["point": tag, "near": list]))
        }
        return PointText(watch: WatchText(site, language)).text(point)
    }

    static func profile(
        _ id: String, channels: String?, _ folders: [String], _ language: Language
    ) throws -> String {
        let device = try LiveDevice.profile(id, unit: 1, channels: channels, topic: nil, folders, namesStand: true)
        let profiles = [LiveDevice.id: device.profile]
        if let broker = device.broker {
            let text = BrokerText(
                language: language, profiles: profiles, points: device.points, namedBits: device.namedBits)
            return broker.routes.map(text.text).joined(separator: "\n\n")
        }
        let plan = RequestPlanText(language: language, profiles: profiles) { device.points[$0.offset].tag }
        guard let endpoint = device.endpoint else { return "" }
        let readings = endpoint.units.map { Self.readings(of: $0, device.points, device.namedBits, language) }
        return ([plan.text(endpoint)] + readings).joined(separator: "\n\n")
    }
}

/// A device that is known by its profile only.
enum LiveDevice {
    static let id = "device"

    static func profile(
        _ id: String, unit: Int, channels: String?, topic: String?, _ folders: [String], namesStand: Bool = false
    ) throws -> LoneDevice {
        var settings = "profile: \(quoted(id))\n"
        if let topic { settings += "topic: \(quoted(topic))\n" } else { settings += "unit: \(unit)\n" }
        if let channels { settings += "channels: [\(channels)]\n" }
        var (device, diagnostics) = LoneDevice.read(
            settings, shown: id, id: Self.id, profileFolders: folders, namesStand: namesStand)
        if device == nil, topic == nil {
            // A device at a broker has no unit.
            let mistakes = diagnostics
            (device, diagnostics) = LoneDevice.read(
                "profile: \(quoted(id))\n", shown: id, id: Self.id, profileFolders: folders, namesStand: namesStand)
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
