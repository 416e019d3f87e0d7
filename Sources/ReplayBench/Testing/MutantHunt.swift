import Dispatch
package import PlantModel
import SiteProfile
import Synchronization

/// Plays every test against every mutant of the rules and says which of them no test noticed.
package struct MutantHunt: Sendable {
    package enum Fate: Sendable, Equatable {
        /// This test failed first.
        case noticed(by: String)
        case survived
        /// The changed rules do not fit together: nobody could have written them.
        case notViable
    }

    private let bench: RuleTestBench
    private let lines: [TestLine]
    /// Whether a test can see a rule at all, by line: nil means that it looks at every rule.
    private let watched: [Set<String>?]
    private let reach: RuleReach

    /// - Parameter lines: tests that all pass on the rules as they are.
    package init(_ bench: RuleTestBench, rules: RuleSet, lines: [TestLine]) {
        self.bench = bench
        self.lines = lines
        watched = lines.map { $0.test.rulesWatched }
        reach = RuleReach(rules)
    }

    /// The fate of each mutant, in their order: the same however many threads worked on it.
    /// - Parameter progress: called after each mutant with how many are done; from any thread, one at a time.
    package func fates(of mutants: [Mutant], progress: @escaping @Sendable (Int) -> Void) -> [Fate] {
        let fates = Mutex(Array(repeating: Fate.survived, count: mutants.count))
        let done = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: mutants.count) { place in
            let fate = self.fate(of: mutants[place])
            fates.withLock { $0[place] = fate }
            done.withLock { count in
                count += 1
                progress(count)
            }
        }
        return fates.withLock { $0 }
    }

    private func fate(of mutant: Mutant) -> Fate {
        do {
            let changed = try bench.with(mutant.applied(to: reach.rules))
            let touched = reach.rules(from: mutant.place)
            for (line, watched) in zip(lines, watched) {
                if let watched, watched.isDisjoint(with: touched) { continue }
                if try changed.notices(line) { return .noticed(by: line.test.name) }
            }
            return .survived
        } catch {
            return .notViable
        }
    }
}

/// Which rules a change of one entry can reach.
struct RuleReach: Sendable {
    let rules: RuleSet
    /// Entries that name an entry, by its place.
    private let users: [[Int]]

    init(_ rules: RuleSet) {
        self.rules = rules
        var places: [String: Int] = [:]
        var derived: [String: Int] = [:]
        var users = [[Int]](repeating: [], count: rules.entries.count)
        // References stand above their use (semantics.md B2).
        for (place, entry) in rules.entries.enumerated() {
            switch entry {
            case .derived(let point):
                for input in point.inputs { if let source = derived[input] { users[source].append(place) } }
                derived[point.name] = place
            case .rule(let rule):
                let (named, points) = Self.references(of: rule)
                for name in named { if let source = places[name] { users[source].append(place) } }
                for point in points { if let source = derived[point] { users[source].append(place) } }
                places[rule.id] = place
            }
        }
        self.users = users
    }

    private static func references(of rule: Rule) -> (rules: [String], points: [String]) {
        switch rule.kind {
        case .vote(let of, _, _, _), .count(let of, _, _): (of, [])
        case .ladder(let levels): (levels, [])
        case .expect(let when, _, _): ([when], [rule.point])
        case .frozen(_, _, let unless): (unless.map { [$0] } ?? [], [rule.point])
        case .deviation(let other, _, _, _): ([], [rule.point, other])
        case .threshold, .rateOfChange, .state, .badQuality, .stale, .timeTo, .timeWeightedAverage: ([], [rule.point])
        }
    }

    /// The names of the rules at or behind an entry.
    func rules(from place: Int) -> Set<String> {
        var reached: Set<Int> = [place]
        var open = [place]
        while let next = open.popLast() {
            for user in users[next] where reached.insert(user).inserted { open.append(user) }
        }
        return Set(
            reached.compactMap { if case .rule(let rule) = rules.entries[$0] { rule.id } else { nil } })
    }
}

extension RuleTest {
    /// The rules that its assertions look at; nil: all.
    var rulesWatched: Set<String>? {
        var watched: Set<String> = []
        for assertion in assertions {
            switch assertion.kind {
            case .state(_, let rule, _, _), .quietWhileBad(let rule?): watched.insert(rule)
            case .never(let event, _), .count(let event, _, _, _): watched.insert(event.rule)
            case .before(let first, let second): watched.formUnion([first.rule, second.rule])
            case .within(let event, _, _, let anchor):
                watched.insert(event.rule)
                if case .event(let other) = anchor { watched.insert(other.rule) }
            case .sequence(let steps, let isExact, let of):
                if isExact, of.isEmpty { return nil }
                watched.formUnion(isExact ? of : steps.map(\.event.rule))
            case .quietWhileBad(nil), .golden: return nil
            }
        }
        return watched
    }
}
