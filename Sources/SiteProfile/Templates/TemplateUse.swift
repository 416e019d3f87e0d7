import PlantModel

/// An item of a site's rule file that puts a template to use:
/// `{template: gas/ammonia-room@1, devices: [NH3-101], set: {L1.limit: 20}, omit: [SPRAY], approved_by: ...}`.
struct TemplateUse {
    /// A device, and what is set for it alone.
    struct Device {
        let id: String
        let place: SourceLocation
        let set: [Setting.Entry]
    }

    let id: String
    let place: SourceLocation
    let devices: [Device]
    /// For all devices.
    let set: [Setting.Entry]
    let omitted: [Setting]
    let approvedBy: Setting?

    /// nil, with its diagnostics, when it has mistakes.
    init?(_ setting: Setting, findings: Findings) {
        guard var table = TableReader(setting, what: "an entry", findings: findings) else { return nil }
        let mistakesBefore = findings.errorCount
        let id = table.name("template")
        place = table.location(of: "template")
        devices = Self.devices(&table)
        set = table.members("set")
        omitted = (table.list("omit") ?? []).filter { item in
            if case .scalar(let text, _) = item.shape, !text.isEmpty { return true }
            table.refuse(item, "omit must list the rules to leave out, found \(item.described)")
            return false
        }
        _ = table.text("approved_by")
        approvedBy = setting.table?.first { $0.key == "approved_by" }?.value
        table.finish(knows: "template", "device", "devices", "set", "omit", "approved_by")
        guard let id, findings.errorCount == mistakesBefore else { return nil }
        self.id = id
    }

    /// `device: A`, `devices: [A, B]`, `devices: {A: {}, B: {L1.limit: 20}}`.
    private static func devices(_ table: inout TableReader) -> [Device] {
        let one = table.name("device").map { Device(id: $0, place: table.location(of: "device"), set: []) }
        guard let setting = table.setting("devices") else {
            if one == nil, !table.has("device") {
                table.findings.error(at: table.place, "a template needs \"device\" or \"devices\"")
            }
            return one.map { [$0] } ?? []
        }
        if one != nil { table.error(at: "device", "a template takes \"device\" or \"devices\", found both") }
        switch setting.shape {
        case .list(let items):
            if items.isEmpty { table.refuse(setting, "devices must name at least one device") }
            return items.compactMap { item in
                guard case .scalar(let id, _) = item.shape, !item.isNothing, TableReader.isName(id) else {
                    table.refuse(item, "devices must list devices, found \(item.described)")
                    return nil
                }
                return Device(id: id, place: item.place, set: [])
            }
        case .table(let entries):
            return entries.compactMap { entry in
                if entry.value.isNothing { return Device(id: entry.key, place: entry.keyPlace, set: []) }
                guard let set = entry.value.table else {
                    table.refuse(
                        entry.value,
                        "device \(entry.key) must be followed by a mapping of what is set for it, found "
                            + entry.value.described)
                    return nil
                }
                return Device(id: entry.key, place: entry.keyPlace, set: set)
            }
        case .scalar:
            table.refuse(setting, "devices must be a list or a mapping of devices, found \(setting.described)")
            return []
        }
    }
}
