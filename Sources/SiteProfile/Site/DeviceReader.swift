import DeviceMap
import PlantModel

/// A device as the site file gives it, with its profile found and its overrides laid over the profile's points.
struct DeviceDraft {
    var id: String
    var place: SourceLocation
    var profile: DeviceProfile
    /// The profile's points with the site's names, ranges and clamps.
    var points: [ProfilePoint]
    var hazardSource: String?
    var area: String
    var link: Link

    enum Link {
        case modbus(endpoint: String, unit: UInt8, ModbusManners)
        case mqtt(broker: String, MQTTManners)
    }

    func tag(of point: String) -> String { "\(id).\(point)" }
    func point(_ id: String) -> ProfilePoint? { points.first { $0.id == id } }
}

/// Reads `devices:`.
struct DeviceReader {
    let siteID: String
    let endpoints: [String]
    let brokers: [String]
    let hazardSources: [HazardSource]
    let shelf: ProfileShelf
    let findings: Findings

    /// Letters, digits, hyphens and underscores: safe in tags, topics and event keys.
    static func isID(_ text: String) -> Bool {
        (1...64).contains(text.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
    }

    /// - Returns: the devices without mistakes, and the ids of the others: what names their points is no mistake of its own.
    func devices(_ table: inout TableReader) -> (sound: [DeviceDraft], broken: Set<String>) {
        let entries = table.members("devices")
        if entries.isEmpty { findings.error(at: table.place, "the site has no devices; at least one would do") }
        let sound = entries.compactMap(device)
        return (sound, Set(entries.map(\.key)).subtracting(sound.map(\.id)))
    }

    func device(_ entry: Setting.Entry) -> DeviceDraft? {
        guard Self.isID(entry.key), entry.key != "sys" else {
            findings.error(
                at: entry.keyPlace,
                "device \"\(entry.key)\" must be named with letters, digits, - and _, and not \"sys\"")
            return nil
        }
        if brokers.contains(entry.key) {
            findings.error(
                at: entry.keyPlace,
                "device \"\(entry.key)\" has the name of a broker, and both would own sys.\(entry.key).link")
        }
        guard var table = TableReader(entry.value, what: "device \(entry.key)", findings: findings) else { return nil }
        let mistakesBefore = findings.errorCount
        let id = table.require(table.name("profile"), "profile", for: "a device")
        let profile = id.flatMap { shelf.profile($0, at: table.location(of: "profile")) }
        let area = table.text("area") ?? ""
        let source = hazardSource(&table)
        _ = table.bilingual("name")
        let overrides = table.members("points")
        guard let profile else { return nil }
        let channels = channels(of: profile, entry, &table)
        let link = link(of: profile, channels: channels, entry.key, &table)
        let points = PointOverrides(profile: profile.id, findings: findings).laid(
            over: profile.points(ofChannels: channels), by: overrides)
        let usual = ["profile", "hazard_source", "area", "name", "points"]
        switch profile.link {
        case .modbus: table.finish(ProfileReader.readOnly(usual + ["endpoint", "unit", "rates", "channels"]))
        case .mqtt:
            table.finish(
                ProfileReader.readOnly(usual + ["broker", "expect_period", "topic", "status_topic", "fill", "unit"]))
        }
        guard let link, findings.errorCount == mistakesBefore else { return nil }
        return DeviceDraft(
            id: entry.key, place: entry.keyPlace, profile: profile, points: points, hazardSource: source, area: area,
            link: link)
    }

    private func hazardSource(_ table: inout TableReader) -> String? {
        guard let source = table.name("hazard_source") else { return nil }
        if !hazardSources.contains(where: { $0.id == source }) {
            let known = hazardSources.map(\.id).joined(separator: " ")
            table.error(at: "hazard_source", "hazard_source must be one of \(known), found \(source)")
        }
        return source
    }

    // MARK: Links

    /// The channels in use: a list, wherever the profile has points with channels.
    private func channels(of profile: DeviceProfile, _ device: Setting.Entry, _ table: inout TableReader) -> [Int] {
        guard let known = profile.channels else {
            if let given = table.setting("channels") {
                table.refuse(given, "profile \(profile.id) has no channels; the device must be without \"channels\"")
            }
            return []
        }
        guard let items = table.list("channels") else {
            if !table.has("channels") {
                findings.error(
                    at: device.keyPlace,
                    "profile \(profile.id) has channels \(known.lowerBound) to \(known.upperBound); \"channels\" must "
                        + "list those in use")
            }
            return []
        }
        var channels: [Int] = []
        for item in items {
            guard let channel = table.integer(item, "channels", in: known) else { continue }
            if channels.contains(channel) { table.refuse(item, "channels names \(channel) twice; once would do") }
            channels.append(channel)
        }
        return channels
    }

    private func link(
        of profile: DeviceProfile, channels: [Int], _ device: String, _ table: inout TableReader
    ) -> DeviceDraft.Link? {
        switch profile.link {
        case .modbus(let given):
            var manners = given.expanded(channels: channels, of: profile)
            let endpoint = reference("endpoint", among: endpoints, &table)
            let unit = table.require(table.integer("unit", in: 0...255), "unit", for: "device \"\(device)\"")
            for rate in table.members("rates") {
                guard let place = manners.rates.firstIndex(where: { $0.name == rate.key }) else {
                    let names = manners.rates.map(\.name).joined(separator: " ")
                    findings.error(at: rate.keyPlace, "profile \(profile.id) has the rates \(names), found \(rate.key)")
                    continue
                }
                if let period = table.span(rate.value, rate.key) { manners.rates[place].period = period }
            }
            guard let endpoint, let unit else { return nil }
            return .modbus(endpoint: endpoint, unit: UInt8(unit), manners)
        case .mqtt(var manners):
            let broker = reference("broker", among: brokers, &table)
            if let period = table.span("expect_period") { manners.expectedPeriod = period }
            if let topic = MannersReader.topic("topic", &table) { manners.topic = topic }
            if let topic = MannersReader.topic("status_topic", &table) { manners.statusTopic = topic }
            fill(&manners, device, &table)
            if table.has("topic") {
                PayloadPathChecks.check(manners, of: profile, withTopicAt: table.location(of: "topic"), findings)
            }
            setUnit(&manners, &table)
            return broker.map { .mqtt(broker: $0, manners) }
        }
    }

    /// The device's own address on the line behind a gateway.
    private func setUnit(_ manners: inout MQTTManners, _ table: inout TableReader) {
        guard table.has("unit"), let unit = table.integer("unit", in: 0...255) else { return }
        guard manners.blobs.contains(where: { $0.blob.answer != nil }) else {
            table.error(at: "unit", "unit goes with a profile whose blobs have a frame, or that speaks modbus")
            return
        }
        for place in manners.blobs.indices { manners.blobs[place].blob.answer?.unit = UInt8(unit) }
    }

    /// Puts the site's names into the topics: `{site}`, `{device}` and what `fill` gives.
    private func fill(_ manners: inout MQTTManners, _ device: String, _ table: inout TableReader) {
        manners.fill = ["site": siteID, "device": device]
        for entry in table.members("fill") {
            guard case .scalar(let text, _) = entry.value.shape, TopicText.isName(entry.key),
                !text.contains(where: { "/+#'{}".contains($0) })
            else {
                findings.error(at: entry.keyPlace, "fill must give a name its text, without / + # ' { }")
                continue
            }
            manners.fill[entry.key] = text
        }
        let (topic, missing) = TopicText.filled(manners.topic, with: manners.fill)
        let status = manners.statusTopic.map { TopicText.filled($0, with: manners.fill) }
        for name in Set(missing + (status?.missing ?? [])).sorted() {
            findings.error(at: table.place, "the topic of device \"\(device)\" needs \"fill: {\(name): ...}\"")
        }
        (manners.topic, manners.captures) = TopicText.filter(topic)
        // What stands at a level that varies in a status topic is not read: one device, one last will.
        manners.statusTopic = status.map { TopicText.filter($0.text).filter }
    }

    private func reference(_ key: String, among names: [String], _ table: inout TableReader) -> String? {
        guard let name = table.require(table.name(key), key, for: "a device of this profile") else { return nil }
        guard names.contains(name) else {
            let known = names.isEmpty ? "has none" : "has \(names.joined(separator: " "))"
            table.error(at: key, "\(key) names \"\(name)\", and \(key)s \(known)")
            return nil
        }
        return name
    }
}
