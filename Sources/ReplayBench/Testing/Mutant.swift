package import PlantModel

/// A rule set in which one number or switch of one entry has been changed: a slip that tests should notice.
package struct Mutant: Sendable, Equatable {
    /// Where the entry stands in the list.
    package var place: Int
    package var entry: RuleSet.Entry
    /// The key as rule files spell it, and its value before and after.
    package var key: String
    package var from: String
    package var to: String

    package var name: String {
        switch entry {
        case .rule(let rule): rule.id
        case .derived(let derived): derived.name
        }
    }

    package var location: SourceLocation {
        switch entry {
        case .rule(let rule): rule.location
        case .derived(let derived): derived.location
        }
    }

    /// The rules with the change made.
    package func applied(to rules: RuleSet) -> RuleSet {
        var rules = rules
        rules.entries[place] = entry
        return rules
    }

    /// `limit 25 -> 30`.
    package var change: String { "\(key) \(from) -> \(to)" }
}

extension Mutant {
    /// Every mutant of a rule set, in the order of its entries; the same rules give the same mutants.
    /// - Parameters:
    ///   - ranges: what each point can show, where that is known: without a deadband a limit moves by 5 % of it.
    ///   - isCounted: entries whose name it refuses are left as they are.
    package static func all(
        of rules: RuleSet, ranges: [String: ClosedRange<Double>], isCounted: (Rule) -> Bool = { _ in true }
    ) -> [Mutant] {
        var mutants: [Mutant] = []
        for (place, entry) in rules.entries.enumerated() {
            switch entry {
            case .rule(let rule):
                guard isCounted(rule) else { continue }
                var maker = MutantMaker(place: place, rule: rule)
                maker.changeKind(range: ranges[rule.point])
                maker.changeDelays()
                mutants += maker.mutants
            case .derived(var derived):
                guard let window = derived.operation.window else { continue }
                let half = MutantMaker.half(window)
                guard half != window else { continue }
                if case .mean = derived.operation {
                    derived.operation = .mean(window: half)
                } else {
                    derived.operation = .slope(window: half)
                }
                mutants.append(
                    Mutant(
                        place: place, entry: .derived(derived), key: "window_s", from: MutantMaker.shown(window),
                        to: MutantMaker.shown(half)))
            }
        }
        return mutants
    }

    /// Some of many, the same for the same seed, in their order.
    package static func sample(_ mutants: [Mutant], _ count: Int, seed: UInt64) -> [Mutant] {
        guard count < mutants.count else { return mutants }
        var random = SeededNumbers(seed: seed)
        var places = Array(mutants.indices)
        for chosen in 0..<count {
            places.swapAt(chosen, chosen + Int(random.next() % UInt64(places.count - chosen)))
        }
        return places[..<count].sorted().map { mutants[$0] }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere.
struct SeededNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
