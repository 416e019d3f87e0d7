/// What threads did to a ring, each operation with when it was called and when it came back: for the check that the whole
/// can be told as one story (linearizability).
///
/// The story of a ring: a publication takes the next sequences and makes them readable with what was put into them; a taking
/// reads the sequences that follow the last taken, each with what was published under it; a look that finds nothing is made at
/// a moment in which the next sequence was not yet published; a release gives sequences back in one moment; "full" is said at a
/// moment in which there was too little room; and a follower reads on, or skips what had been written over. Each moment lies
/// between its call and its return.
struct RecordedHistory: Sendable {
    /// Numbers drawn from one counter, so that "came back before it was called" is a plain comparison.
    struct Span: Sendable, Equatable {
        var called: UInt64
        var returned: UInt64
    }

    enum Operation: Sendable, Equatable {
        /// Published these under the sequences from `first` on.
        case published(first: UInt64, [UInt64])
        /// Found no room for so many slots.
        case full(count: UInt64)
        /// Read these under the sequences from `first` on.
        case taken(first: UInt64, [UInt64])
        /// Found that `next` is not there yet.
        case empty(next: UInt64)
        /// Gave back everything up to here.
        case released(through: UInt64)
        /// A follower read these under the sequences from `first` on, behind so many that it had missed.
        case followed(first: UInt64, [UInt64], missed: UInt64)
    }

    struct Entry: Sendable, Equatable {
        var operation: Operation
        var span: Span

        init(_ operation: Operation, _ called: UInt64, _ returned: UInt64) {
            self.operation = operation
            span = Span(called: called, returned: returned)
        }
    }

    /// Sequences that one operation was about.
    struct Part {
        var first: UInt64
        var values: [UInt64]
        var span: Span
        var missed: UInt64 = 0
        var last: UInt64 { first + UInt64(values.count) - 1 }
    }

    let capacity: UInt64
    let publications: [Part]
    let takings: [Part]
    let lookings: [Part]
    /// What was published under each sequence; the first stands for sequence 1.
    let contents: [UInt64]
    private let givings: [(through: UInt64, span: Span)]
    private let refusals: [(count: UInt64, span: Span)]
    let blanks: [(next: UInt64, span: Span)]

    init(capacity: UInt64, entries: [Entry]) {
        self.capacity = capacity
        var (publications, takings, lookings): ([Part], [Part], [Part]) = ([], [], [])
        var (givings, refusals, blanks): ([(UInt64, Span)], [(UInt64, Span)], [(UInt64, Span)]) = ([], [], [])
        for entry in entries {
            switch entry.operation {
            case .published(let first, let values):
                publications.append(Part(first: first, values: values, span: entry.span))
            case .full(let count): refusals.append((count, entry.span))
            case .taken(let first, let values): takings.append(Part(first: first, values: values, span: entry.span))
            case .empty(let next): blanks.append((next, entry.span))
            case .released(let through): givings.append((through, entry.span))
            case .followed(let first, let values, let missed):
                lookings.append(Part(first: first, values: values, span: entry.span, missed: missed))
            }
        }
        self.publications = publications.sorted { $0.first < $1.first }
        self.takings = takings.sorted { $0.first < $1.first }
        // One follower, which looks again and again: its calls stand one behind the other.
        self.lookings = lookings.sorted { $0.span.called < $1.span.called }
        self.givings = givings.sorted { $0.0 < $1.0 }
        self.refusals = refusals
        self.blanks = blanks
        contents = self.publications.flatMap(\.values)
    }

    /// How many calls ended with "full".
    var refusalCount: Int { refusals.count }

    /// Why it cannot be one story; nil when it can.
    var contradiction: String? {
        publishing() ?? taking() ?? givingBack() ?? sayingFull() ?? findingNothing() ?? following()
    }

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
            if let wrong = difference(of: part) { return wrong }
            expected = part.last + 1
        }
        return nil
    }

    /// Where a part says otherwise than what was published.
    func difference(of part: Part) -> String? {
        for (index, value) in part.values.enumerated() {
            let sequence = part.first + UInt64(index)
            guard sequence >= 1, sequence <= contents.count else { return "\(sequence) was read and never published" }
            let published = contents[Int(sequence) - 1]
            if value != published { return "\(sequence) was read as \(value), and published as \(published)" }
        }
        return nil
    }

    private func givingBack() -> String? {
        var place = 0
        for (through, span) in givings {
            while place < takings.count, takings[place].last < through { place += 1 }
            guard place < takings.count, takings[place].first <= through,
                takings[place].span.called < span.returned
            else { return "\(through) was given back before it was taken" }
        }
        // Nothing is published into a slot that has not been given back: the first release that reaches far enough counts.
        place = 0
        for part in publications where part.last > capacity {
            let needed = part.last - capacity
            while place < givings.count, givings[place].through < needed { place += 1 }
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
        let ended = Steps(givings.map { ($0.span.returned, $0.through) })
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
    struct Steps {
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
