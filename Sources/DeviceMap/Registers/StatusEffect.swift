package import PlantModel

/// What some bits of a status point say of the values read with it: a fault bit that spoils them, a mode that qualifies
/// them, a mode that nobody knows.
package struct StatusEffect: Sendable, Hashable {
    /// Bits of the status point's raw number.
    package var field: BitField
    package var condition: Condition
    package var quality: Quality

    /// When it holds, by the number in the field.
    package enum Condition: Sendable, Hashable {
        case equals(UInt64)
        /// A number that the profile does not list: an unknown state is never a normal one.
        case noneOf([UInt64])
    }

    package init(field: BitField, _ condition: Condition, quality: Quality) {
        self.field = field
        self.condition = condition
        self.quality = quality
    }

    /// - Parameter bit: 0...63.
    package init(bit: Int, whenSet: Bool = true, quality: Quality) {
        self.init(field: BitField(low: bit, width: 1), .equals(whenSet ? 1 : 0), quality: quality)
    }

    package func holds(in pattern: UInt64) -> Bool {
        let number = field.value(in: pattern)
        return switch condition {
        case .equals(let wanted): number == wanted
        case .noneOf(let known): !known.contains(number)
        }
    }
}

extension [StatusEffect] {
    /// The quality that a status point's raw pattern gives: the worst effect that holds, the first of equals.
    package func quality(forPattern pattern: UInt64) -> Quality {
        var worst = Quality.good
        for effect in self where effect.holds(in: pattern) {
            if effect.quality.word.rawValue > worst.word.rawValue { worst = effect.quality }
        }
        return worst
    }
}
