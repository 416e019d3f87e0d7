import DeviceMap
import PlantModel

/// Reads one point of a profile, and the bits of it that are points of their own.
enum PointReader {
    private static let keys = [
        "name", "class", "unit", "range", "clamp_above", "clamp_below", "scale", "offset", "sentinels", "qualified_by",
        "bits", "role", "report_by_exception", "resolution", "noise", "conversion", "flag",
    ]

    /// - Returns: the point, then a point for each of its bits with a role.
    static func read(
        _ entry: Setting.Entry, link: DeviceProfile.Link?, ofClass pointClass: Point.Class, findings: Findings
    ) -> [ProfilePoint] {
        guard var table = TableReader(entry.value, what: "point \(entry.key)", findings: findings) else { return [] }
        let name = table.bilingual("name") ?? BilingualText(chinese: entry.key, english: entry.key)
        let ownClass = ProfileReader.pointClass("class", &table)
        let unit = EngineeringUnit(symbol: table.text("unit") ?? "")
        let range = table.range("range")
        let clamp = table.number("clamp_above")
        let floor = table.number("clamp_below")
        if let clamp, let floor, floor >= clamp {
            table.error(at: "clamp_below", "clamp_below must lie below clamp_above, found \(written(floor))")
        }
        let resolution = table.positive("resolution")
        let noise = table.positive("noise")
        let conversion = ConversionReader.read(&table)
        let qualifiedBy = table.name("qualified_by")
        let reason = table.text("report_by_exception")
        _ = SourceFlags.read(&table)
        let role = table.word("role") { (role: PointRole) in role.rawValue }
        var status = StatusMeaning.read(&table)
        var scaling = Scaling(scale: table.number("scale") ?? 1, offset: table.number("offset") ?? 0)
        if scaling.scale == 0 { table.error(at: "scale", "scale must not be 0") }
        var curve: ValueCurve?
        var channels: ChannelSpan?
        var blob: String?
        var isApart = false

        let wire: ProfilePoint.Wire?
        switch link {
        case .modbus(let manners):
            let register = RegisterWireReader.read(&table, base: manners.addressBase)
            wire = register.map { .register($0) }
            curve = CurveReader.read(&table)
            channels = ChannelSpan.read(&table)
            if curve != nil, table.has("scale") || table.has("offset") {
                table.error(at: "map", "map stands in place of scale and offset; one of the two must go")
            }
            isApart = table.flag("qualified_apart") ?? false
            if isApart, qualifiedBy == nil {
                table.error(at: "qualified_apart", "qualified_apart goes with qualified_by")
            }
            if let register { status.settle(on: register, table) }
            if table.flag("invert") == true {
                if let register, register.width == 1 {
                    scaling = .inverted
                } else {
                    table.error(at: "invert", "invert goes with type bit")
                }
            }
            table.finish(
                ProfileReader.readOnly(keys + RegisterWireReader.keys + ["values", "channels", "qualified_apart"]))
        case .mqtt(let manners) where table.has("at"):
            let register = RegisterWireReader.read(&table, base: 0, isPolled: false)
            wire = register.map { .register($0) }
            curve = CurveReader.read(&table)
            blob = PayloadBlobReader.blob(register, manners, &table)
            if let register { status.settle(on: register, table) }
            table.finish(ProfileReader.readOnly(keys + RegisterWireReader.keys + ["blob", "values"]))
        case .mqtt:
            wire = PayloadWireReader.read(&table)
            for bit in status.bits {
                findings.error(at: bit.location, "a bit with a role goes with modbus; a rule with \"bit\" would do")
            }
            table.finish(ProfileReader.readOnly(keys + ["path", "type", "words", "values"]))
        case nil: wire = nil
        }
        guard let wire else { return [] }
        let point = ProfilePoint(
            id: entry.key, name: name, pointClass: ownClass ?? pointClass, unit: unit, range: range,
            clampAbove: clamp, clampBelow: floor, resolution: resolution, noise: noise, conversion: conversion,
            scaling: scaling, curve: curve, role: role, named: status.named, channels: channels,
            qualifiedBy: qualifiedBy,
            isQualifiedApart: isApart, effects: status.effects, values: status.values, reportByException: reason,
            wire: wire, blob: blob, location: entry.keyPlace)
        return [point] + status.bits.compactMap { $0.point(of: point) }
    }
}

extension Scaling {
    /// 1 becomes 0 and 0 becomes 1.
    static let inverted = Scaling(scale: -1, offset: 1)
}
