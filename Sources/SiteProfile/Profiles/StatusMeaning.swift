import DeviceMap
import PlantModel

/// What the bits (`bits: {2: {name: fault, quality: bad.deviceFault}}`) and the values (`values: {5: uncertain.degraded}`)
/// of a point say of the points that it qualifies, and which of its bits are points of their own.
struct StatusMeaning {
    var effects: [StatusEffect] = []
    var values: [Double: Quality] = [:]
    var bits: [BitPoint] = []
    var named: [NamedBit] = []
    private var lastBit: (number: Int, location: SourceLocation)?

    /// A bit of a word with a role: an own point, 1 while the role's word holds.
    struct BitPoint {
        var id: String
        var label: BilingualText
        var role: PointRole
        var isInverted: Bool
        var field: BitField
        var location: SourceLocation
    }

    static func read(_ table: inout TableReader) -> StatusMeaning {
        var meaning = StatusMeaning()
        for entry in table.members("bits") {
            guard let field = RegisterWireReader.bits(entry.key, within: 64) else {
                table.findings.error(at: entry.keyPlace, "bits must have keys 0 to 63, found \(entry.key)")
                continue
            }
            let last = field.low + field.width - 1
            if meaning.lastBit.map({ $0.number < last }) ?? true { meaning.lastBit = (last, entry.keyPlace) }
            if case .scalar(let name, _) = entry.value.shape {
                meaning.named.append(NamedBit(field: field, name: name))
                continue
            }
            guard var given = TableReader(entry.value, what: "bit \(entry.key)", findings: table.findings) else {
                continue
            }
            meaning.take(&given, field, entry)
        }
        for entry in table.members("values") {
            guard let value = TableReader.decimal(entry.key) else {
                table.findings.error(at: entry.keyPlace, "values must have numbers as keys, found \(entry.key)")
                continue
            }
            if let quality = quality(entry.value, table) { meaning.values[value] = quality }
        }
        return meaning
    }

    private mutating func take(_ given: inout TableReader, _ field: BitField, _ entry: Setting.Entry) {
        let name = given.text("name")
        let known = effects.count
        let whenSet = given.flag("when_set") ?? true
        let label = given.bilingual("label")
        let role = given.word("role") { (role: PointRole) in role.rawValue }
        enum Polarity: String, CaseIterable { case energised_normal, energised_active }
        let polarity = given.word("polarity") { (word: Polarity) in word.rawValue }
        if given.has("quality"), let quality = Self.quality("quality", &given) {
            if field.width > 1 {
                given.error(at: "quality", "several bits need \"values\", a quality for each number")
            } else {
                effects.append(StatusEffect(field: field, .equals(whenSet ? 1 : 0), quality: quality))
            }
        }
        var numbers: [UInt64] = []
        for value in given.members("values") {
            guard let number = TableReader.whole(value.key).flatMap({ UInt64(exactly: $0) }), number <= field.largest
            else {
                given.findings.error(
                    at: value.keyPlace, "values of bits \(entry.key) must be 0 to \(field.largest), found \(value.key)")
                continue
            }
            numbers.append(number)
            if case .scalar("good", _) = value.value.shape { continue }
            if let quality = Self.quality(value.value, given) {
                effects.append(StatusEffect(field: field, .equals(number), quality: quality))
            }
        }
        // Once some of its numbers have a meaning, a number without one is unknown, and that is never normal.
        if !numbers.isEmpty { effects.append(StatusEffect(field: field, .noneOf(numbers), quality: .bad(.outOfRange))) }
        if let role { add(role, polarity == .energised_normal, name, label, field, entry, &given) }
        if role == nil, polarity != nil || label != nil {
            given.error(at: polarity != nil ? "polarity" : "label", "polarity and label go with a role")
        }
        if let name {
            named.append(
                NamedBit(
                    field: field, name: name, role: role,
                    isInverted: role != nil && polarity == .energised_normal, effects: Array(effects[known...])))
        }
        given.finish(knows: "name", "quality", "when_set", "values", "role", "polarity", "label")
    }

    private mutating func add(
        _ role: PointRole, _ isNormal: Bool, _ name: String?, _ label: BilingualText?, _ field: BitField,
        _ entry: Setting.Entry, _ given: inout TableReader
    ) {
        guard let name, ProfileReader.isPointName(name) else {
            given.findings.error(
                at: entry.keyPlace,
                "a bit with a role is a point: it needs a name of letters, digits and _, a letter first")
            return
        }
        if isNormal, !role.isAbnormal || field.width > 1 {
            given.error(
                at: "polarity",
                "polarity energised_normal goes with one bit that is a trip, bypass, first_out, fault or test")
        }
        bits.append(
            BitPoint(
                id: name, label: label ?? BilingualText(chinese: name, english: name), role: role, isInverted: isNormal,
                field: field, location: entry.keyPlace))
    }

    /// Makes patterns of the values of a register point, and sees that its bits are there.
    mutating func settle(on wire: RegisterWire, _ table: TableReader) {
        if let lastBit, lastBit.number >= max(wire.width, 1), !wire.type.isText {
            table.findings.error(
                at: lastBit.location, "bit \(lastBit.number) lies beyond the \(wire.width) bits of the point")
        }
        if wire.validRaw != nil, !bits.isEmpty {
            table.error(at: "valid_raw", "valid_raw says nothing of bits with a role; sentinels or states would do")
        }
        let whole = BitField(low: 0, width: 64)
        for (value, quality) in values.sorted(by: { $0.key < $1.key }) {
            guard let number = Int(exactly: value),
                let pattern = RegisterWireReader.pattern(of: number, isSigned: wire.type.isSigned, bits: wire.width),
                !wire.type.isFloat, !wire.type.isText
            else {
                table.error(
                    at: "values",
                    "values must have whole numbers of \(wire.width) bits as keys, found \(written(value))")
                continue
            }
            effects.append(StatusEffect(field: whole, .equals(pattern), quality: quality))
        }
        values = [:]
        if !wire.states.isEmpty {
            effects.append(StatusEffect(field: whole, .noneOf(wire.states), quality: .bad(.outOfRange)))
        }
    }

    /// What the maker's "no value" of a word says of its bits.
    static func sentinelEffects(of word: RegisterWire) -> [StatusEffect] {
        let whole = word.field ?? BitField(low: 0, width: 64)
        return word.sentinels.map { StatusEffect(field: whole, .equals($0), quality: .bad(.sentinel)) }
    }

    // MARK: Qualities

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

extension StatusMeaning.BitPoint {
    /// The point that it is; it stands in the word's registers and is read with it.
    ///
    /// An interlock whose state is not known is never a normal one: where the word as a whole is the maker's "no value", an unknown
    /// state, or a number that means a failure, the bit is as bad as it. What other bits of the word mean is for the points that it
    /// qualifies: a word that is `qualified_by` itself qualifies its bits too.
    func point(of word: ProfilePoint) -> ProfilePoint? {
        guard case .register(var wire) = word.wire else { return nil }
        let whole = wire.field ?? BitField(low: 0, width: 64)
        let own = BitField(low: whole.low + field.low, width: field.width)
        let effects = word.effects.filter { $0.field == BitField(low: 0, width: 64) }.map { effect in
            StatusEffect(field: whole, effect.condition, quality: effect.quality)
        }
        let sentinels = StatusMeaning.sentinelEffects(of: wire)
        wire.field = own
        wire.sentinels = []
        wire.states = []
        return ProfilePoint(
            id: id, name: label, pointClass: word.pointClass, unit: .none, range: nil, clampAbove: nil, clampBelow: nil,
            resolution: nil, noise: nil, conversion: nil, scaling: isInverted ? .inverted : .identity, curve: nil,
            role: role, bitOf: word.id, word: sentinels + effects, channels: word.channels,
            qualifiedBy: word.qualifiedBy, isQualifiedApart: word.isQualifiedApart, effects: [], values: [:],
            reportByException: word.reportByException, wire: .register(wire), blob: word.blob, location: location)
    }
}
