/// Rules and a recording as they would stand in files: what a failing case is printed as, and shrunk to.
package struct PaperPlant: Sendable {
    struct Key: Sendable {
        var name: String
        var text: String
        /// Whether the entry may do without it.
        var isOptional = true
    }

    struct Entry: Sendable {
        var keys: [Key]
    }

    struct Row: Sendable {
        var time: Int64
        var point: String
        var value: String
        var quality: String
    }

    var entries: [Entry] = []
    var rows: [Row] = []

    /// `rules.yaml`, one entry a line.
    package var rules: String {
        entries.map { entry in
            "- {" + entry.keys.map { "\($0.name): \($0.text)" }.joined(separator: ", ") + "}\n"
        }.joined()
    }

    /// `recording.csv`.
    package var recording: String {
        "time,point,value,quality\n"
            + rows.map { "\(UTCText.text($0.time)),\($0.point),\($0.value),\($0.quality)\n" }.joined()
    }

    /// The plants with less of one key: without it if the entry may do without, else with one member of its list fewer.
    func without(_ key: Int, of entry: Int) -> [PaperPlant] {
        let text = entries[entry].keys[key].text
        var smaller: [PaperPlant] = []
        if entries[entry].keys[key].isOptional {
            var plant = self
            plant.entries[entry].keys.remove(at: key)
            smaller.append(plant)
        } else if text.hasPrefix("[") {
            let members = text.dropFirst().dropLast().split(separator: ",")
            for place in members.indices where members.count > 1 {
                var rest = members
                rest.remove(at: place)
                var plant = self
                plant.entries[entry].keys[key].text = "[" + rest.joined(separator: ",") + "]"
                smaller.append(plant)
            }
        }
        return smaller
    }
}
