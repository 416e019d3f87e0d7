package import DeviceMap
package import PlantModel

/// One device by itself, as its profile describes it, without a site and its rules: for the tests of profiles, and for
/// looking at a live device.
package struct LoneDevice: Sendable {
    package let profile: ProfileReference
    /// Tags are the points' names.
    package let points: [Point]
    /// Heartbeats: what must move while the device lives.
    package let mustMove: [PointIndex]
    /// What the bits of words, and contacts, stand for.
    package let namedBits: [PointIndex: [NamedBit]]
    /// One of the two. The endpoint is called as the device.
    package let endpoint: ModbusEndpoint?
    package let broker: BrokerLink?

    /// The id of its broker.
    package static let broker = "broker"

    /// - Parameters:
    ///   - settings: what a site would say of the device, without its link: `profile`, `unit`, `channels`, `topic`, `points`.
    ///   - shown: the name of the settings in messages.
    ///   - namesStand: what only a site could fill into the topic stands for itself, `<gateway>`: for showing a profile.
    package static func read(
        _ settings: String, shown: String, id: String = "device", profileFolders: [String], namesStand: Bool = false
    ) -> (device: LoneDevice?, diagnostics: [Diagnostic]) {
        let findings = Findings()
        let device = device(
            settings, shown: shown, id: id, profileFolders: profileFolders, namesStand: namesStand, findings: findings)
        return (findings.errorCount == 0 ? device : nil, findings.diagnostics.inReadingOrder)
    }

    private static func device(
        _ settings: String, shown: String, id: String, profileFolders: [String], namesStand: Bool,
        findings: Findings
    ) -> LoneDevice? {
        let text: ConfigurationText
        do {
            text = try ConfigurationText(bytes: Array(settings.utf8), file: shown, limit: .other)
        } catch {
            findings.error(at: error.diagnostic.location, error.diagnostic.message)
            return nil
        }
        guard let root = SettingFile.read(text, findings: findings) else { return nil }
        guard var entries = root.table else {
            findings.error(at: root.place, "a device must be a mapping, found \(root.described)")
            return nil
        }
        let shelf = ProfileShelf(folders: profileFolders.map { ($0, $0) }, findings: findings)
        let given = entries.first { $0.key == "profile" }
        guard case .scalar(let name, _)? = given?.value.shape else {
            findings.error(at: root.place, "a device needs \"profile\"")
            return nil
        }
        guard let profile = shelf.profile(name, at: given?.value.place ?? root.place) else { return nil }
        let isModbus = if case .modbus = profile.link { true } else { false }
        let link = Setting(place: root.place, shape: .scalar(isModbus ? id : Self.broker, isPlain: true))
        entries.append(Setting.Entry(key: isModbus ? "endpoint" : "broker", keyPlace: root.place, value: link))
        if namesStand, !entries.contains(where: { $0.key == "fill" }) { entries += standing(profile, at: root.place) }
        return assembled(entries, root.place, profile, id: id, isModbus: isModbus, shelf, findings)
    }

    /// `fill: {gateway: <gateway>}` for every name that the topics of a profile leave to the site.
    private static func standing(_ profile: DeviceProfile, at place: SourceLocation) -> [Setting.Entry] {
        guard case .mqtt(let manners) = profile.link else { return [] }
        let known = ["site": "", "device": ""]
        let names = Set(
            [manners.topic, manners.statusTopic ?? ""].flatMap { TopicText.filled($0, with: known).missing })
        guard !names.isEmpty else { return [] }
        let fill = names.sorted().map {
            Setting.Entry(
                key: $0, keyPlace: place, value: Setting(place: place, shape: .scalar("<\($0)>", isPlain: false)))
        }
        return [Setting.Entry(key: "fill", keyPlace: place, value: Setting(place: place, shape: .table(fill)))]
    }

    private static func assembled(
        _ entries: [Setting.Entry], _ place: SourceLocation, _ profile: DeviceProfile, id: String, isModbus: Bool,
        _ shelf: ProfileShelf, _ findings: Findings
    ) -> LoneDevice? {
        let reader = DeviceReader(
            siteID: "site", endpoints: isModbus ? [id] : [], brokers: isModbus ? [] : [Self.broker], hazardSources: [],
            shelf: shelf, findings: findings)
        let entry = Setting.Entry(key: id, keyPlace: place, value: Setting(place: place, shape: .table(entries)))
        guard let draft = reader.device(entry) else { return nil }
        let broker = BrokerLink(
            id: Self.broker, host: "", port: 1883, clientID: "", routes: [], linkPoint: PointIndex(0))
        let assembly = SiteAssembly(
            endpoints: isModbus ? [EndpointDraft(id: id, place: place, host: "", port: 502)] : [],
            brokers: isModbus ? [] : [(broker, place)], devices: [draft], broken: [], systemDelays: [:],
            systemLocation: place, findings: findings)
        return LoneDevice(
            profile: ProfileReference(id: profile.id, digest: profile.digest),
            points: assembly.points.map { point in
                var point = point
                if point.device == id { point.tag = String(point.tag.dropFirst(id.utf8.count + 1)) }
                return point
            },
            mustMove: draft.points.filter { $0.role == .heartbeat }.compactMap {
                assembly.details[draft.tag(of: $0.id)]?.index
            }, namedBits: assembly.namedBits, endpoint: assembly.endpoints.first, broker: assembly.brokers.first)
    }
}
