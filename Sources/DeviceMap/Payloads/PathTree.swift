/// All mapped paths of one payload, merged where they share their beginning: what lets one pass find them all.
package struct PathTree: Sendable {
    /// The node of the whole payload, `$`.
    static let root = 0

    private struct Node: Sendable {
        var members: [(name: [UInt8], node: Int)] = []
        var elements: [(index: Int, node: Int)] = []
        /// The paths that end here, as numbers in the order they were given.
        var slots: [Int] = []
        /// The path that wants to know where the elements of the array here stand.
        var collector: Int?
    }

    private var nodes = [Node()]
    package let pathCount: Int
    var nodeCount: Int { nodes.count }

    /// - Parameter collecting: the paths of arrays whose elements are to be told apart.
    package init(paths: [PayloadPath], collecting: Set<Int> = []) {
        pathCount = paths.count
        for (slot, path) in paths.enumerated() {
            var node = Self.root
            for step in path.steps { node = child(of: node, by: step) }
            nodes[node].slots.append(slot)
            if collecting.contains(slot) { nodes[node].collector = slot }
        }
    }

    private mutating func child(of node: Int, by step: PathStep) -> Int {
        let next = nodes.count
        switch step {
        case .key(let name):
            let utf8 = Array(name.utf8)
            if let known = member(of: node, named: utf8[...]) { return known }
            nodes[node].members.append((utf8, next))
        case .element(let index):
            if let known = element(index, of: node) { return known }
            nodes[node].elements.append((index, next))
        case .every, .matching: preconditionFailure("a PathPlan has taken such steps apart")
        }
        nodes.append(Node())
        return next
    }

    func slots(of node: Int) -> [Int] { nodes[node].slots }
    func collector(of node: Int) -> Int? { nodes[node].collector }
    func hasMembers(_ node: Int) -> Bool { !nodes[node].members.isEmpty }

    // Linear: an object of a device has a handful of mapped members, and comparing lengths rejects most at once.
    func member(of node: Int, named name: ArraySlice<UInt8>) -> Int? {
        nodes[node].members.first { $0.name.count == name.count && $0.name.elementsEqual(name) }?.node
    }

    func element(_ index: Int, of node: Int) -> Int? {
        nodes[node].elements.first { $0.index == index }?.node
    }
}
