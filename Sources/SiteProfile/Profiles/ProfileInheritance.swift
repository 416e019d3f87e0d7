/// A profile that extends another says only what is different.
enum ProfileInheritance {
    /// What a profile says of itself and passes to nobody.
    private static let own: Set<String> = ["schema", "rev", "class", "name", "source", "flag", "extends"]

    /// Mappings grow together, everything else is replaced; `~` takes away what the base has.
    static func laid(_ root: Setting, over base: Setting) -> Setting {
        guard let entries = root.table, let inherited = base.table?.filter({ !own.contains($0.key) }) else {
            return root
        }
        return Setting(place: root.place, shape: .table(merged(entries, inherited)))
    }

    private static func merged(_ entries: [Setting.Entry], _ base: [Setting.Entry]) -> [Setting.Entry] {
        var merged = base
        for entry in entries {
            let place = merged.firstIndex { $0.key == entry.key }
            guard let place else {
                if !entry.value.isNothing { merged.append(entry) }
                continue
            }
            if entry.value.isNothing {
                merged.remove(at: place)
            } else if let one = entry.value.table, let other = merged[place].value.table {
                merged[place] = Setting.Entry(
                    key: entry.key, keyPlace: entry.keyPlace,
                    value: Setting(place: entry.value.place, shape: .table(Self.merged(one, other))))
            } else {
                merged[place] = entry
            }
        }
        return merged
    }
}
