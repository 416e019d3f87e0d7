package import PlantModel
package import PlantTime

extension Scaling {
    /// Raw number to engineering unit.
    ///
    /// A scale that is one n-th (0.1, 0.05, 0.001) divides by n instead of multiplying by its nearest double, so that
    /// raw 3 with scale 0.1 is the same double as a set-point written 0.3: limits are compared without an epsilon
    /// (semantics.md A3).
    package func apply(_ raw: Double) -> Double {
        let scaled = divisor.map { raw / $0 } ?? raw * scale
        return offset == 0 ? scaled : scaled + offset
    }

    /// The n of a scale that is one n-th.
    var divisor: Double? {
        let divisor = (1 / scale).rounded()
        return abs(divisor) > 1 && 1 / divisor == scale ? divisor : nil
    }
}

extension RegisterPoint {
    /// The raw pattern of this point in the data of an answer that begins at `start`; a bit is 0 or 1. Of a text: 0.
    /// - Parameter data: what follows the byte count: registers high byte first, or bits lowest first.
    /// - Precondition: the answer covers the point.
    package func pattern(in data: Span<UInt8>, from start: RegisterAddress) -> UInt64 {
        let distance = Int(address.offset) - Int(start.offset)
        if area.holdsBits { return UInt64(data[distance / 8] >> UInt8(distance % 8)) & 1 }
        if type.isText { return 0 }
        let whole = wholePattern(in: data, from: start)
        return field.map { $0.value(in: whole) } ?? whole
    }

    /// The number in its registers, of which ``field`` is a part.
    private func wholePattern(in data: Span<UInt8>, from start: RegisterAddress) -> UInt64 {
        type.bits.value(in: order.pattern(in: data, at: (Int(address.offset) - Int(start.offset)) * 2))
    }

    /// The sample of this point in the data of an answer that begins at `start`, before a status point has spoken; of a bit of
    /// a word, after the word has.
    /// - Precondition: the answer covers the point.
    package func sample(in data: Span<UInt8>, from start: RegisterAddress, at instant: PlantInstant) -> Sample {
        if type.isText { return sample(ofText: characters(in: data, from: start), at: instant) }
        let sample = sample(ofPattern: pattern(in: data, from: start), at: instant)
        let word = word
        return word.isEmpty || area.holdsBits
            ? sample : sample.qualified(by: word.quality(forPattern: wholePattern(in: data, from: start)))
    }

    /// The sample that a raw pattern stands for, before any status bit has spoken.
    ///
    /// In this order: sentinel, unknown state, not a number, failed device, clamps, range. An infinite value of a point with
    /// a clamp is over range at the clamp (a gas cell in overload must alarm, not fall silent); without one it is no number.
    package func sample(ofPattern pattern: UInt64, at instant: PlantInstant) -> Sample {
        func bad(_ reason: QualityReason) -> Sample { Sample(point: point, at: instant, .bad(reason)) }
        if sentinels.contains(pattern) { return bad(.sentinel) }
        if !states.isEmpty, !states.contains(pattern) { return bad(.outOfRange) }
        guard let raw = type.payload(ofPattern: pattern) else { return bad(.decodeFailed) }
        if let validRaw, raw.number.isFinite, raw.isBelow(validRaw.lowerBound) || raw.isAbove(validRaw.upperBound) {
            return bad(.deviceFault)
        }
        // A whole number that a double cannot hold is kept as it is, or not used: scaled, it would be another number.
        guard !isConverted || raw.isHeldByDouble else { return bad(.outOfRange) }
        let value = isConverted ? Payload(converted(raw.number)) : raw
        if let clampAbove, !value.isBelow(clampAbove), !value.number.isNaN {
            if value.number.isFinite { return finished(value, .good, .overRange, instant) }
            return finished(Payload(clampAbove), .uncertain(.overRange), .overRange, instant)
        }
        if let clampBelow, value.isBelow(clampBelow) {
            return finished(value.number.isFinite ? value : Payload(clampBelow), .uncertain(.underRange), [], instant)
        }
        guard value.number.isFinite else { return bad(.notANumber) }
        if let range, value.isBelow(range.lowerBound) || value.isAbove(range.upperBound) { return bad(.outOfRange) }
        return finished(value, .good, [], instant)
    }

    private var isConverted: Bool { curve != nil || !scaling.isIdentity }

    private func converted(_ raw: Double) -> Double { curve.map { $0.value(at: raw) } ?? scaling.apply(raw) }

    private func finished(
        _ value: Payload, _ quality: Quality, _ flags: SampleFlags, _ instant: PlantInstant
    ) -> Sample {
        Sample(point: point, time: instant, arrival: instant, payload: value, quality: quality, flags: flags)
    }
}

// MARK: - Texts

extension RegisterPoint {
    /// The characters of a text point, without what fills it up.
    /// - Precondition: the answer covers the point.
    package func characters(in data: Span<UInt8>, from start: RegisterAddress) -> [UInt8] {
        let begin = (Int(address.offset) - Int(start.offset)) * 2
        var characters: [UInt8] = []
        for register in 0..<type.registerCount {
            let both = order.pattern(in: data, at: begin + register * 2)
            characters.append(UInt8(both >> 8))
            characters.append(UInt8(both & 0xFF))
        }
        let end = characters.firstIndex(of: 0) ?? characters.count
        let text = characters[..<end]
        let last = text.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? text.startIndex
        return Array(text[..<last])
    }

    /// What a text stands for: 1 or 0 where one is expected, else its fingerprint. An empty one says nothing.
    package func sample(ofText characters: [UInt8], at instant: PlantInstant) -> Sample {
        if characters.isEmpty { return Sample(point: point, at: instant, .bad(.sentinel)) }
        if characters.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            return Sample(point: point, at: instant, .bad(.decodeFailed))
        }
        let number = expectedText.map { $0 == characters ? 1 : 0 } ?? TextFingerprint.of(characters)
        return finished(Payload(number), .good, [], instant)
    }
}

// MARK: - Exact comparison

extension Payload {
    /// Whether ``number`` is the very number, and not the nearest double to an integer of more than 53 bits.
    package var isHeldByDouble: Bool {
        // Up to 2^53 every whole number is a double: the registers of nearly all devices end here.
        switch kind {
        case .none, .float64: true
        case .signed64:
            Int64(bitPattern: raw).magnitude <= 1 << 53 || Int64(exactly: number) == Int64(bitPattern: raw)
        case .unsigned64, .bits64: raw <= 1 << 53 || UInt64(exactly: number) == raw
        }
    }

    /// Whether it lies below a bound: for integers by integers, so that no rounding brings one over its bound.
    package func isBelow(_ bound: Double) -> Bool {
        guard !isHeldByDouble else { return number < bound }
        let next = bound.rounded(.up)
        if kind == .signed64 {
            guard let whole = Int64(exactly: next) else { return next > 0 }
            return Int64(bitPattern: raw) < whole
        }
        guard let whole = UInt64(exactly: next) else { return next > 0 }
        return raw < whole
    }

    /// Whether it lies above a bound.
    package func isAbove(_ bound: Double) -> Bool {
        guard !isHeldByDouble else { return number > bound }
        let next = bound.rounded(.down)
        if kind == .signed64 {
            guard let whole = Int64(exactly: next) else { return next < 0 }
            return Int64(bitPattern: raw) > whole
        }
        guard let whole = UInt64(exactly: next) else { return next < 0 }
        return raw > whole
    }
}

extension Sample {
    /// What a status that was read with it makes of it. A bad status takes the number away and gives its own reason,
    /// because it says why; an uncertain one marks a usable value; a good one changes nothing.
    package func qualified(by status: Quality) -> Sample {
        var qualified = self
        switch status.word {
        case .good: break
        case .bad:
            qualified.quality = status
            qualified.payload = .none
        case .uncertain where quality.isUsable:
            qualified.quality = status
            if status.reason == .overRange { qualified.flags.insert(.overRange) }
        case .uncertain: break
        }
        return qualified
    }
}
