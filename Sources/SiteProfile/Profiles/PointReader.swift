import DeviceMap
import PlantModel

/// Reads one point of a profile.
enum PointReader {
    private static let keys = [
        "name", "class", "unit", "range", "clamp_above", "scale", "offset", "sentinels", "qualified_by", "bits",
        "role", "report_by_exception", "resolution", "noise", "conversion",
    ]
    /// What a point of an interlock stands for; shown, and checked for its spelling.
    private static let roles = ["healthy", "trip", "bypass", "first_out", "fault", "test", "state", "heartbeat"]

    static func read(
        _ entry: Setting.Entry, link: DeviceProfile.Link?, ofClass pointClass: Point.Class, findings: Findings
    ) -> ProfilePoint? {
        guard var table = TableReader(entry.value, what: "point \(entry.key)", findings: findings) else { return nil }
        let name = table.bilingual("name") ?? BilingualText(chinese: entry.key, english: entry.key)
        let ownClass = ProfileReader.pointClass("class", &table)
        let unit = EngineeringUnit(symbol: table.text("unit") ?? "")
        let range = table.range("range")
        let clamp = table.number("clamp_above")
        let resolution = table.positive("resolution")
        let noise = table.positive("noise")
        let conversion = ConversionReader.read(&table)
        let qualifiedBy = table.name("qualified_by")
        let reason = table.text("report_by_exception")
        checkRole(&table)
        let (effects, values) = statusMeaning(&table)
        var scaling = Scaling(scale: table.number("scale") ?? 1, offset: table.number("offset") ?? 0)
        if scaling.scale == 0 { table.error(at: "scale", "scale must not be 0") }

        let wire: ProfilePoint.Wire?
        switch link {
        case .modbus(let manners):
            wire = RegisterWireReader.read(&table, base: manners.addressBase).map { .register($0) }
            if table.flag("invert") == true {
                if case .register(let register)? = wire, case .bit = register.type {
                    // 1 becomes 0 and 0 becomes 1.
                    scaling = Scaling(scale: -1, offset: 1)
                } else {
                    table.error(at: "invert", "invert goes with type bit")
                }
            }
            table.finish(ProfileReader.readOnly(keys + ["at", "type", "order", "rate", "invert"]))
        case .mqtt:
            wire = PayloadWireReader.read(&table)
            table.finish(ProfileReader.readOnly(keys + ["path", "type", "words", "values"]))
        case nil: wire = nil
        }
        guard let wire else { return nil }
        return ProfilePoint(
            id: entry.key, name: name, pointClass: ownClass ?? pointClass, unit: unit, range: range,
            clampAbove: clamp, resolution: resolution, noise: noise, conversion: conversion, scaling: scaling,
            qualifiedBy: qualifiedBy, effects: effects, values: values,
            reportByException: reason, wire: wire, location: entry.keyPlace)
    }

    private static func checkRole(_ table: inout TableReader) {
        guard let role = table.text("role"), !roles.contains(role) else { return }
        table.error(at: "role", "role must be one of \(roles.joined(separator: " ")), found \(role)")
    }

    // MARK: Status points

    /// What bits (`bits: {2: {name: fault, quality: bad.deviceFault}}`) and values (`values: {5: uncertain.degraded}`) say
    /// of the points that this one qualifies.
    private static func statusMeaning(_ table: inout TableReader) -> ([StatusEffect], [Double: Quality]) {
        var effects: [StatusEffect] = []
        var values: [Double: Quality] = [:]
        for entry in table.members("bits") {
            guard let bit = TableReader.whole(entry.key), (0...63).contains(bit) else {
                table.findings.error(at: entry.keyPlace, "bits must have keys 0 to 63, found \(entry.key)")
                continue
            }
            if case .scalar = entry.value.shape { continue }
            guard var meaning = TableReader(entry.value, what: "bit \(bit)", findings: table.findings) else { continue }
            _ = meaning.text("name")
            let whenSet = meaning.flag("when_set") ?? true
            if let quality = quality("quality", &meaning) {
                effects.append(StatusEffect(bit: bit, whenSet: whenSet, quality: quality))
            }
            meaning.finish(knows: "name", "quality", "when_set")
        }
        for entry in table.members("values") {
            guard let value = TableReader.decimal(entry.key) else {
                table.findings.error(at: entry.keyPlace, "values must have numbers as keys, found \(entry.key)")
                continue
            }
            if let quality = quality(entry.value, table) { values[value] = quality }
        }
        return (effects, values)
    }

    private static func quality(_ key: String, _ table: inout TableReader) -> Quality? {
        table.setting(key).flatMap { quality($0, table) }
    }

    private static func quality(_ setting: Setting, _ table: TableReader) -> Quality? {
        if case .scalar(let text, _) = setting.shape, let quality = QualityWords.quality(text) { return quality }
        table.refuse(
            setting,
            "quality must be one of \(QualityWords.all.joined(separator: " ")), found \(setting.described)")
        return nil
    }
}

/// The words of the one table of reasons: `bad.deviceFault`, `uncertain.degraded`.
enum QualityWords {
    /// Reasons from 32 on belong to values that are fit to act on.
    private static func isUsable(_ reason: QualityReason) -> Bool { reason.rawValue >= 32 }

    static let all: [String] = QualityReason.allCases.map { isUsable($0) ? "uncertain.\($0)" : "bad.\($0)" }

    static func quality(_ word: String) -> Quality? {
        for reason in QualityReason.allCases {
            if isUsable(reason), word == "uncertain.\(reason)" { return .uncertain(reason) }
            if !isUsable(reason), word == "bad.\(reason)" { return .bad(reason) }
        }
        return nil
    }
}
