import AlarmLogic
import PlantModel
import PlantTime

// Most rows of a plant change nothing but a number. A point is *calm* while its newest row is usable and every limit on it
// is inactive, without a delay and not blind; then a further usable row strictly between the limits cannot move any of
// them, and one look at that band stands for judging them one by one. A calm point is *steady* while the same holds of the
// rates over its first least-squares window: one look at a band of slopes stands for them. What such a row leaves in each
// entry, the value that was judged last (B5), is the row itself or its slope: it is written into the entries only when the
// calm ends.
extension Monitor {
    /// Ends the calm of a point, before anything but a row in its band is taken for it.
    mutating func wake(_ place: Int) {
        guard points[place].isCalm else { return }
        for reader in points[place].readers.range {
            let entry = Int(book.readers[reader].entry)
            entries[entry] = present(entry)
        }
        points[place].isCalm = false
        points[place].isSteady = false
    }

    /// Begins the calm of a point, if it is so, behind a row that was judged entry by entry.
    mutating func rest(_ place: Int) {
        guard !points[place].value.isNaN, !points[place].isDerived else { return }
        var isSteady = points[place].window >= 0
        for reader in points[place].readers.range {
            let entry = Int(book.readers[reader].entry)
            guard !entries[entry].isAtRest else { continue }
            if entries[entry].mechanism.restsInBand { return }
            if entries[entry].isRate(over: points[place].slope) { isSteady = false }
        }
        points[place].isCalm = true
        points[place].isSteady = isSteady
    }

    /// An entry as if every row of its point had been written into it.
    func present(_ entry: Int) -> EntryCell {
        var cell = entries[entry]
        let point = points[Int(cell.point)]
        guard point.isCalm else { return cell }
        if cell.mechanism.restsInBand {
            cell.value = cell.mechanism == .threshold ? point.value : 0
            cell.quality = point.quality
        } else if point.isSteady, cell.isRate(over: point.slope) {
            cell.value = lists.leastSquares[Int(point.window)].slope
            cell.quality = point.quality
        }
        return cell
    }

    // MARK: The loop over quiet samples

    /// So many samples ahead rows, windows and points are brought near: each names where the next lies.
    private static let rowDistance = 4
    private static let windowDistance = 8
    private static let pointDistance = 14

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
        // Cells and rows lie scattered over memory, and waiting for them would take longer than all the rest.
        let pointPlaces = CellPlaces(pointList)
        let windowPlaces = CellPlaces(windowList, bytes: LeastSquaresSlope.usualBytes)
        var points = pointList.mutableSpan
        var entries = entryList.mutableSpan
        var slopes = slopeList.mutableSpan
        var windows = windowList.mutableSpan
        let readers = readerList.span
        for index in start..<slots.count {
            if index + Self.pointDistance < slots.count {
                pointPlaces.hint(Int(slots[index + Self.pointDistance].point))
                var ahead = Int(slots[index + Self.windowDistance].point)
                if ahead < points.count, points[ahead].window >= 0 { windowPlaces.hint(Int(points[ahead].window)) }
                ahead = Int(slots[index + Self.rowDistance].point)
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
                slot.judgedAt >= time || slot.judgedAt.nanoseconds == 0
            else { return Disturbance(slot: index) }
            let qualityBefore = points[place].quality
            guard points[place].takeQuiet(slot, number, at: time) else { return Disturbance(slot: index) }
            stepNumber &+= 1
            if !points[place].isChanged {
                points[place].isChanged = true
                changedPoints.append(PointIndex(slot.point))
            }
            var judged = points[place].restlessReaders.range
            if points[place].isSteady {
                let window = Int(points[place].window)
                let slopeBefore = windows[window].slope
                windows[window].take(number, at: milliseconds, in: &rows)
                let slope = windows[window].slope
                if slope > points[place].slopeLow, slope < points[place].slopeHigh {
                    if judged.isEmpty { continue }
                    slopes[Int(points[place].slope)].step = stepNumber
                } else {
                    // Its rates are judged one by one, by the slope that was just found.
                    slopes[Int(points[place].slope)].step = stepNumber
                    points[place].isSteady = false
                    judged = points[place].livelyReaders.range
                    for reader in judged {
                        let entry = Int(readers[reader].entry)
                        if entries[entry].isRate(over: points[place].slope) {
                            entries[entry].value = slopeBefore
                            entries[entry].quality = qualityBefore
                        }
                    }
                }
            } else {
                judged = (points[place].isCalm ? points[place].livelyReaders : points[place].readers).range
            }
            var mayRest = true
            var maySteady = points[place].window >= 0
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
                    let window = Int(slopes[slope].place)
                    guard slopes[slope].method == .leastSquares else {
                        return Disturbance(slot: index, readers: reader..<judged.upperBound)
                    }
                    if slopes[slope].step != stepNumber {
                        windows[window].take(number, at: milliseconds, in: &rows)
                        slopes[slope].step = stepNumber
                    }
                    stands = entries[entry].stands(
                        atSlope: windows[window].slope, isWatched: readers[reader].watch >= 0, quality)
                    if slope == Int(points[place].slope) { maySteady = maySteady && entries[entry].isAtRest }
                case .state, .frozen, .deviation, .vote, .expect, .timeTo, .count, .average, .ladder, .derived:
                    stands = false
                }
                guard stands else {
                    return Disturbance(slot: index, readers: reader..<judged.upperBound)
                }
            }
            if mayRest {
                points[place].isCalm = true
                points[place].isSteady = maySteady
            }
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
            time >= self.time, slot.flags & SampleFlags.notOfNow.rawValue == 0
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

    /// Whether it is a rule on the rate of change, over the slope of this number.
    @inline(__always)
    func isRate(over slope: Int32) -> Bool { mechanism == .rate && Int32(bitPattern: detail) == slope }

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
