/// Lays the files of `site.d` over `site.yaml`: mappings grow together, and what stands twice is an error, so that no
/// file silently overrules another (decisions.md 1).
enum SettingMerge {
    static func merged(_ tables: [[Setting.Entry]], findings: Findings) -> [Setting.Entry] {
        var merged: [Setting.Entry] = []
        var places: [String: Int] = [:]
        for entry in tables.joined() {
            guard let place = places[entry.key] else {
                places[entry.key] = merged.count
                merged.append(entry)
                continue
            }
            merged[place].value = combined(merged[place], with: entry, findings: findings)
        }
        return merged
    }

    private static func combined(_ first: Setting.Entry, with second: Setting.Entry, findings: Findings) -> Setting {
        if let one = first.value.table, let other = second.value.table {
            return Setting(place: first.value.place, shape: .table(merged([one, other], findings: findings)))
        }
        // `nh3:` with nothing behind it declares the name only.
        if first.value.isNothing { return second.value }
        if second.value.isNothing { return first.value }
        findings.error(
            at: second.keyPlace, "\"\(second.key)\" stands at \(first.keyPlace) already; one of the two must go")
        return first.value
    }
}
