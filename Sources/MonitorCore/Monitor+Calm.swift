import AlarmLogic
import PlantModel
import PlantTime

// Most rows of a plant change nothing but a number. A point is *calm* while its newest row is usable and every limit on it
// is inactive, without a delay and not blind; then a further usable row strictly between the limits cannot move any of
// them, and one look at that band stands for judging them one by one. What such a row leaves in each entry, the value that
// was judged last (B5), is the row itself: it is written into the entries only when the calm ends.
extension Monitor {
    /// Ends the calm of a point, before anything but a row in its band is taken for it.
    mutating func wake(_ place: Int) {
        guard points[place].isCalm else { return }
        points[place].isCalm = false
        for reader in points[place].readers.range {
            let entry = Int(book.readers[reader].entry)
            guard entries[entry].mechanism.restsInBand else { continue }
            entries[entry].takeOver(points[place])
        }
    }

    /// Begins the calm of a point, if it is so, behind a row that was judged entry by entry.
    mutating func rest(_ place: Int) {
        guard !points[place].value.isNaN, !points[place].isDerived else { return }
        for reader in points[place].readers.range {
            let entry = Int(book.readers[reader].entry)
            if entries[entry].mechanism.restsInBand, !entries[entry].isAtRest { return }
        }
        points[place].isCalm = true
    }

    /// An entry as if every row of its point had been written into it.
    func present(_ entry: Int) -> EntryCell {
        var cell = entries[entry]
        if cell.mechanism.restsInBand, points[Int(cell.point)].isCalm { cell.takeOver(points[Int(cell.point)]) }
        return cell
    }

    // MARK: The loop over quiet samples

    /// So many samples ahead rows are brought near.
    private static let hintDistance = 6

    /// Where the quiet loop found work that it does not do.
    struct Disturbance {
        /// Place of the slot, or the number of slots when none is left.
        var slot: Int
        /// The readers of the slot's point that must still be judged; nil: the slot is untouched.
        var readers: Range<Int>?
    }

    /// Takes samples that change nothing but numbers, up to the first that may do more: the loop that most samples of a
    /// plant never leave. Rates, and the limits of a point that is not calm, are judged here too, as long as what they see
    /// leaves them as they are.
    /// - Complexity: O(1) a sample and rate on its point; allocates nothing.
    mutating func takeQuiet(_ slots: Span<InputSlot>, from start: Int) -> Disturbance {
        Self.takeQuiet(
            slots, from: start, before: earliest, &points, &entries, &lists.slopes, &lists.leastSquares, &rows,
            book.readers, &stepNumber, &changedPoints)
    }

    /// One function over spans: each list is looked at for its owner once, not at every sample.
    private static func takeQuiet(
        _ slots: Span<InputSlot>, from start: Int, before deadline: PlantInstant, _ pointList: inout [PointCell],
        _ entryList: inout [EntryCell], _ slopeList: inout [SlopeCell], _ windowList: inout [LeastSquaresSlope],
        _ rows: inout RowStore, _ readerList: [PointReader], _ stepNumber: inout UInt64,
        _ changedPoints: inout [PointIndex]
    ) -> Disturbance {
        var points = pointList.mutableSpan
        var entries = entryList.mutableSpan
        var slopes = slopeList.mutableSpan
        var windows = windowList.mutableSpan
        let readers = readerList.span
        for index in start..<slots.count {
            if index + Self.hintDistance < slots.count {
                // Rows lie scattered over memory, and waiting for them would take longer than all the rest.
                let ahead = Int(slots[index + Self.hintDistance].point)
                if ahead < points.count, points[ahead].window >= 0 {
                    windows[Int(points[ahead].window)].rows.hint(in: rows)
                }
            }
            let slot = slots[index]
            let milliseconds = slot.time.milliseconds
            let time = PlantInstant(milliseconds: milliseconds)
            let place = Int(slot.point)
            let number = Payload(raw: slot.payload, kind: slot.payloadKind).number
            let quality = Quality(bits: slot.qualityBits)
            guard slot.kind == .sample, place < points.count, deadline >= time,
                slot.judgedAt >= time || slot.judgedAt.nanoseconds == 0,
                points[place].takeQuiet(slot, number, at: time)
            else { return Disturbance(slot: index) }
            stepNumber &+= 1
            if !points[place].isChanged {
                points[place].isChanged = true
                changedPoints.append(PointIndex(slot.point))
            }
            let isCalm = points[place].isCalm
            let judged = (isCalm ? points[place].livelyReaders : points[place].readers).range
            var mayRest = true
            for reader in judged {
                let entry = Int(readers[reader].entry)
                let stands: Bool
                switch entries[entry].mechanism {
                case .threshold:
                    stands = entries[entry].stands(at: number, showing: number, quality)
                    mayRest = mayRest && entries[entry].isAtRest
                case .badQuality, .stale:
                    stands = entries[entry].isAtRest
                    entries[entry].show(0, quality, if: stands)
                case .rate:
                    let slope = Int(entries[entry].detail)
                    if slopes[slope].step != stepNumber, slopes[slope].method == .leastSquares {
                        let found = windows[Int(slopes[slope].place)].add(number, at: milliseconds, in: &rows)
                        slopes[slope].step = stepNumber
                        slopes[slope].slope = found ?? .nan
                    }
                    stands =
                        slopes[slope].step == stepNumber
                        && entries[entry].stands(
                            atSlope: slopes[slope].slope, isWatched: readers[reader].watch >= 0, quality)
                case .state, .frozen, .deviation, .vote, .expect, .timeTo, .count, .average, .ladder, .derived:
                    stands = false
                }
                guard stands else {
                    return Disturbance(slot: index, readers: reader..<judged.upperBound)
                }
            }
            if !isCalm, mayRest { points[place].isCalm = true }
        }
        return Disturbance(slot: slots.count)
    }
}

extension PointCell {
    /// Takes a usable row, unless the point is calm and the row is out of its band.
    /// - Returns: false, and nothing is taken, when it is no such row.
    @inline(__always)
    fileprivate mutating func takeQuiet(_ slot: InputSlot, _ number: Double, at time: PlantInstant) -> Bool {
        let quality = Quality(bits: slot.qualityBits)
        guard number.isFinite, !isCalm || number > bandLow && number < bandHigh, quality.isUsable, !isDerived,
            time >= self.time, slot.flags & SampleFlags.retained.rawValue == 0
        else { return false }
        value = number
        self.time = time
        arrival = slot.arrival == slot.time ? time : slot.arrival.wholeMillisecond
        self.quality = quality
        hasRow = true
        isSilenced = false
        lateRun = 0
        shown.payload = Payload(raw: slot.payload, kind: slot.payloadKind)
        shown.quality = quality
        shown.flags = SampleFlags(rawValue: slot.flags)
        shown.time = slot.time
        shown.arrival = slot.arrival
        shown.lastUsable = number
        shown.count &+= 1
        return true
    }
}

extension EntryCell {
    /// Inactive, no delay begun, not blind: only a row in the raise zone, or none at all, changes that.
    @inline(__always)
    var isAtRest: Bool { condition.isAtRest && !isUnknown }

    /// Takes the newest row of a calm point as its last judgement.
    fileprivate mutating func takeOver(_ point: PointCell) {
        value = mechanism == .threshold ? point.value : 0
        quality = point.quality
    }

    /// Judges a limit by a row that leaves its alarm and its delay as they are.
    /// - Returns: false, and nothing is taken, when it must be judged in full.
    @inline(__always)
    fileprivate mutating func stands(at compared: Double, showing number: Double, _ quality: Quality) -> Bool {
        let stands = !isUnknown && condition.stands(limit.zone(of: compared))
        show(number, quality, if: stands)
        return stands
    }

    /// The same for a rate. Unknown, it stands as long as its slope is, unless it may be blind to a silent point.
    @inline(__always)
    fileprivate mutating func stands(atSlope slope: Double, isWatched: Bool, _ quality: Quality) -> Bool {
        if slope.isNaN { return isUnknown && !isWatched && condition.isIdle }
        return stands(at: takesMagnitude ? abs(slope) : slope, showing: slope, quality)
    }

    @inline(__always)
    fileprivate mutating func show(_ number: Double, _ quality: Quality, if isTrue: Bool) {
        guard isTrue else { return }
        value = number
        self.quality = quality
    }
}

extension Mechanism {
    /// Whether a usable row in the band of the point leaves an entry at rest, whatever the row says.
    var restsInBand: Bool {
        switch self {
        case .threshold, .badQuality, .stale: true
        case .rate, .state, .frozen, .deviation, .vote, .expect, .timeTo, .count, .average, .ladder, .derived: false
        }
    }
}
