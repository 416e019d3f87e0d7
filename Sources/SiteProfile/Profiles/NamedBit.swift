package import DeviceMap
package import PlantModel

/// What a bit, or several, of a word is called and stands for, as its profile says; of a contact, which is a point by itself, what
/// that stands for. For people who read a device's map: the watch goes by points, effects and rules.
package struct NamedBit: Sendable, Equatable {
    /// Counted within the word's own number, as a rule's `bit` is.
    package var field: BitField
    /// nil: the point itself.
    package var name: String?
    package var role: PointRole?
    /// The role's word holds while the bit is 0; the point of the bit is 1 then.
    package var isInverted = false
    /// What its numbers say of the points that the word qualifies.
    package var effects: [StatusEffect] = []
    /// The point that a bit with a role is.
    package var point: PointIndex?
}

extension ProfilePoint {
    /// The bits of a word that have names; of a point with a role that is no bit, the point itself.
    var meanings: [NamedBit] {
        guard let role, bitOf == nil else { return named }
        let width =
            switch wire {
            case .register(let wire): wire.width
            case .payload(_, .words, _): 64
            case .payload: 1
            }
        return [
            NamedBit(field: BitField(low: 0, width: width), role: role, isInverted: scaling == .inverted)
        ] + named
    }
}

extension DeviceDraft {
    /// By point; without those that have none.
    func namedBits(_ index: (String) -> PointIndex?) -> [PointIndex: [NamedBit]] {
        var named: [PointIndex: [NamedBit]] = [:]
        for point in points {
            guard let place = index(tag(of: point.id)), case let bits = point.meanings, !bits.isEmpty else { continue }
            named[place] = bits.map { bit in
                var bit = bit
                if bit.role != nil { bit.point = bit.name.flatMap { index(tag(of: $0)) } }
                return bit
            }
        }
        return named
    }
}
