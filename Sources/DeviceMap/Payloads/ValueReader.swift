import PlantModel

/// How the value of one point is read and qualified. Never changes; a class, so that passing it on copies none of its tables.
final class ValueReader: Sendable {
    let point: PayloadPoint
    /// Where, among the route's points, the one stands whose number qualifies this one.
    let statusSlot: Int?

    init(point: PayloadPoint, statusSlot: Int?) {
        self.point = point
        self.statusSlot = statusSlot
    }

    /// The number as the device wrote it; nil when it wrote none that the point's type allows.
    func raw(_ value: PayloadValue, in bytes: [UInt8]) -> Payload? {
        switch (point.type, value) {
        case (.number, .boolean(let isTrue)): return Payload(Int64(isTrue ? 1 : 0))
        case (.number, _), (.decimalText, .signed), (.decimalText, .unsigned), (.decimalText, .decimal):
            return Self.payload(value)
        case (.decimalText, .text(let text)):
            return NumberText.decimal(text.utf8(in: bytes)).flatMap(Self.payload)
        case (.hexText, .text(let text)):
            return NumberText.hexadecimal(text.utf8(in: bytes)).map { Payload(bits: $0) }
        case (.words(let words), .text(let text)):
            return words[text.string(in: bytes)].map { Payload($0) }
        case (.decimalText, _), (.hexText, _), (.words, _): return nil
        }
    }

    /// What it says as a status: one that is bad itself (the maker's "no value", a number outside its range) says nothing.
    func spoken(_ value: PayloadValue, in bytes: [UInt8]) -> Payload? {
        guard let number = raw(value, in: bytes), reading(number, status: nil).1.word != .bad else { return nil }
        return number
    }

    private static func payload(_ number: PayloadValue) -> Payload? {
        switch number {
        case .signed(let integer): Payload(integer)
        case .unsigned(let integer): Payload(integer)
        case .decimal(let decimal): Payload(decimal)
        case .missing, .null, .boolean, .text, .object, .array: nil
        }
    }

    /// The value in the point's unit, with what its range, clamp, "no value" numbers and status say of it.
    /// - Parameter status: the raw number of the status point; nil when the point has none, `.some(nil)` when it could
    ///   not be read: it may hide a fault whose value looks normal, and what is uncertain can clear an alarm
    ///   (semantics.md A7). So the value is bad with it.
    func reading(_ raw: Payload?, status: Payload??) -> (Payload, Quality, SampleFlags) {
        guard let raw else {
            // A status that is bad says why there is no number.
            let stated = status.map(quality(byStatus:)) ?? .good
            return (.none, stated.word == .bad ? stated : .bad(.decodeFailed), [])
        }
        if point.sentinels.contains(raw.number) { return (.none, .bad(.sentinel), []) }
        let value =
            point.scaling.isIdentity
            ? raw : Payload(raw.number * point.scaling.scale + point.scaling.offset)
        let number = value.number
        guard number.isFinite else { return (.none, .bad(.notANumber), []) }
        var quality = status.map(quality(byStatus:)) ?? .good
        let isClamped = point.clampAbove.map { number >= $0 } ?? false
        if let range = point.range, !range.contains(number), !(isClamped && number > range.upperBound) {
            quality = Self.worse(quality, .bad(.outOfRange))
        }
        return (value, quality, isClamped ? .overRange : [])
    }

    private func quality(byStatus status: Payload?) -> Quality {
        guard let status else { return .bad(.decodeFailed) }
        var quality = point.statusValues[status.number] ?? .good
        guard !point.statusEffects.isEmpty else { return quality }
        guard let bits = Self.bits(status) else { return Self.worse(quality, .bad(.decodeFailed)) }
        for effect in point.statusEffects where effect.holds(in: bits) {
            quality = Self.worse(quality, effect.quality)
        }
        return quality
    }

    /// The bits of a status number; nil when it is no whole number of at most 64 bits.
    private static func bits(_ status: Payload) -> UInt64? {
        switch status.kind {
        case .signed64, .unsigned64, .bits64: status.raw
        case .float64: UInt64(exactly: status.number)
        case .none: nil
        }
    }

    /// The worse word of two; the first stated reason wins among equals.
    private static func worse(_ first: Quality, _ second: Quality) -> Quality {
        second.word.rawValue > first.word.rawValue ? second : first
    }
}
