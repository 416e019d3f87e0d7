package import PlantModel
package import PlantTime

extension WordOrder {
    /// The big-endian number whose bytes stand on the wire from `offset` on. O(bytes), no allocation.
    /// - Precondition: `places.count` bytes stand there.
    package func pattern(in bytes: Span<UInt8>, at offset: Int) -> UInt64 {
        var pattern: UInt64 = 0
        for place in places { pattern = pattern << 8 | UInt64(bytes[offset + Int(place)]) }
        return pattern
    }

    /// The bytes of a big-endian number as they go over the wire: what ``pattern(in:at:)`` reads back.
    package func wireBytes(of pattern: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: places.count)
        for (significance, place) in places.reversed().enumerated() {
            bytes[Int(place)] = UInt8(truncatingIfNeeded: pattern >> (8 * UInt64(significance)))
        }
        return bytes
    }
}

extension Scaling {
    /// Raw number to engineering unit.
    ///
    /// A scale that is one n-th (0.1, 0.05, 0.001) divides by n instead of multiplying by its nearest double, so that
    /// raw 3 with scale 0.1 is the same double as a set-point written 0.3: limits are compared without an epsilon
    /// (semantics.md A3).
    package func apply(_ raw: Double) -> Double {
        let divisor = (1 / scale).rounded()
        let scaled = abs(divisor) > 1 && 1 / divisor == scale ? raw / divisor : raw * scale
        return offset == 0 ? scaled : scaled + offset
    }
}

extension RegisterType {
    /// Bytes that its word order permutes.
    package var byteCount: Int { registerCount * 2 }

    /// A raw pattern as the number it stands for; integers stay integers. NaN and infinity come out as they are.
    package func payload(ofPattern pattern: UInt64) -> Payload {
        switch self {
        case .bit: Payload(bits: pattern)
        case .signed16: Payload(Int64(Int16(truncatingIfNeeded: pattern)))
        case .signed32: Payload(Int64(Int32(truncatingIfNeeded: pattern)))
        case .signed64: Payload(Int64(bitPattern: pattern))
        case .unsigned16, .unsigned32, .unsigned64: Payload(pattern)
        case .float32: Payload(Double(Float(bitPattern: UInt32(truncatingIfNeeded: pattern))))
        case .float64: Payload(Double(bitPattern: pattern))
        }
    }
}

extension RegisterPoint {
    /// The raw pattern of this point in the data of an answer that begins at `start`; a bit is 0 or 1.
    /// - Parameter data: what follows the byte count: registers high byte first, or bits lowest first.
    /// - Precondition: the answer covers the point.
    package func pattern(in data: Span<UInt8>, from start: RegisterAddress) -> UInt64 {
        let distance = Int(address.offset) - Int(start.offset)
        if area.holdsBits { return UInt64(data[distance / 8] >> UInt8(distance % 8)) & 1 }
        let whole = order.pattern(in: data, at: distance * 2)
        if case .bit(let number) = type { return whole >> UInt64(number) & 1 }
        return whole
    }

    /// The sample that a raw pattern stands for, before any status bit has spoken.
    ///
    /// In this order: sentinel, not a number, clamp, range. An infinite value of a point with a clamp is over range at
    /// the clamp (a gas cell in overload must alarm, not fall silent); without one it is no number.
    package func sample(ofPattern pattern: UInt64, at instant: PlantInstant) -> Sample {
        if sentinels.contains(pattern) { return Sample(point: point, at: instant, .bad(.sentinel)) }
        let raw = type.payload(ofPattern: pattern)
        let value = scaling.isIdentity ? raw.number : scaling.apply(raw.number)
        if let clampAbove, value >= clampAbove {
            if value.isFinite { return finished(raw, value, .good, .overRange, instant) }
            return finished(Payload(clampAbove), clampAbove, .uncertain(.overRange), .overRange, instant)
        }
        guard value.isFinite else { return Sample(point: point, at: instant, .bad(.notANumber)) }
        if let range, !range.contains(value) { return Sample(point: point, at: instant, .bad(.outOfRange)) }
        return finished(raw, value, .good, [], instant)
    }

    private func finished(
        _ raw: Payload, _ value: Double, _ quality: Quality, _ flags: SampleFlags, _ instant: PlantInstant
    ) -> Sample {
        Sample(
            point: point, time: instant, arrival: instant, payload: scaling.isIdentity ? raw : Payload(value),
            quality: quality, flags: flags)
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

extension [StatusEffect] {
    /// The quality that a status point's raw pattern gives: the worst effect that holds, the first of equals.
    package func quality(forPattern pattern: UInt64) -> Quality {
        var worst = Quality.good
        for effect in self where (pattern >> UInt64(effect.bit) & 1 == 1) == effect.whenSet {
            if effect.quality.word.rawValue > worst.word.rawValue { worst = effect.quality }
        }
        return worst
    }
}
