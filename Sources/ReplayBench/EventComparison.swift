/// Compares two sheets of events as semantics.md says: all columns as text except the value, which must agree within
/// 1e-9 + 1e-6 x |expected|; lines in order, none missing, none more.
package enum EventComparison {
    /// - Returns: the first difference in words, or nil when there is none.
    package static func firstDifference(expected: String, found: String) -> String? {
        let wanted = lines(expected)
        let present = lines(found)
        for (index, pair) in zip(wanted, present).enumerated() where !agree(pair.0, pair.1) {
            return "line \(index + 1): expected \(pair.0), found \(pair.1)"
        }
        if wanted.count > present.count {
            return "line \(present.count + 1): expected \(wanted[present.count]), found no more"
        }
        if present.count > wanted.count {
            return "line \(wanted.count + 1): expected no more, found \(present[wanted.count])"
        }
        return nil
    }

    private static func lines(_ text: String) -> [Substring] {
        text.split(whereSeparator: \.isNewline)
    }

    private static func agree(_ expected: Substring, _ found: Substring) -> Bool {
        if expected == found { return true }
        let left = expected.split(separator: ",", omittingEmptySubsequences: false)
        let right = found.split(separator: ",", omittingEmptySubsequences: false)
        guard left.count == right.count, left.count > 1, left.dropLast() == right.dropLast(),
            let wanted = left.last.flatMap({ Double($0) }), let present = right.last.flatMap({ Double($0) })
        else { return false }
        return abs(wanted - present) <= 1e-9 + 1e-6 * abs(wanted)
    }
}
