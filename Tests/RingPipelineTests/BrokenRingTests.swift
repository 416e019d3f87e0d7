import RingPipeline
import Testing

/// A ring that one thread plays on, with one fault; recorded call by call as the real one is.
struct BrokenRing {
    enum Fault: CaseIterable {
        case none
        case losesASlot, doublesASlot, exchangesTwo, mixesTwoWritings, givesWhatStoodThereBefore
        case saysEmptyTooLong, saysFullTooSoon, saysFullTooLate, readsAhead
        case followerLosesCount, followerReadsWhatWasWrittenOver
    }

    static let capacity = 8
    let fault: Fault
    private var written: [UInt64] = []
    private var taken = 0
    private var followed = 0
    private var time: UInt64 = 0
    private var entries: [RecordedHistory.Entry] = []

    init(_ fault: Fault) { self.fault = fault }

    private mutating func note(_ operation: RecordedHistory.Operation) {
        entries.append(.init(operation, time + 1, time + 2))
        time += 2
    }

    private mutating func publish(_ values: [UInt64]) {
        let room = Self.capacity + (fault == .saysFullTooLate ? 1 : 0) - (fault == .saysFullTooSoon ? 1 : 0)
        if written.count - taken + values.count > room { return note(.full(count: UInt64(values.count))) }
        note(.published(first: UInt64(written.count + 1), values))
        written += values
    }

    private mutating func take(_ most: Int) {
        var count = min(most, written.count - taken)
        if fault == .saysEmptyTooLong, written.count == 6 { count = 0 }
        if fault == .readsAhead, count < most { count += 1 }
        guard count > 0 else { return note(.empty(next: UInt64(taken + 1))) }
        var values = (taken..<taken + count).map { $0 < written.count ? written[$0] : 0 }
        var first = taken + 1
        if taken >= 8, values.count >= 2 {
            switch fault {
            case .losesASlot:
                values.removeFirst()
                first += 1
            case .doublesASlot: values[1] = values[0]
            case .exchangesTwo: values.swapAt(0, 1)
            case .mixesTwoWritings: values[0] = .max
            case .givesWhatStoodThereBefore: values[0] = written[taken - Self.capacity]
            default: break
            }
        }
        note(.taken(first: UInt64(first), values))
        taken += count
        note(.released(through: UInt64(taken)))
    }

    private mutating func follow() {
        let oldest = max(followed, written.count - Self.capacity)
        var missed = oldest - followed
        var values = Array(written[oldest...])
        if fault == .followerLosesCount, missed > 0 { missed -= 1 }
        if fault == .followerReadsWhatWasWrittenOver, missed > 0 { values[0] = written[followed] }
        note(.followed(first: UInt64(oldest + 1), values, missed: UInt64(missed)))
        followed = written.count
    }

    mutating func history() -> RecordedHistory {
        for round in 0..<20 {
            for number in 0..<3 {
                let value = UInt64(round * 6 + number * 2 + 1)
                publish([value, value + 1])
            }
            take(5)
            take(5)
            publish([1000 + UInt64(round)])
            take(5)
            if round % 2 == 1 { follow() }
            if round % 5 == 4 { for number in 0..<9 { publish([UInt64(2000 + round * 10 + number)]) } }
        }
        while taken < written.count { take(5) }
        return RecordedHistory(capacity: UInt64(Self.capacity), entries: entries)
    }
}

@Suite struct `A ring with a fault is told from a sound one` {
    @Test(arguments: BrokenRing.Fault.allCases)
    func `by what was recorded of it`(fault: BrokenRing.Fault) {
        var ring = BrokenRing(fault)
        let contradiction = ring.history().contradiction
        #expect((contradiction == nil) == (fault == .none), "\(fault): \(contradiction ?? "no contradiction")")
    }
}
