/// The topic filters of one broker by their levels, to find out whether a further one meets one of them on some topic.
struct FilterTree {
    /// Who listens to a filter.
    struct Owner {
        var device: String
        /// It chooses its own element of a payload, so that others may listen too.
        var isSelective: Bool
        var filter: String
    }

    private struct Node {
        var children: [Substring: Int] = [:]
        /// The first of each kind that ends here.
        var plain: Owner?
        var selective: Owner?
    }

    private var nodes = [Node()]

    /// Adds a filter.
    /// - Returns: one that was there, hears some of the same topics and cannot share them; nil: there is none.
    /// - Complexity: O(levels), and the children of a node where the filter has a `+`.
    mutating func add(_ owner: Owner) -> Owner? {
        let levels = owner.filter.split(separator: "/", omittingEmptySubsequences: false)
        let met = conflict(of: owner, levels[...], below: 0)
        var place = 0
        for level in levels {
            if let child = nodes[place].children[level] {
                place = child
            } else {
                nodes.append(Node())
                nodes[place].children[level] = nodes.count - 1
                place = nodes.count - 1
            }
        }
        if owner.isSelective {
            nodes[place].selective = nodes[place].selective ?? owner
        } else {
            nodes[place].plain = nodes[place].plain ?? owner
        }
        return met
    }

    private func conflict(of owner: Owner, _ levels: ArraySlice<Substring>, below place: Int) -> Owner? {
        guard let level = levels.first else {
            return nodes[place].plain ?? (owner.isSelective ? nil : nodes[place].selective)
        }
        let children = nodes[place].children
        let met = level == "+" ? Array(children.values) : [children[level], children["+"]].compactMap { $0 }
        let found = met.compactMap { conflict(of: owner, levels.dropFirst(), below: $0) }
        // The order of a dictionary is another at each run; a message is not.
        return found.min { $0.device < $1.device }
    }
}
