import DeviceMap
import PlantModel
import PlantTime
import SiteProfile

/// Everything about one point of a site: what it is, where it is read, and every rule that looks at it.
struct PointText {
    let watch: WatchText

    private var language: Language { watch.language }
    private var site: LoadedSite { watch.site }

    func text(_ point: Point) -> String {
        let sight = watch.map.sight(of: point.tag)
        return ([head(point), source(point), silence(point)].compactMap { $0 } + verdict(point, sight))
            .joined(separator: "\n")
    }

    // MARK: What it is

    private func head(_ point: Point) -> String {
        let source = point.hazardSource.flatMap { id in site.description.hazardSources.first { $0.id == id } }
        let parts = [
            point.name.text(language), point.unit.shown, point.pointClass.rawValue,
            source?.name.text(language) ?? "", point.area,
        ]
        return "\(point.tag): " + parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }

    private func silence(_ point: Point) -> String? {
        guard point.device != nil else { return nil }
        guard let span = point.staleAfter else { return watch.say(.reportsChanges) }
        return watch.say(.staleSpan, ["span": ExactText.span(span)])
    }

    // MARK: Where it comes from

    private func source(_ point: Point) -> String? {
        if let made = watch.map.derived.first(where: { $0.name == point.tag }) {
            return watch.say(
                .madeOf, ["operation": made.operation.word, "points": made.inputs.joined(separator: " ")])
        }
        return register(point) ?? payload(point)
    }

    private func register(_ point: Point) -> String? {
        for endpoint in site.modbus {
            for unit in endpoint.units {
                guard let own = unit.points.first(where: { $0.point == point.index }) else { continue }
                let others = unit.points.filter {
                    $0.status == point.index || $0.point == own.status || isBit(point.index, of: $0.point)
                }
                let read = watch.say(
                    .askedFor,
                    ["endpoint": endpoint.id, "unit": "\(unit.unit)", "period": ExactText.span(own.period)])
                return read + "\n"
                    + table(unit.device, unit.pointClass).text(
                        ([own] + others).uniqued.map { PointReading($0, language) })
            }
        }
        return nil
    }

    private func payload(_ point: Point) -> String? {
        for broker in site.brokers {
            for route in broker.routes where route.allPoints.contains(point.index) {
                let text = BrokerText(
                    language: language, profiles: site.profiles, points: site.description.points,
                    namedBits: site.namedBits)
                let readings = text.readings(of: route)
                let status = readings.first { $0.point == point.index }?.status
                let shown = readings.filter {
                    $0.point == point.index || $0.status == point.index || $0.point == status
                        || isBit(point.index, of: $0.point)
                }
                let heard = watch.say(
                    .heardAt,
                    ["broker": broker.id, "topic": route.topic, "period": ExactText.span(route.expectedPeriod)])
                return heard + "\n" + table(route.device, route.pointClass).text(shown)
            }
        }
        return nil
    }

    private func table(_ device: String, _ pointClass: Point.Class) -> ReadingTable {
        ReadingTable(
            language: language, points: site.description.points, namedBits: site.namedBits, device: device,
            pointClass: pointClass)
    }

    /// The word says what its bits stand for.
    private func isBit(_ point: PointIndex, of word: PointIndex) -> Bool {
        site.namedBits[word]?.contains { $0.point == point } ?? false
    }

    // MARK: Who looks at it

    private func verdict(_ point: Point, _ sight: WatchMap.Sight) -> [String] {
        var lines = [""]
        if sight.judges.isEmpty { lines.append(watch.say(.judgedByNobody, ["point": point.tag])) }
        if point.device != nil {
            if !sight.isTrustTold { lines.append(watch.say(.trustByNobody, ["point": point.tag])) }
            if sight.silence.isEmpty { lines.append(watch.say(.silenceByNobody, ["point": point.tag])) }
        }
        let made = watch.map.derived { $0 == point.tag }
        if !made.isEmpty {
            lines.append(watch.say(.goesInto, ["points": made.map(\.name).joined(separator: " ")]))
        }
        if let others = watch.map.speaksFor[point.tag] {
            lines.append(watch.say(.speaksFor, ["points": others.joined(separator: " ")]))
        }
        var chosen = sight.all.map(\.rule)
        // The link of its device falls before the point is silent.
        if let device = point.device { chosen += watch.map.sight(of: "sys.\(device).link").all.map(\.rule) }
        lines += sight.all.uniqued.compactMap(way)
        lines.append(watch.table(of: watch.map.following(chosen)))
        return lines
    }

    /// How a rule that looks at another point comes to see this one.
    private func way(_ eye: WatchMap.Eye) -> String? {
        let rule = watch.map.rules[eye.rule]
        switch eye.by {
        case .itself: return nil
        case .madeOfIt(let other): return watch.say(.seesMade, ["rule": rule.id, "point": other])
        case .comingWithIt(let other):
            let phrase: ExplainPhrase = rule.kind == .stale ? .silentTogether : .spoiltTogether
            return watch.say(phrase, ["rule": rule.id, "point": other])
        }
    }
}

extension Array where Element: Equatable {
    /// The first of each, in order.
    fileprivate var uniqued: [Element] {
        reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

extension DerivedPoint.Operation {
    /// As rule files write it.
    fileprivate var word: String {
        switch self {
        case .sum: "sum"
        case .difference: "difference"
        case .linear(let scale, let offset): "linear \(ExactText.scaling(Scaling(scale: scale, offset: offset)))"
        case .table: "table"
        case .mean(let window): "mean \(ExactText.span(window))"
        case .counter: "counter"
        case .unwrap: "unwrap"
        case .product: "product"
        case .inverse: "inverse"
        case .minimum: "min"
        case .maximum: "max"
        case .slope(let window): "slope \(ExactText.span(window))"
        }
    }
}
