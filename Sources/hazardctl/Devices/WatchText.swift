import PlantModel
import SiteProfile

/// Who watches the points of a site: for each point the rules that judge it and those that tell of its silence, and plainly
/// where there are none; below, what these rules say.
struct WatchText {
    let language: Language
    let site: LoadedSite
    let map: WatchMap
    let rules: RuleText
    /// In the order of their points.
    let devices: [String]
    private let pointsOf: [String: [Point]]

    init(_ site: LoadedSite, _ language: Language) {
        self.language = language
        self.site = site
        map = WatchMap(site)
        rules = RuleText(language: language, description: site.description, delivery: site.delivery)
        pointsOf = Dictionary(grouping: site.description.points.filter { $0.device != nil }) { $0.device ?? "" }
        var seen: Set<String> = []
        devices = site.description.points.compactMap(\.device).filter { seen.insert($0).inserted }
    }

    // MARK: A device

    func device(_ device: String) -> String {
        let points = pointsOf[device] ?? []
        let tags = Set(points.map(\.tag))
        let made = map.derived { tags.contains($0) }
        let link = "sys.\(device).link"
        let sights = points.map { ($0.tag, map.sight(of: $0.tag)) }
        let rows =
            sights.map { row($0, $1, within: device) }
            + made.map { row($0.name, map.sight(of: $0.name), within: device) }
            + [self.link(link)]
        let shown = Set((points.map(\.tag) + made.map(\.name) + [link]).flatMap { map.sight(of: $0).all.map(\.rule) })
        return [
            say(
                .watched,
                [
                    "device": device, "points": "\(points.count)",
                    "unjudged": "\(sights.count { isUnjudged($0.0, $0.1) })",
                    "unwatched": "\(sights.count { $0.1.silence.isEmpty })",
                ]),
            sightTable(rows), "", table(of: map.following(shown)),
        ].joined(separator: "\n")
    }

    /// What the station says of itself and of its brokers.
    func station() -> String {
        let links = Set(devices.map { "sys.\($0).link" })
        let own = site.description.points.filter { $0.pointClass == .system && !links.contains($0.tag) }
        let chosen = Set(own.flatMap { map.sight(of: $0.tag).all.map(\.rule) })
        return [say(.station), table(of: map.following(chosen))].joined(separator: "\n")
    }

    private func sightTable(_ rows: [TextTable.Line]) -> String {
        let columns: [ExplainPhrase] = [.judged, .trusted, .silent]
        return TextTable(
            columns: [.init(DevicePhrase.point(language))] + columns.map { .init(say($0)) }, lines: rows
        ).text()
    }

    private func row(_ tag: String, _ sight: WatchMap.Sight, within device: String) -> TextTable.Line {
        var judged = eyes(sight.judges, within: device)
        if sight.judges.isEmpty, let others = map.speaksFor[tag], !isUnjudged(tag, sight) {
            let names = others.map { ExactText.name($0, within: device) }
            judged = say(.speaksFor, ["points": names.joined(separator: " ")])
        }
        return TextTable.Line([
            ExactText.name(tag, within: device), judged, eyes(sight.trust, within: device),
            eyes(sight.silence, within: device),
        ])
    }

    /// The station's own word of a device: it has no silence.
    private func link(_ tag: String) -> TextTable.Line {
        TextTable.Line([tag, eyes(map.sight(of: tag).judges, within: ""), "-", "-"])
    }

    /// No rule judges its value, nor that of a point for which it speaks.
    private func isUnjudged(_ tag: String, _ sight: WatchMap.Sight) -> Bool {
        !sight.isJudged && !(map.speaksFor[tag] ?? []).contains { map.sight(of: $0).isJudged }
    }

    private func eyes(_ eyes: [WatchMap.Eye], within device: String) -> String {
        var named: Set<Int> = []
        let words = eyes.filter { named.insert($0.rule).inserted }.map { eye in
            let id = map.rules[eye.rule].id
            switch eye.by {
            case .itself: return id
            case .madeOfIt(let tag):
                return say(.byMade, ["rule": id, "point": ExactText.name(tag, within: device)])
            case .comingWithIt(let tag):
                return say(.withMate, ["rule": id, "point": ExactText.name(tag, within: device)])
            }
        }
        return words.isEmpty ? say(.nobody) : words.joined(separator: " ")
    }

    // MARK: Rules

    func table(of chosen: [Int]) -> String {
        guard !chosen.isEmpty else { return "" }
        let columns: [ExplainPhrase] = [.rule, .kind, .condition, .onDelay, .offDelay, .priority, .told]
        let lines = chosen.map { place -> TextTable.Line in
            let rule = map.rules[place]
            let delays = rules.delays(rule)
            return TextTable.Line(
                [
                    rule.id, rule.kind.word, rules.condition(rule), delays.on, delays.off, rules.priority(rule),
                    rules.told(rule, feeding: map.fed(by: place)),
                ], below: rules.grounds(rule))
        }
        return TextTable(columns: columns.map { .init(say($0)) }, lines: lines).withoutEmptyColumns.text()
    }

    // MARK: The whole site

    /// What nobody watches, device by device; the reason why somebody reads this.
    func gaps() -> String {
        let points = site.description.points.filter { $0.device != nil }
        let sights = points.map { ($0, map.sight(of: $0.tag)) }
        let unjudged = sights.filter { isUnjudged($0.0.tag, $0.1) }.map(\.0)
        let unwatched = sights.filter { $0.1.silence.isEmpty }.map(\.0)
        let total = "\(points.count)"
        return [
            list(.unjudged, unjudged, of: total), list(.unwatched, unwatched, of: total),
        ].joined(separator: "\n")
    }

    private func list(_ phrase: ExplainPhrase, _ points: [Point], of total: String) -> String {
        var devices: [String] = []
        var names: [String: [String]] = [:]
        for point in points {
            let device = point.device ?? ""
            if names[device] == nil { devices.append(device) }
            names[device, default: []].append(ExactText.name(point.tag, within: device))
        }
        return
            ([say(phrase, ["count": "\(points.count)", "points": total])]
            + devices.map { "  \($0): \(names[$0, default: []].joined(separator: " "))" }).joined(separator: "\n")
    }

    func say(_ phrase: ExplainPhrase, _ values: KeyValuePairs<String, String> = [:]) -> String {
        phrase(language, values)
    }
}
