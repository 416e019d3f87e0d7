import PlantModel

/// Makes ordinary entries of a template for one device. Every value stands at the line that a person wrote, the device's
/// or the one in `set`, and carries the template's own line along, so that a mistake names both.
struct TemplateExpansion {
    let use: TemplateUse
    let template: RuleTemplate
    let device: TemplateUse.Device
    let findings: Findings

    private let omitted: Set<String>
    private let parameters: [String: Setting.Entry]
    /// By rule: path of keys, and the value.
    private let overrides: [String: [(path: [String], entry: Setting.Entry)]]

    init(_ use: TemplateUse, of template: RuleTemplate, for device: TemplateUse.Device, findings: Findings) {
        self.use = use
        self.template = template
        self.device = device
        self.findings = findings
        omitted = Set(use.omitted.compactMap { if case .scalar(let name, _) = $0.shape { name } else { nil } })
        var parameters: [String: Setting.Entry] = [:]
        var overrides: [String: [(path: [String], entry: Setting.Entry)]] = [:]
        let suffixes = template.entries.map(\.suffix).sorted { $0.utf8.count > $1.utf8.count }
        // What is set for the device alone goes over what is set for all.
        for entry in use.set + device.set {
            if template.parameters.contains(where: { $0.name == entry.key }) {
                parameters[entry.key] = entry
            } else if let suffix = suffixes.first(where: { entry.key.hasPrefix("\($0).") }) {
                let path = entry.key.dropFirst(suffix.count + 1).split(separator: ".").map(String.init)
                overrides[suffix, default: []].append((path, entry))
            } else {
                findings.error(at: entry.keyPlace, Self.unknown(entry.key, template))
            }
        }
        self.parameters = parameters
        self.overrides = overrides
        for item in use.omitted {
            guard case .scalar(let name, _) = item.shape, !suffixes.contains(name) else { continue }
            let near = RuleKeys.nearest(to: name, among: suffixes).map { "; \"\($0)\" is one" } ?? ""
            findings.error(at: item.place, "template \(template.id) has no rule \"\(name)\"\(near)")
        }
    }

    private static func unknown(_ key: String, _ template: RuleTemplate) -> String {
        let parameters = template.parameters.map(\.name)
        let rule = key.split(separator: ".").dropLast().joined(separator: ".")
        if let near = RuleKeys.nearest(to: key, among: parameters) ?? RuleKeys.nearest(to: rule, among: template.rules)
        {
            return "template \(template.id) has no \"\(rule.isEmpty ? key : rule)\"; \"\(near)\" is known"
        }
        let rules = template.entries.map(\.suffix).joined(separator: " ")
        let given = parameters.isEmpty ? "" : " and the parameters \(parameters.joined(separator: " "))"
        return
            "template \(template.id) has nothing called \(key); its rules are \(rules), to be set as RULE.key\(given)"
    }

    // MARK: Entries

    func entries() -> [ParsedEntry] {
        let given = template.entries.filter { absentOption(of: $0) == nil }
        tellOverridesOfAbsent()
        let kept = given.filter { !omitted.contains($0.suffix) }
        let wanting = kept.filter { !missing(in: $0.setting).isEmpty }
        tellMissing(wanting)
        return kept.compactMap { entry in
            wanting.contains { $0.suffix == entry.suffix }
                ? incomplete(entry) : EntryReader.read(expanded(entry), findings: findings)
        }
    }

    /// The optional parameter that an entry uses and the park does not give: it is left out.
    private func absentOption(of entry: RuleTemplate.Entry) -> String? {
        let absent = missing(in: entry.setting)
        return template.parameters.first { $0.isOptional && absent.contains($0.name) }?.name
    }

    /// Whoever sets a key of a rule believes that it is there.
    private func tellOverridesOfAbsent() {
        for entry in template.entries {
            guard let option = absentOption(of: entry) else { continue }
            for (_, given) in overrides[entry.suffix] ?? [] {
                findings.error(
                    at: given.keyPlace,
                    "template \(template.id) has \(entry.suffix) for \(device.id) only with \(option); "
                        + "set: {\(option): ...} would do")
            }
        }
    }

    /// Stands for an entry that wants a parameter, so that those who name it are not told of it too.
    private func incomplete(_ entry: RuleTemplate.Entry) -> ParsedEntry {
        ParsedEntry(
            name: "\(device.id).\(entry.suffix)", isDerived: entry.isDerived, isSilent: true, entry: nil, unit: nil,
            setting: Setting(place: here(entry.setting.place), shape: .table([])))
    }

    /// Parameters that the park must give, with the rules that cannot do without.
    private func tellMissing(_ entries: [RuleTemplate.Entry]) {
        for parameter in template.parameters {
            let users = entries.filter { missing(in: $0.setting).contains(parameter.name) }.map(\.suffix)
            guard !users.isEmpty else { continue }
            var place = device.place
            place.template = "\(parameter.place)"
            findings.error(
                at: place,
                "template \(template.id) needs \(parameter.name) of \(device.id), \(parameter.text.text(.english)); "
                    + "set: {\(parameter.name): ...} or omit: [\(users.joined(separator: ", "))] would do")
        }
    }

    private func missing(in setting: Setting) -> [String] {
        switch setting.shape {
        case .scalar(let text, isPlain: true) where text.hasPrefix("$"):
            let name = String(text.dropFirst())
            let usual = template.parameters.first { $0.name == name }?.usual
            return parameters[name] == nil && usual == nil ? [name] : []
        case .scalar: return []
        case .list(let items): return items.flatMap { missing(in: $0) }
        case .table(let entries): return entries.flatMap { missing(in: $0.value) }
        }
    }

    private func expanded(_ entry: RuleTemplate.Entry) -> Setting {
        var setting = filled(entry.setting)
        for (path, given) in overrides[entry.suffix] ?? [] { setting = laid(given, at: path, over: setting) }
        guard var table = setting.table else { return setting }
        for place in table.indices { table[place].value = named(table[place].value, key: table[place].key, in: entry) }
        if !entry.isDerived, let approved = use.approvedBy, !table.contains(where: { $0.key == "approved_by" }) {
            table.append(Setting.Entry(key: "approved_by", keyPlace: approved.place, value: approved))
        }
        return Setting(place: setting.place, shape: .table(table))
    }

    // MARK: Values

    private func here(_ place: SourceLocation) -> SourceLocation {
        var here = device.place
        here.template = "\(place)"
        return here
    }

    /// The setting at the device's line, with parameters filled in.
    private func filled(_ setting: Setting) -> Setting {
        switch setting.shape {
        case .scalar(let text, isPlain: true) where text.hasPrefix("$"):
            let name = String(text.dropFirst())
            if let given = parameters[name]?.value { return behind(given, setting.place) }
            let usual = template.parameters.first { $0.name == name }?.usual
            return Setting(place: here(setting.place), shape: usual?.shape ?? setting.shape)
        case .scalar: return Setting(place: here(setting.place), shape: setting.shape)
        case .list(let items): return Setting(place: here(setting.place), shape: .list(items.map { filled($0) }))
        case .table(let entries):
            let copies = entries.map {
                Setting.Entry(key: $0.key, keyPlace: here($0.keyPlace), value: filled($0.value))
            }
            return Setting(place: here(setting.place), shape: .table(copies))
        }
    }

    /// What a person gave, at that person's line, with the template's line behind it.
    private func behind(_ given: Setting, _ place: SourceLocation?) -> Setting {
        func marked(_ own: SourceLocation) -> SourceLocation {
            var own = own
            own.template = place.map { "\($0)" }
            return own
        }
        switch given.shape {
        case .scalar: return Setting(place: marked(given.place), shape: given.shape)
        case .list(let items):
            return Setting(place: marked(given.place), shape: .list(items.map { behind($0, place) }))
        case .table(let entries):
            let entries = entries.map {
                Setting.Entry(key: $0.key, keyPlace: marked($0.keyPlace), value: behind($0.value, place))
            }
            return Setting(place: marked(given.place), shape: .table(entries))
        }
    }

    /// One value of `set` over the entry. A limit that the park sets does not rest on the template's basis any more.
    private func laid(_ given: Setting.Entry, at path: [String], over setting: Setting) -> Setting {
        guard let key = path.first, var table = setting.table else { return setting }
        if ["id", "kind", "derived", "op"].contains(key) {
            findings.error(at: given.keyPlace, "\(given.key) belongs to the template; a rule of your own would do")
            return setting
        }
        let at = table.firstIndex { $0.key == key }
        let old = at.map { table[$0].value }
        let templateLine = old.flatMap(\.place.template)
        var value: Setting
        if path.count > 1 {
            let inner = old ?? Setting(place: given.value.place, shape: .table([]))
            value = laid(given, at: Array(path.dropFirst()), over: inner)
        } else {
            value = given.value
            markTemplate(&value, templateLine)
        }
        if let at {
            table[at].value = value
            if path.count == 1 { table[at].keyPlace = given.keyPlace }
        } else {
            table.append(Setting.Entry(key: key, keyPlace: given.keyPlace, value: value))
        }
        if path == ["limit"] {
            let set = Set((overrides.values.joined()).filter { $0.path.count == 1 }.map(\.entry.key))
            let suffix = given.key.dropLast(".limit".count)
            table.removeAll { ["basis", "flag"].contains($0.key) && !set.contains("\(suffix).\($0.key)") }
        }
        return Setting(place: setting.place, shape: .table(table))
    }

    private func markTemplate(_ setting: inout Setting, _ line: String?) {
        setting.place.template = line
    }

    // MARK: Names

    /// Names within the device get its id in front: points without a dot, rules and derived points of the template.
    private func named(_ setting: Setting, key: String, in entry: RuleTemplate.Entry) -> Setting {
        switch (setting.shape, key) {
        case (.list(let items), "of"), (.list(let items), "levels"):
            return Setting(place: setting.place, shape: .list(items.map { named($0, key: key, in: entry) }))
        case (.scalar(let text, let isPlain), "id"), (.scalar(let text, let isPlain), "derived"):
            return Setting(place: setting.place, shape: .scalar("\(device.id).\(text)", isPlain: isPlain))
        case (.scalar(let text, let isPlain), "point"), (.scalar(let text, let isPlain), "other"):
            return Setting(place: setting.place, shape: .scalar(tag(text), isPlain: isPlain))
        case (.scalar(let text, let isPlain), "of") where entry.isDerived:
            return Setting(place: setting.place, shape: .scalar(tag(text), isPlain: isPlain))
        case (.scalar(let text, let isPlain), "of"), (.scalar(let text, let isPlain), "when"),
            (.scalar(let text, let isPlain), "unless"), (.scalar(let text, let isPlain), "levels"):
            guard template.rules.contains(text) else { return setting }
            return Setting(place: setting.place, shape: .scalar("\(device.id).\(text)", isPlain: isPlain))
        default: return setting
        }
    }

    private func tag(_ name: String) -> String {
        template.derived.contains(name) || !name.contains(".") ? "\(device.id).\(name)" : name
    }
}
