import PlantModel

/// Rules and derived points stand above their first use (semantics.md B2): checked in one file, made so over the files
/// of a site (decisions.md 19).
enum ReferenceOrder {
    /// Where each name stands: rules and points have name spaces of their own.
    struct Names {
        private(set) var rules: [String: Int] = [:]
        private(set) var derived: [String: Int] = [:]

        /// Notes every name; a second use of one is an error.
        init(_ entries: [ParsedEntry], findings: Findings) {
            for (index, entry) in entries.enumerated() {
                guard let name = entry.name else { continue }
                if let first = entry.isDerived ? derived[name] : rules[name] {
                    let other = entries[first].location(of: entry.isDerived ? "derived" : "id")
                    findings.error(
                        at: entry.location(of: entry.isDerived ? "derived" : "id"),
                        "\(entry.isDerived ? "derived point" : "rule") \"\(name)\" stands at \(other) already; "
                            + "another name would do")
                } else if entry.isDerived {
                    derived[name] = index
                } else {
                    rules[name] = index
                }
            }
        }
    }

    /// Checks one flat file: duplicates, unknown names, names that stand below their use, ladders of rules that speak.
    static func check(_ entries: [ParsedEntry], findings: Findings) {
        let names = Names(entries, findings: findings)
        for (index, entry) in entries.enumerated() {
            checkMembers(entry, entries, names, findings)
            for (key, name) in entry.ruleReferences {
                if let place = names.rules[name], place >= index {
                    let what = place == index ? "names itself" : "names rule \"\(name)\", which stands below"
                    findings.error(at: entry.location(of: name, in: key), "\(key) \(what); above its use would do")
                }
            }
            for (key, name) in entry.pointReferences {
                if let place = names.derived[name], place >= index {
                    let what = place == index ? "names itself" : "names derived point \"\(name)\", which stands below"
                    findings.error(at: entry.location(of: name, in: key), "\(key) \(what); above its use would do")
                }
            }
        }
    }

    /// The entries with every reference above its use, otherwise in the order given; nil, with the cycle's path, when
    /// there is none.
    /// - Parameter isWhole: whether all that could be named was read; if not, a name that is not known is no mistake.
    static func sorted(_ entries: [ParsedEntry], isWhole: Bool = true, findings: Findings) -> [ParsedEntry]? {
        let names = Names(entries, findings: findings)
        if isWhole { for entry in entries { checkMembers(entry, entries, names, findings) } }
        let needs = entries.map { entry in
            entry.ruleReferences.compactMap { names.rules[$0.name] }
                + entry.pointReferences.compactMap { names.derived[$0.name] }
        }
        var sort = DepthFirst(needs: needs)
        switch sort.run() {
        case .success(let order): return order.map { entries[$0] }
        case .failure(let cycle):
            let path = cycle.path.map { entries[$0].name ?? "?" }.joined(separator: " -> ")
            findings.error(
                at: cycle.path.first.map { entries[$0].location } ?? SourceLocation(file: "", line: 1, column: 1),
                "rules refer to each other in a circle: \(path)")
            return nil
        }
    }

    private static func checkMembers(
        _ entry: ParsedEntry, _ entries: [ParsedEntry], _ names: Names, _ findings: Findings
    ) {
        for (key, name) in entry.ruleReferences {
            guard let place = names.rules[name] else {
                findings.error(
                    at: entry.location(of: name, in: key), "\(key) names \"\(name)\", and no rule has that id")
                continue
            }
            if key == "levels", !entries[place].isSilent {
                findings.error(
                    at: entry.location(of: name, in: key),
                    "levels names \"\(name)\", which writes events of its own; \"silent: true\" there would do")
            }
        }
    }
}

/// A depth-first walk that puts what is needed first; without recursion, for chains may be as long as the file.
private struct DepthFirst {
    struct Cycle: Error { let path: [Int] }

    private enum Mark { case new, open, done }

    let needs: [[Int]]
    private var marks: [Mark]
    private var order: [Int] = []

    init(needs: [[Int]]) {
        self.needs = needs
        marks = [Mark](repeating: .new, count: needs.count)
    }

    mutating func run() -> Result<[Int], Cycle> {
        for start in needs.indices where marks[start] == .new {
            var path: [(index: Int, next: Int)] = [(start, 0)]
            marks[start] = .open
            while let (index, next) = path.last {
                guard next < needs[index].count else {
                    marks[index] = .done
                    order.append(index)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let needed = needs[index][next]
                switch marks[needed] {
                case .done: continue
                case .new:
                    marks[needed] = .open
                    path.append((needed, 0))
                case .open:
                    let loop = path.map(\.index).drop { $0 != needed }
                    return .failure(Cycle(path: Array(loop) + [needed]))
                }
            }
        }
        return .success(order)
    }
}
