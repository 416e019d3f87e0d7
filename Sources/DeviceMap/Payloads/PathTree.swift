/// All mapped paths of one payload, merged where they share their beginning: what lets one pass find them all.
///
/// Flat rows of plain numbers, so that looking at a node counts no references: every name of every payload is looked up here.
/// A class for the same reason; it never changes.
package final class PathTree: Sendable {
    /// The node of the whole payload, `$`.
    static let root = 0

    private struct Node: Sendable {
        /// Its places in the rows of members, elements and slots.
        var members = 0..<0
        var elements = 0..<0
        var slots = 0..<0
        /// The path that wants to know where the elements of the array here stand.
        var collector: Int?
    }

    private struct Member: Sendable {
        /// Where the name stands in `letters`.
        var name: Range<Int>
        var node: Int
    }

    private let nodes: [Node]
    private let members: [Member]
    private let elements: [(index: Int, node: Int)]
    private let slots: [Int]
    private let letters: [UInt8]
    package let pathCount: Int
    var nodeCount: Int { nodes.count }

    /// - Parameter collecting: the paths of arrays whose elements are to be told apart.
    package init(paths: [PayloadPath], collecting: Set<Int> = []) {
        pathCount = paths.count
        var sprouts = [Sprout()]
        for (slot, path) in paths.enumerated() {
            var node = Self.root
            for step in path.steps { node = Self.child(of: node, by: step, in: &sprouts) }
            sprouts[node].slots.append(slot)
            if collecting.contains(slot) { sprouts[node].collector = slot }
        }
        var nodes: [Node] = []
        var members: [Member] = []
        var letters: [UInt8] = []
        var elements: [(index: Int, node: Int)] = []
        var slots: [Int] = []
        for sprout in sprouts {
            var node = Node(collector: sprout.collector)
            node.members = members.count..<members.count + sprout.members.count
            node.elements = elements.count..<elements.count + sprout.elements.count
            node.slots = slots.count..<slots.count + sprout.slots.count
            for (name, child) in sprout.members {
                let utf8 = name.utf8
                members.append(Member(name: letters.count..<letters.count + utf8.count, node: child))
                letters += utf8
            }
            elements += sprout.elements
            slots += sprout.slots
            nodes.append(node)
        }
        self.nodes = nodes
        self.members = members
        self.letters = letters
        self.elements = elements
        self.slots = slots
    }

    /// A node while the tree grows.
    private struct Sprout {
        var members: [(name: String, node: Int)] = []
        var elements: [(index: Int, node: Int)] = []
        /// The paths that end here, as numbers in the order they were given.
        var slots: [Int] = []
        var collector: Int?
    }

    private static func child(of node: Int, by step: PathStep, in sprouts: inout [Sprout]) -> Int {
        let next = sprouts.count
        switch step {
        case .key(let name):
            // As bytes: two spellings of one letter are two names.
            let known = sprouts[node].members.first { $0.name.utf8.elementsEqual(name.utf8) }
            if let known { return known.node }
            sprouts[node].members.append((name, next))
        case .element(let index):
            if let known = sprouts[node].elements.first(where: { $0.index == index }) { return known.node }
            sprouts[node].elements.append((index, next))
        case .every, .matching: preconditionFailure("a PathPlan has taken such steps apart")
        }
        sprouts.append(Sprout())
        return next
    }

    /// Puts a value at every slot of a node.
    func place(_ value: PayloadValue, at node: Int, in found: inout [PayloadValue]) {
        for place in nodes[node].slots { found[slots[place]] = value }
    }

    func collector(of node: Int) -> Int? { nodes[node].collector }
    func hasMembers(_ node: Int) -> Bool { !nodes[node].members.isEmpty }

    /// The child of a node that a name leads to; the name stands at a range of the bytes.
    // Linear: an object of a device has a handful of mapped members, and comparing lengths rejects most at once.
    func member(of node: Int, named name: Range<Int>, in bytes: [UInt8]) -> Int? {
        for place in nodes[node].members where members[place].name.count == name.count {
            var at = members[place].name.lowerBound
            var offset = name.lowerBound
            while offset < name.upperBound, letters[at] == bytes[offset] {
                at += 1
                offset += 1
            }
            if offset == name.upperBound { return members[place].node }
        }
        return nil
    }

    func element(_ index: Int, of node: Int) -> Int? {
        for place in nodes[node].elements where elements[place].index == index { return elements[place].node }
        return nil
    }
}
