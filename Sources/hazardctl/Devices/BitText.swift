import DeviceMap
import PlantModel
import SiteProfile

/// What the named bits of a word stand for, a line for each: `bit 3: trip, pump tripped; role trip, holds at 0, normal at 1`.
struct BitText {
    let language: Language
    /// In index order.
    let points: [Point]

    func lines(_ bits: [NamedBit]) -> [String] { bits.map(line) }

    private func line(_ bit: NamedBit) -> String {
        let role = role(bit)
        var parts = [role].compactMap { $0 } + qualities(bit.effects)
        if parts.isEmpty { parts = [say(bit.field.width == 1 ? .setAt : .justNumber)] }
        let text = parts.joined(separator: "; ")
        // The row above names a contact already.
        guard let name = bit.name else { return text }
        let label = bit.point.map { points[$0.offset].name.text(language) }
        let called = [name, label == name ? nil : label].compactMap { $0 }.joined(separator: ", ")
        return "\(PointReading.bits(bit.field, language)): \(called); \(text)"
    }

    private func role(_ bit: NamedBit) -> String? {
        guard let role = bit.role else { return nil }
        let word = say(role.phrase)
        if role == .heartbeat { return say(.mustMove, ["role": word]) }
        guard bit.field.width == 1 else { return say(.roleOfNumber, ["role": word]) }
        guard let name = bit.name else {
            return bit.isInverted ? say(.contactHolds, ["role": word]) : holds(word, role, at: 1)
        }
        guard bit.isInverted else { return holds(word, role, at: 1) }
        // Whoever writes a rule on the point must not take the bit's 0 for the point's.
        return holds(word, role, at: 0) + say(.onePointHolds, ["point": name])
    }

    private func holds(_ word: String, _ role: PointRole, at number: Int) -> String {
        say(.holdsAt, ["role": word, "number": "\(number)"])
            + (role.isAbnormal ? say(.normalAt, ["number": "\(1 - number)"]) : "")
    }

    /// Numbers of one quality stand together. Of several bits the good ones are said too, as all others are not.
    private func qualities(_ effects: [StatusEffect]) -> [String] {
        var groups: [(quality: Quality, numbers: [UInt64])] = []
        var others: [String] = []
        for effect in effects {
            switch effect.condition {
            case .equals(let number):
                if let known = groups.firstIndex(where: { $0.quality == effect.quality }) {
                    groups[known].numbers.append(number)
                } else {
                    groups.append((effect.quality, [number]))
                }
            case .noneOf(let known):
                let spoken = groups.flatMap(\.numbers)
                let good = known.filter { !spoken.contains($0) }
                if !good.isEmpty { groups.insert((.good, good), at: 0) }
                others.append(say(.otherwise, ["quality": PointReading.words(effect.quality, language)]))
            }
        }
        return groups.map { group in
            say(
                .qualityAt,
                [
                    "quality": PointReading.words(group.quality, language),
                    "numbers": group.numbers.map { "\($0)" }.joined(separator: " "),
                ])
        } + others
    }

    private func say(_ phrase: ExplainPhrase, _ values: KeyValuePairs<String, String> = [:]) -> String {
        phrase(language, values)
    }
}

extension PointRole {
    fileprivate var phrase: ExplainPhrase {
        switch self {
        case .healthy: .healthy
        case .trip: .trip
        case .bypass: .bypass
        case .first_out: .firstOut
        case .fault: .fault
        case .test: .test
        case .state: .state
        case .heartbeat: .heartbeat
        }
    }
}
