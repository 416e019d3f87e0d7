import DeviceMap
import PlantModel

/// Lays what the site says of a device's points over what the profile says: `points: {level: {order: CDAB, range: [0, 9]}}`.
struct PointOverrides {
    static let keys = [
        "name", "range", "clamp_above", "clamp_below", "map", "expect", "report_by_exception", "resolution", "noise",
        "conversion", "order", "scale", "offset", "sentinels",
    ]

    let profile: String
    let findings: Findings

    func laid(over given: [ProfilePoint], by overrides: [Setting.Entry]) -> [ProfilePoint] {
        var points = given
        for entry in overrides {
            guard let place = points.firstIndex(where: { $0.id == entry.key }) else {
                let near = RuleKeys.nearest(to: entry.key, among: points.map(\.id)).map { "; \"\($0)\" is known" } ?? ""
                findings.error(at: entry.keyPlace, "profile \(profile) has no point \"\(entry.key)\"\(near)")
                continue
            }
            guard var table = TableReader(entry.value, what: "point \(entry.key)", findings: findings) else { continue }
            let before = points[place]
            overrideMeaning(of: &points[place], by: &table)
            overrideScaling(of: &points[place], by: &table)
            overrideWire(of: &points[place], by: &table)
            for bit in points.indices where points[bit].bitOf == before.id {
                follow(&points[bit], word: points[place], before: before)
            }
            table.finish(ProfileReader.readOnly(Self.keys))
        }
        return points
    }

    private func overrideMeaning(of point: inout ProfilePoint, by table: inout TableReader) {
        if let name = table.bilingual("name") { point.name = name }
        if let range = table.range("range") { point.range = range }
        if let clamp = table.number("clamp_above") { point.clampAbove = clamp }
        if let floor = table.number("clamp_below") { point.clampBelow = floor }
        if let reason = table.text("report_by_exception") { point.reportByException = reason }
        if let resolution = table.positive("resolution") { point.resolution = resolution }
        if let noise = table.positive("noise") { point.noise = noise }
        if let conversion = ConversionReader.read(&table) {
            point.conversion = (point.conversion ?? ConversionBasis()).overlaid(by: conversion)
        }
    }

    /// A transmitter that was spanned anew. What the profile draws as a curve has no scale to change.
    private func overrideScaling(of point: inout ProfilePoint, by table: inout TableReader) {
        let given = ["scale", "offset"].filter { table.has($0) }
        let scale = table.number("scale")
        let offset = table.number("offset")
        guard let key = given.first else { return }
        if scale == 0 { return table.error(at: "scale", "scale must not be 0") }
        if case .register(let wire) = point.wire, wire.type.isText || wire.width == 1 {
            return table.error(at: key, "\(key) goes with numbers, and \(point.id) is none")
        }
        if table.has("map") || point.curve != nil {
            return table.error(at: key, "map stands in place of scale and offset; one of the two must go")
        }
        point.scaling = Scaling(scale: scale ?? point.scaling.scale, offset: offset ?? point.scaling.offset)
    }

    /// How it stands in its registers: this device's own order of words, its own "no value", the tank's own strapping table,
    /// the serial number that should be there.
    private func overrideWire(of point: inout ProfilePoint, by table: inout TableReader) {
        guard case .register(var wire) = point.wire else {
            for key in ["map", "expect", "order"] where table.has(key) {
                table.error(at: key, "\(key) goes with registers")
                _ = table.setting(key)
            }
            if let patterns = table.numbers("sentinels"), case .payload(let path, let type, _) = point.wire {
                point.wire = .payload(path, type, sentinels: patterns)
            }
            return
        }
        if let word = point.bitOf {
            for key in ["order", "sentinels", "map"] where table.has(key) {
                let verb = key == "sentinels" ? "go" : "goes"
                table.error(at: key, "\(key) \(verb) with the word that \(point.id) is a bit of, \(word)")
                _ = table.setting(key)
            }
        }
        if let curve = CurveReader.read(&table) {
            point.curve = curve
            point.scaling = .identity
        }
        if let letters = table.text("order"), let order = RegisterWireReader.order(letters, of: wire.type, &table) {
            wire.order = order
        }
        if table.has("sentinels") {
            wire.sentinels = RegisterWireReader.sentinels(of: wire.type, bits: wire.width, &table)
        }
        if let text = RegisterWireReader.expectation(of: wire.type, &table) { wire.expectedText = text }
        point.wire = .register(wire)
    }

    /// A bit of a word stands where the word stands now, and is as bad as it.
    private func follow(_ bit: inout ProfilePoint, word: ProfilePoint, before: ProfilePoint) {
        guard case .register(var own) = bit.wire, case .register(let new) = word.wire,
            case .register(let old) = before.wire
        else { return }
        own.order = new.order
        bit.wire = .register(own)
        // The maker's patterns stand first among what the word says of its bits.
        bit.word = StatusMeaning.sentinelEffects(of: new) + bit.word.dropFirst(old.sentinels.count)
    }
}
