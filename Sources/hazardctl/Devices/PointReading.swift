import DeviceMap
import PlantModel

/// Where a point stands, what it is there and when it is no value: the cells of one row of `explain`.
struct PointReading {
    let point: PointIndex
    /// `$.moment_pct`, `hr:0-1`, a field or a metric.
    let place: String
    /// What the value looks like there: `number`, `f32 CDAB`.
    let form: String
    let scaling: String
    let range: String
    /// What means "no value" or is refused.
    let refused: String
    /// The point that qualifies this one, and what that one's words mean.
    let status: PointIndex?
    let meaning: String

    private init(
        point: PointIndex, place: String, form: String, scaling: String, range: String, refused: [String],
        status: PointIndex?, meaning: String
    ) {
        self.point = point
        self.place = place
        self.form = form
        self.scaling = scaling
        self.range = range
        self.refused = refused.filter { !$0.isEmpty }.joined(separator: "; ")
        self.status = status
        self.meaning = meaning
    }

    // MARK: A value of a payload

    init(_ point: PayloadPoint, codec: PayloadCodec, _ language: Language) {
        self.init(
            point: point.point, place: Self.place(point.path, codec), form: Self.form(point.type, language),
            scaling: ExactText.scaling(point.scaling),
            range: Self.range(point.range, above: point.clampAbove, below: nil, language),
            refused: [ExactText.numbers(point.sentinels)], status: point.status,
            meaning: Self.meaning(values: point.statusValues, effects: point.statusEffects, language))
    }

    /// A metric is one name, and a field of a frame needs no root.
    private static func place(_ path: PayloadPath, _ codec: PayloadCodec) -> String {
        switch (codec, path.steps.first) {
        case (.sparkplug, .key(let metric)?): metric
        case (.tower, _) where path.text.hasPrefix("$."): String(path.text.dropFirst(2))
        default: path.text
        }
    }

    private static func form(_ type: PayloadType, _ language: Language) -> String {
        switch type {
        case .number: return ExplainPhrase.plainNumber(language)
        case .decimalText: return ExplainPhrase.numberInText(language)
        case .hexText: return ExplainPhrase.hexInText(language)
        case .words(let words):
            return words.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
                .map { "\"\($0.key)\"=\(ExactText.number($0.value))" }.joined(separator: " ")
        }
    }

    // MARK: A register

    /// - Parameter blob: where the registers stand in a payload; nil: they are asked for.
    init(_ point: RegisterPoint, blob: String? = nil, _ language: Language) {
        let place = "\(point.area.word):\(PlaceText.span(point.address, point.type.registerCount))"
        self.init(
            point: point.point,
            place: [blob, place + Self.part(point.type, point.area)].compactMap { $0 }.joined(separator: " "),
            form: Self.form(point, language),
            scaling: point.curve.map(ExactText.curve) ?? ExactText.scaling(point.scaling),
            range: Self.range(point.range, above: point.clampAbove, below: point.clampBelow, language),
            refused: Self.refused(point, language), status: point.status,
            meaning: Self.meaning(values: [:], effects: point.statusEffects, language))
    }

    private static func part(_ type: RegisterType, _ area: RegisterArea) -> String {
        switch type {
        case .bit(let number): area.holdsBits ? "" : ".\(number)"
        case .signed8(.high), .unsigned8(.high): ".high"
        case .signed8(.low), .unsigned8(.low): ".low"
        default: ""
        }
    }

    private static func form(_ point: RegisterPoint, _ language: Language) -> String {
        var parts = [point.type.word]
        // One register in the standard's order needs no saying.
        if point.order.letters != "AB", point.type.orderBytes > 1, !isBit(point.type) {
            parts.append(point.order.letters)
        }
        if let field = point.field { parts.append(bits(field, language)) }
        if let text = point.expectedText {
            parts.append("\"\(String(decoding: text, as: UTF8.self).onOneLine)\"=1")
        }
        return parts.joined(separator: " ")
    }

    private static func isBit(_ type: RegisterType) -> Bool { if case .bit = type { true } else { false } }

    private static func refused(_ point: RegisterPoint, _ language: Language) -> [String] {
        var parts = [point.sentinels.map(ExactText.hexadecimal).joined(separator: " ")]
        if let valid = point.validRaw {
            parts.append(ExplainPhrase.rawOutside(language, ["range": ExactText.range(valid)]))
        }
        if !point.states.isEmpty {
            let known = point.states.compactMap {
                point.field == nil ? point.type.payload(ofPattern: $0)?.number : Double($0)
            }
            parts.append(ExplainPhrase.otherStates(language, ["states": ExactText.numbers(known)]))
        }
        if !point.word.isEmpty {
            let effects = meaning(values: [:], effects: point.word, language)
            parts.append(ExplainPhrase.itsWord(language, ["effects": effects]))
        }
        return parts
    }

    // MARK: Both

    private static func range(
        _ range: ClosedRange<Double>?, above: Double?, below: Double?, _ language: Language
    ) -> String {
        var parts = range.map { [ExactText.range($0)] } ?? []
        if let above { parts.append(ExplainPhrase.overRange(language, ["from": ExactText.number(above)])) }
        if let below { parts.append(ExplainPhrase.underRange(language, ["from": ExactText.number(below)])) }
        return parts.joined(separator: ", ")
    }

    /// `0 1 bad (device-fault); 5 uncertain (degraded); bit 3 = 1 bad (maintenance)`.
    private static func meaning(
        values: [Double: Quality], effects: [StatusEffect], _ language: Language
    ) -> String {
        var parts: [String] = []
        for quality in Set(values.values).sorted(by: { $0.bits > $1.bits }) {
            let numbers = values.filter { $0.value == quality }.keys.sorted()
            parts.append("\(ExactText.numbers(numbers)) \(words(quality, language))")
        }
        return (parts + words(effects, language)).joined(separator: "; ")
    }

    /// Numbers of the same bits with the same meaning stand together.
    private static func words(_ effects: [StatusEffect], _ language: Language) -> [String] {
        var groups: [(field: BitField, quality: Quality, numbers: [UInt64])] = []
        var parts: [String] = []
        for effect in effects {
            switch effect.condition {
            case .equals(let number):
                if let known = groups.firstIndex(where: { $0.field == effect.field && $0.quality == effect.quality }) {
                    groups[known].numbers.append(number)
                } else {
                    groups.append((effect.field, effect.quality, [number]))
                }
            case .noneOf(let known):
                let none = ExplainPhrase.noneOf(
                    language,
                    ["bits": bits(effect.field, language), "known": known.map { "\($0)" }.joined(separator: " ")])
                parts.append("\(none) \(words(effect.quality, language))")
            }
        }
        return groups.map { group in
            let numbers = group.numbers.map { "\($0)" }.joined(separator: " ")
            return "\(bits(group.field, language)) = \(numbers) \(words(group.quality, language))"
        } + parts
    }

    static func words(_ quality: Quality, _ language: Language) -> String {
        ShownWord.quality(quality.word.name, reason: quality.word == .good ? nil : quality.reason.name, language)
    }

    static func bits(_ field: BitField, _ language: Language) -> String {
        field.width == 1
            ? ExplainPhrase.bit(language, ["bit": "\(field.low)"])
            : ExplainPhrase.bits(language, ["bits": "\(field.low)-\(field.low + field.width - 1)"])
    }
}

extension RegisterType {
    /// As profiles write it: `u16`, `bcd32`, `ascii[16]`.
    fileprivate var word: String {
        switch self {
        case .bit: "bit"
        case .signed8: "i8"
        case .unsigned8: "u8"
        case .signed16: "i16"
        case .unsigned16: "u16"
        case .signed24: "i24"
        case .unsigned24: "u24"
        case .signed32: "i32"
        case .unsigned32: "u32"
        case .signed64: "i64"
        case .unsigned64: "u64"
        case .float16: "f16"
        case .float32: "f32"
        case .float64: "f64"
        case .decimal(let registers): "bcd\(registers * 16)"
        case .text(let registers): "ascii[\(registers * 2)]"
        }
    }
}
