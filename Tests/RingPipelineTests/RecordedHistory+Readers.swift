/// What the story says of a look that finds nothing, and of the reader that nobody waits for.
extension RecordedHistory {
    /// The publication of a sequence; the sequence is one of those published.
    private func publication(of sequence: UInt64) -> Part {
        var (low, high) = (0, publications.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if publications[middle].last < sequence { low = middle + 1 } else { high = middle }
        }
        return publications[low]
    }

    /// "Nothing there" is a lie once the publication of the next sequence has come back.
    func findingNothing() -> String? {
        for (next, span) in blanks where next <= contents.count {
            if publication(of: next).span.returned < span.called {
                return "\(next) was not found, and was published before"
            }
        }
        return nil
    }

    /// A follower reads every sequence once, as it was published, or counts it as missed; and it misses only what a publisher had
    /// begun to write over, a whole ring later.
    func following() -> String? {
        let begun = Steps(publications.map { ($0.span.called, $0.last) })
        var expected: UInt64 = 1
        for part in lookings {
            guard part.first == expected + part.missed else {
                return "the follower was at \(expected), read on at \(part.first) and says it missed \(part.missed)"
            }
            if part.missed > 0, begun.highest(through: part.span.returned) < expected + capacity {
                return "the follower skipped \(expected), which nobody had begun to write over"
            }
            if !part.values.isEmpty {
                if let wrong = difference(of: part) { return "the follower: \(wrong)" }
                guard publication(of: part.last).span.called < part.span.returned else {
                    return "the follower read \(part.last) before it was published"
                }
            }
            expected = part.first + UInt64(part.values.count)
        }
        return nil
    }
}
