import DeviceMap
import Digests
import PlantModel

/// Reads a site folder: `site.yaml`, `site.d/*.yaml`, `rules/*.yaml` and the profiles that the devices name. All mistakes
/// of all files are told at once; a site with one is not handed out.
package enum SiteLoader {
    /// Whether links must have their addresses: a site folder that is filled in at start (the demo) can be checked before.
    package enum Addresses: Sendable {
        case required, mayBeMissing

        func missing(_ message: String, at place: SourceLocation, _ findings: Findings) {
            switch self {
            case .required: findings.error(at: place, "\(message); site.yaml or a file in site.d would do")
            case .mayBeMissing: findings.warning(at: place, "\(message) yet")
            }
        }
    }

    static let schema = "hazardd.site/v1"

    /// Where installed profiles stand: beside a build that is run from its repository, or on an installed machine.
    package static let usualProfileFolders = ["DeviceProfiles", "/usr/share/hazardd/DeviceProfiles"]

    /// - Parameters:
    ///   - directory: the site folder.
    ///   - profileFolders: where installed profiles stand, after the site's own `profiles` folder.
    package static func load(
        directory: String, profileFolders: [String], addresses: Addresses = .required
    ) -> SiteLoadResult {
        let findings = Findings()
        var files: [FolderFile] = []
        let rules = ruleFiles(directory, files: &files, findings: findings)
        guard let root = root(directory, files: &files, findings: findings) else {
            return SiteLoadResult(
                site: nil, diagnostics: findings.diagnostics.inReadingOrder, notes: [], pointCount: 0,
                ruleCount: rules.items.count)
        }
        let folders = [("\(directory)/profiles", "profiles")] + profileFolders.map { ($0, $0) }
        var reader = SiteReader(
            root: root, directory: directory, shelf: ProfileShelf(folders: folders, findings: findings),
            templates: TemplateShelf(folders: folders, findings: findings), addresses: addresses, findings: findings)
        let site = reader.site(rules: rules, files: files)
        return SiteLoadResult(
            site: findings.errorCount == 0 ? site : nil, diagnostics: findings.diagnostics.inReadingOrder,
            notes: findings.notes.inReadingOrder, pointCount: site.description.points.count,
            ruleCount: site.rules.rules.count)
    }

    private static func root(_ directory: String, files: inout [FolderFile], findings: Findings) -> TableReader? {
        var tables: [[Setting.Entry]] = []
        var place = SourceLocation(file: "site.yaml", line: 1, column: 1)
        let additions = FolderFile.names(in: "\(directory)/site.d").filter { $0.hasSuffix(".yaml") }
        for shown in ["site.yaml"] + additions.map({ "site.d/\($0)" }) {
            guard let file = FolderFile.read("\(directory)/\(shown)", shown: shown, limit: .other, findings: findings)
            else {
                if shown == "site.yaml", findings.errorCount == 0 {
                    findings.error(at: place, "no such file in \(directory); a site folder holds site.yaml and rules")
                }
                continue
            }
            files.append(file)
            guard let text = file.text(findings: findings),
                let setting = SettingFile.read(text, findings: findings)
            else { continue }
            guard let table = setting.table else {
                findings.error(at: setting.place, "\(shown) must be a mapping, found \(setting.described)")
                continue
            }
            if shown == "site.yaml" { place = setting.place }
            tables.append(table)
        }
        guard files.contains(where: { $0.shown == "site.yaml" }), !tables.isEmpty else { return nil }
        return TableReader(
            entries: SettingMerge.merged(tables, findings: findings), place: place, findings: findings)
    }

    private static func ruleFiles(
        _ directory: String, files: inout [FolderFile], findings: Findings
    ) -> SiteRuleFiles {
        var folder = SiteRuleFiles()
        for name in FolderFile.names(in: "\(directory)/rules") where name.hasSuffix(".yaml") {
            guard
                let file = FolderFile.read(
                    "\(directory)/rules/\(name)", shown: "rules/\(name)", limit: .rules, findings: findings)
            else {
                folder.isWhole = false
                continue
            }
            files.append(file)
            guard let text = file.text(findings: findings), let items = RuleFile.items(text, findings: findings) else {
                folder.isWhole = false
                continue
            }
            folder.items += items
        }
        return folder
    }
}

/// What the rule files of a site hold.
private struct SiteRuleFiles {
    var items: [RuleFileItem] = []
    /// False when a file could not be read: what it would have held is not missing.
    var isWhole = true
}

/// Reads the merged site settings in the order in which they need each other.
private struct SiteReader {
    var root: TableReader
    let directory: String
    let shelf: ProfileShelf
    let templates: TemplateShelf
    let addresses: SiteLoader.Addresses
    let findings: Findings

    mutating func site(rules: SiteRuleFiles, files: [FolderFile]) -> LoadedSite {
        ProfileReader.checkSchema(&root, SiteLoader.schema)
        let head = SiteHeadReader.head(&root)
        let sources = SiteHeadReader.hazardSources(&root)
        let (people, personIDs) = SiteHeadReader.people(&root)
        let colours = SiteHeadReader.colours(&root)
        let capacities = SiteHeadReader.capacities(&root)
        let console = SiteHeadReader.console(&root)
        let links = LinkReader(siteID: head.id, directory: directory, addresses: addresses, findings: findings)
        let endpoints = links.endpoints(&root)
        let brokers = links.brokers(&root)
        let (devices, broken) = DeviceReader(
            siteID: head.id, endpoints: endpoints.map(\.id), brokers: brokers.map(\.link.id), hazardSources: sources,
            shelf: shelf, findings: findings
        ).devices(&root)
        ProfilePins.check(&root, shelf: shelf)
        let delivery = ChannelReader(people: personIDs, directory: directory, addresses: addresses, findings: findings)
            .channels(&root)
        let systemRules = systemDelays()
        var assembly = SiteAssembly(
            endpoints: endpoints, brokers: brokers, devices: devices, broken: broken,
            systemDelays: systemRules.mapValues(\.delay),
            systemLocation: root.place, findings: findings)
        let rules = ruleSet(rules, devices: devices, broken: broken, assembly: &assembly)
        checkSystemDelays(systemRules, known: assembly.systemRules)
        root.finish(
            knows: "schema", "site", "hazard_sources", "endpoints", "brokers", "devices", "colours", "people",
            "channels", "console", "capacities", "system_rules", "pins")
        return LoadedSite(
            description: SiteDescription(
                id: head.id, name: head.name, utcOffsetSeconds: head.utcOffsetSeconds, hazardSources: sources,
                points: assembly.points.fitted, people: people, colours: colours, capacities: capacities),
            rules: rules, modbus: assembly.endpoints, brokers: assembly.brokers, delivery: delivery, console: console,
            systemPoints: assembly.systemPoints,
            profiles: Dictionary(
                uniqueKeysWithValues: devices.map {
                    ($0.id, ProfileReference(id: $0.profile.id, digest: $0.profile.digest))
                }), namedBits: assembly.namedBits, hash: hash(of: files + shelf.files + templates.files))
    }

    // MARK: Rules

    private func ruleSet(
        _ given: SiteRuleFiles, devices: [DeviceDraft], broken: Set<String>, assembly: inout SiteAssembly
    ) -> RuleSet {
        let rules = given.items.flatMap { item in
            switch item {
            case .entry(let entry): [entry]
            case .template(let use): expanded(use, devices: devices, broken: broken)
            }
        }
        let entries = devices.flatMap(derived) + rules
        let sorted =
            ReferenceOrder.sorted(entries, isWhole: given.isWhole, findings: findings) ?? entries
        for entry in sorted where entry.isDerived {
            if let name = entry.name, assembly.details[name] != nil {
                findings.error(
                    at: entry.location(of: "derived"), "derived point \"\(name)\" has the tag of a measured one")
            } else {
                assembly.addDerived(entry)
            }
        }
        var checks = RuleChecks(
            points: assembly.points, details: assembly.details, brokenDevices: broken, findings: findings)
        checks.isWhole = given.isWhole
        checks.deviceLocations = Dictionary(uniqueKeysWithValues: devices.map { ($0.id, $0.place) })
        return RuleSet(entries: checks.completed(sorted) + assembly.systemRules.map { .rule($0) })
    }

    private func expanded(_ use: TemplateUse, devices: [DeviceDraft], broken: Set<String>) -> [ParsedEntry] {
        guard let template = templates.template(use.id, at: use.place) else { return [] }
        return use.devices.flatMap { device -> [ParsedEntry] in
            guard let draft = devices.first(where: { $0.id == device.id }) else {
                if !broken.contains(device.id) {
                    let near =
                        RuleKeys.nearest(to: device.id, among: devices.map(\.id)).map { "; \"\($0)\" is one" } ?? ""
                    findings.error(
                        at: device.place, "template \(use.id) names \"\(device.id)\", and no device has that id\(near)")
                }
                return []
            }
            guard draft.profile.pointClass == template.pointClass else {
                findings.error(
                    at: device.place,
                    "template \(use.id) is for class \(template.pointClass.rawValue), and \"\(device.id)\" is of class "
                        + draft.profile.pointClass.rawValue)
                return []
            }
            return TemplateExpansion(use, of: template, for: device, findings: findings).entries()
        }
    }

    /// The derived points of a device's profile, named as its other points are.
    private func derived(of device: DeviceDraft) -> [ParsedEntry] {
        device.profile.derived.map { entry in
            var entry = entry
            guard var derived = entry.derived else { return entry }
            derived.name = device.tag(of: derived.name)
            derived.inputs = derived.inputs.map { device.tag(of: $0) }
            entry.name = derived.name
            entry.entry = .derived(derived)
            return entry
        }
    }

    // MARK: Rules of the station itself

    /// `system_rules: {sys.NH3-101.link.DOWN: {on_delay_s: 10}}`.
    private mutating func systemDelays() -> [String: (delay: Duration, place: SourceLocation)] {
        var delays: [String: (delay: Duration, place: SourceLocation)] = [:]
        for entry in root.members("system_rules") {
            guard var table = TableReader(entry.value, what: "system rule \(entry.key)", findings: findings) else {
                continue
            }
            let delay = table.seconds("on_delay_s", atLeast: .zero)
            if let delay = table.require(delay, "on_delay_s", for: "a system rule") {
                delays[entry.key] = (delay, entry.keyPlace)
            }
            table.finish { _ in "a shipped rule can be delayed by on_delay_s, nothing else" }
        }
        return delays
    }

    private func checkSystemDelays(
        _ delays: [String: (delay: Duration, place: SourceLocation)], known rules: [Rule]
    ) {
        let ids = Set(rules.map(\.id))
        for (id, entry) in delays where !ids.contains(id) {
            let near = RuleKeys.nearest(to: id, among: ids.sorted()).map { "; \"\($0)\" is one" } ?? ""
            findings.error(at: entry.place, "no shipped rule is called \"\(id)\"\(near)")
        }
    }

    // MARK: Hash

    private func hash(of files: [FolderFile]) -> String {
        var hash = SHA256Stream()
        for file in files {
            hash.update("\(file.shown) \(file.bytes.count)\n")
            hash.update(file.bytes)
        }
        return hash.finish().hex
    }
}
