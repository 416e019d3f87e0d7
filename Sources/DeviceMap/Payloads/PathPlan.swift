/// All paths of one payload, compiled: plain ones are found in one pass; those through `[?...]` choose an element of an array
/// and are looked for in that element alone.
package struct PathPlan: Sendable {
    private struct Branch: Sendable {
        /// Where, among the tree's paths, the array stands.
        var array: Int
        var match: ElementMatch
        /// Its last path is the member that chooses.
        var plan: [PathPlan]
        var slots: [Int]
    }

    struct Found {
        /// In the order of the paths; `.missing` where the payload has nothing.
        var values: [PayloadValue]
        var root: PayloadValue
        var elements: [Int: [Range<Int>]]
    }

    private let tree: PathTree
    /// The place of each plain path in what is found.
    private let plain: [Int]
    private let branches: [Branch]
    private let collected: [Int: Int]
    private let count: Int

    /// - Parameter collecting: the paths of arrays whose elements are to be told apart.
    package init(paths: [PayloadPath], collecting: Set<Int> = []) {
        count = paths.count
        var plain: [Int] = []
        var treePaths: [PayloadPath] = []
        var collected: [Int: Int] = [:]
        var groups: [(prefix: [PathStep], match: ElementMatch, rests: [(slot: Int, path: PayloadPath)])] = []
        for (slot, path) in paths.enumerated() {
            guard let choice = path.steps.firstIndex(where: { if case .matching = $0 { true } else { false } }),
                case .matching(let match) = path.steps[choice]
            else {
                if collecting.contains(slot) { collected[plain.count] = slot }
                plain.append(slot)
                treePaths.append(path)
                continue
            }
            let prefix = Array(path.steps[..<choice])
            let rest = (slot, PayloadPath(steps: Array(path.steps[(choice + 1)...])))
            if let known = groups.firstIndex(where: { $0.prefix == prefix && $0.match == match }) {
                groups[known].rests.append(rest)
            } else {
                groups.append((prefix, match, [rest]))
            }
        }
        var arrays: [[PathStep]: Int] = [:]
        branches = groups.map { group in
            let array = arrays[group.prefix] ?? treePaths.count
            if array == treePaths.count {
                treePaths.append(PayloadPath(steps: group.prefix))
                arrays[group.prefix] = array
            }
            let inner = group.rests.map(\.path) + [PayloadPath(steps: [.key(group.match.member)])]
            let wanted = Set(group.rests.indices.filter { collecting.contains(group.rests[$0].slot) })
            return Branch(
                array: array, match: group.match, plan: [PathPlan(paths: inner, collecting: wanted)],
                slots: group.rests.map(\.slot))
        }
        self.plain = plain
        self.collected = collected
        tree = PathTree(paths: treePaths, collecting: Set(collected.keys).union(arrays.values))
    }

    /// What stands at the paths.
    /// - Throws: also when two elements of an array answer to one choice: nobody can say which is the true one.
    func find(in bytes: [UInt8], _ range: Range<Int>) throws(JSONFault) -> Found {
        let reading = try JSONReader.read(bytes, in: range, at: tree)
        if branches.isEmpty, collected.isEmpty {
            return Found(values: reading.values, root: reading.root, elements: [:])
        }
        var found = Found(
            values: Array(repeating: .missing, count: count), root: reading.root, elements: [:])
        for (place, slot) in plain.enumerated() { found.values[slot] = reading.values[place] }
        for (place, slot) in collected { found.elements[slot] = reading.elements[place] }
        for branch in branches {
            var isChosen = false
            for element in reading.elements[branch.array] ?? [] {
                let inner = try branch.plan[0].find(in: bytes, element)
                guard let member = inner.values.last, branch.match.holds(of: member, in: bytes) else { continue }
                guard !isChosen else {
                    throw JSONFault(
                        offset: element.lowerBound,
                        found: "a second element with \(branch.match.member) \(branch.match.literal)",
                        wanted: "one of them")
                }
                isChosen = true
                for (place, slot) in branch.slots.enumerated() {
                    found.values[slot] = inner.values[place]
                    if let elements = inner.elements[place] { found.elements[slot] = elements }
                }
            }
        }
        return found
    }
}
