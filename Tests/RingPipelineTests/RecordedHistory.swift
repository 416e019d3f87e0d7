/// What threads did to a ring, each operation with when it was called and when it came back: for the check that the whole
/// can be told as one story (linearizability).
///
/// The story of a ring: a publication takes the next sequences and makes them readable in one moment; a taking reads the
/// sequences that follow the last taken, all of them published before; a release gives them back in one moment; and
/// "full" is said at a moment in which there was too little room. Each moment lies between its call and its return.
struct RecordedHistory: Sendable {
    /// Numbers drawn from one counter, so that "came back before it was called" is a plain comparison.
    struct Span: Sendable, Equatable {
        var called: UInt64
        var returned: UInt64
    }

    enum Operation: Sendable, Equatable {
        /// Published `first...last`.
        case published(first: UInt64, last: UInt64)
        /// Found no room for so many slots.
        case full(count: UInt64)
        /// Copied `first...last`.
        case taken(first: UInt64, last: UInt64)
        /// Gave back everything up to here.
        case released(through: UInt64)
    }

    struct Entry: Sendable, Equatable {
        var operation: Operation
        var span: Span

        init(_ operation: Operation, _ called: UInt64, _ returned: UInt64) {
            self.operation = operation
            span = Span(called: called, returned: returned)
        }
    }

    let capacity: UInt64
    private let publications: [Part]
    private let takings: [Part]
    private let givings: [Part]
    private let refusals: [(count: UInt64, span: Span)]

    /// Sequences that one operation was about.
    private struct Part {
        var first: UInt64
        var last: UInt64
        var span: Span
    }

    init(capacity: UInt64, entries: [Entry]) {
        self.capacity = capacity
        func parts(_ pick: (Operation) -> (UInt64, UInt64)?) -> [Part] {
            entries.compactMap { entry in
                pick(entry.operation).map { Part(first: $0.0, last: $0.1, span: entry.span) }
            }.sorted { $0.first < $1.first }
        }
        publications = parts { if case .published(let first, let last) = $0 { (first, last) } else { nil } }
        takings = parts { if case .taken(let first, let last) = $0 { (first, last) } else { nil } }
        givings = parts { if case .released(let through) = $0 { (through, through) } else { nil } }
        refusals = entries.compactMap { entry in
            if case .full(let count) = entry.operation { (count, entry.span) } else { nil }
        }
    }

    /// How many calls ended with "full".
    var refusalCount: Int { refusals.count }

    /// Why it cannot be one story; nil when it can.
    var contradiction: String? { publishing() ?? taking() ?? givingBack() ?? sayingFull() }

    // MARK: The parts of the story

    /// The earliest moments that keep the order of the sequences: if these do not fit, none do.
    private static func moments(of parts: [Part]) -> [UInt64]? {
        var moments: [UInt64] = []
        for part in parts {
            let moment = max(part.span.called, moments.last ?? 0)
            guard moment <= part.span.returned else { return nil }
            moments.append(moment)
        }
        return moments
    }

    private func publishing() -> String? {
        var expected: UInt64 = 1
        for part in publications {
            guard part.first == expected else { return "sequence \(expected) was published never, or twice" }
            expected = part.last + 1
        }
        return Self.moments(of: publications) == nil ? "a later publication has an earlier sequence" : nil
    }

    private func taking() -> String? {
        let moments = Self.moments(of: publications) ?? []
        var expected: UInt64 = 1
        var latest: UInt64 = 0
        var place = 0
        for part in takings {
            guard part.first == expected else { return "\(part.first) was taken where \(expected) was next" }
            while place < publications.count, publications[place].last < part.last { place += 1 }
            guard place < publications.count else { return "\(part.last) was taken and never published" }
            latest = max(latest, part.span.called, moments[place])
            guard latest <= part.span.returned else { return "\(part.last) was taken before it was published" }
            expected = part.last + 1
        }
        return nil
    }

    private func givingBack() -> String? {
        var place = 0
        for part in givings {
            while place < takings.count, takings[place].last < part.last { place += 1 }
            guard place < takings.count, takings[place].first <= part.last,
                takings[place].span.called < part.span.returned
            else { return "\(part.last) was given back before it was taken" }
        }
        // Nothing is published into a slot that has not been given back: the first release that reaches far enough counts.
        place = 0
        for part in publications where part.last > capacity {
            let needed = part.last - capacity
            while place < givings.count, givings[place].last < needed { place += 1 }
            guard place < givings.count, givings[place].span.called < part.span.returned else {
                return "\(part.last) was published over \(needed), which was not given back"
            }
        }
        return nil
    }

    /// "Full" is true if at some moment of the call as many slots as possible were in use and still too many: those whose
    /// publication had begun, less those whose release had surely ended.
    private func sayingFull() -> String? {
        let begun = Steps(publications.map { ($0.span.called, $0.last) })
        let ended = Steps(givings.map { ($0.span.returned, $0.last) })
        for (count, span) in refusals {
            let most = begun.highest(through: span.returned)
            let givenBack = ended.highest(through: span.called)
            if most + count <= givenBack + capacity {
                return "full was said for \(count) with at most \(most - min(most, givenBack)) of \(capacity) in use"
            }
        }
        return nil
    }

    /// The highest number that stood at a moment or before it.
    private struct Steps {
        private var times: [UInt64] = []
        private var highest: [UInt64] = []

        init(_ steps: [(time: UInt64, number: UInt64)]) {
            for step in steps.sorted(by: { $0.time < $1.time }) {
                times.append(step.time)
                highest.append(max(step.number, highest.last ?? 0))
            }
        }

        func highest(through time: UInt64) -> UInt64 {
            var (low, high) = (0, times.count)
            while low < high {
                let middle = (low + high) / 2
                if times[middle] <= time { low = middle + 1 } else { high = middle }
            }
            return low == 0 ? 0 : highest[low - 1]
        }
    }
}
