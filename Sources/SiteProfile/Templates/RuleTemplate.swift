import PlantModel

/// Rules for any device of one class, read from `DeviceProfiles/<class>/rules/<name>.yaml`: each with its basis and its
/// flag, none with an approver, for that is who puts it to use.
struct RuleTemplate {
    /// What the park has to give, or may give otherwise: stands in the rules as `$name`.
    struct Parameter {
        let name: String
        let place: SourceLocation
        let text: BilingualText
        /// nil: the park must give it, unless it is optional.
        let usual: Setting?
        /// Entries that use it are left out where the park does not give it: a loop without the point has no such rule,
        /// and a site's signed rules do not grow by a new version of the template.
        let isOptional: Bool
    }

    /// One entry, as it stands in the file.
    struct Entry {
        /// The rule's id or the derived point's name, behind the device's.
        let suffix: String
        let isDerived: Bool
        let setting: Setting
    }

    let id: String
    let pointClass: Point.Class
    let parameters: [Parameter]
    let entries: [Entry]

    var rules: [String] { entries.filter { !$0.isDerived }.map(\.suffix) }
    var derived: [String] { entries.filter(\.isDerived).map(\.suffix) }
}

enum RuleTemplateReader {
    static let schema = "hazardd.rules/v1"

    /// - Parameter path: `<class>/<name>`, the template's id without its revision.
    /// - Returns: nil when the file has mistakes; they are among the findings. What its rules say is checked where they
    ///   are put to use.
    static func read(_ text: ConfigurationText, path: String, findings: Findings) -> RuleTemplate? {
        let mistakesBefore = findings.errorCount
        guard let root = SettingFile.read(text, findings: findings),
            var table = TableReader(root, what: "a rule template", findings: findings)
        else { return nil }
        ProfileReader.checkSchema(&table, schema)
        let revision = table.require(table.integer("rev", in: 1...1_000_000), "rev", for: "a rule template")
        let pointClass = table.require(
            ProfileReader.pointClass("class", &table), "class", for: "a rule template")
        _ = table.require(table.bilingual("name"), "name", for: "a rule template")
        _ = table.require(table.text("source"), "source", for: "a rule template")
        if let pointClass, !path.hasPrefix("\(pointClass.rawValue)/") {
            table.error(
                at: "class", "class \(pointClass.rawValue) must be the name of the file's folder, found \(path)")
        }
        let parameters = table.members("parameters").compactMap { parameter($0, findings) }
        let items = table.require(table.list("rules"), "rules", for: "a rule template") ?? []
        let entries = items.compactMap { entry($0, findings) }
        if table.has("rules"), items.isEmpty { table.error(at: "rules", "rules must hold at least one rule") }
        refuseDuplicates(entries, findings)
        let known = Set(parameters.map(\.name))
        for entry in entries { checkParameters(entry.setting, known, findings) }
        table.finish(knows: "schema", "rev", "class", "name", "source", "parameters", "rules")
        guard findings.errorCount == mistakesBefore, let revision, let pointClass else { return nil }
        return RuleTemplate(
            id: "\(path)@\(revision)", pointClass: pointClass, parameters: parameters, entries: entries)
    }

    // MARK: Parameters

    private static func parameter(_ entry: Setting.Entry, _ findings: Findings) -> RuleTemplate.Parameter? {
        guard ProfileReader.isPointName(entry.key) else {
            findings.error(
                at: entry.keyPlace,
                "parameter \"\(entry.key)\" must be named with letters, digits and _, a letter first")
            return nil
        }
        guard var table = TableReader(entry.value, what: "parameter \(entry.key)", findings: findings) else {
            return nil
        }
        let text = table.require(table.bilingual("text"), "text", for: "a parameter") ?? BilingualText()
        let usual = table.setting("default")
        let isOptional = table.flag("optional") ?? false
        if isOptional, usual != nil {
            table.error(at: "default", "parameter \"\(entry.key)\" is optional and must have no default")
        }
        _ = table.text("basis")
        let isNotFound = entry.value.table?.contains { item in
            guard item.key == "flag", case .scalar(SourceFlags.notFound, _) = item.value.shape else { return false }
            return true
        }
        if isNotFound == true {
            _ = table.setting("flag")
            if usual != nil {
                table.error(
                    at: "default", "parameter \"\(entry.key)\" was not found in any source and must have no default")
            }
        } else if SourceFlags.read(&table).isEmpty, let usual, isNumber(usual), !table.has("flag") {
            table.error(
                at: "default", "parameter \"\(entry.key)\" has a number as default and must say how sure it is: flag")
        }
        table.finish(knows: "text", "default", "optional", "basis", "flag")
        return RuleTemplate.Parameter(
            name: entry.key, place: entry.keyPlace, text: text, usual: usual, isOptional: isOptional)
    }

    /// `10`, `10 m`, `[1, 2]`: a number that somebody chose, not the name of a point.
    private static func isNumber(_ setting: Setting) -> Bool {
        switch setting.shape {
        case .scalar(let text, _): text.first.map { $0.isNumber || "+-.".contains($0) } ?? false
        case .list(let items): items.contains { isNumber($0) }
        case .table: true
        }
    }

    /// Every `$name` in the rules is declared.
    private static func checkParameters(_ setting: Setting, _ known: Set<String>, _ findings: Findings) {
        switch setting.shape {
        case .scalar(let text, isPlain: true) where text.hasPrefix("$"):
            guard !known.contains(String(text.dropFirst())) else { return }
            findings.error(at: setting.place, "\(text) is none of the template's parameters")
        case .scalar: return
        case .list(let items): for item in items { checkParameters(item, known, findings) }
        case .table(let entries): for entry in entries { checkParameters(entry.value, known, findings) }
        }
    }

    // MARK: Entries

    private static func entry(_ setting: Setting, _ findings: Findings) -> RuleTemplate.Entry? {
        guard let entries = setting.table else {
            findings.error(at: setting.place, "an entry must be a mapping, found \(setting.described)")
            return nil
        }
        if let approved = entries.first(where: { $0.key == "approved_by" }) {
            findings.error(at: approved.keyPlace, "a template has no approved_by: whoever puts it to use has")
        }
        let isDerived = entries.contains { $0.key == "derived" }
        let key = isDerived ? "derived" : "id"
        guard let name = entries.first(where: { $0.key == key })?.value, case .scalar(let suffix, _) = name.shape,
            !suffix.isEmpty
        else {
            findings.error(
                at: setting.place, "an entry of a template needs \"\(key)\", to stand behind the device's id")
            return nil
        }
        return RuleTemplate.Entry(suffix: suffix, isDerived: isDerived, setting: setting)
    }

    private static func refuseDuplicates(_ entries: [RuleTemplate.Entry], _ findings: Findings) {
        var seen = Set<String>()
        for entry in entries where !seen.insert("\(entry.isDerived) \(entry.suffix)").inserted {
            findings.error(at: entry.setting.place, "\"\(entry.suffix)\" stands in this template twice")
        }
    }
}
