import AlarmLogic
package import PlantModel
package import PlantTime

extension Monitor {
    /// Takes slots of the input ring in their order: the whole loop over samples, in one place.
    ///
    /// A sample first lets pass every deadline strictly before the instant it speaks for (and before the core's clock,
    /// `judgedAt`, if it speaks for the future), then it is judged at its own time. A tick lets pass every deadline up to
    /// its time, and so do a command and a configuration, which come after all else of their instant. A configuration is
    /// adopted by the caller, with ``adopt(_:at:)``, behind the step that ends with its slot.
    /// - Parameters:
    ///   - firstSequence: the input sequence of the first slot; the others follow without a hole.
    ///   - commands: the command table, asked for the numbers that command slots carry.
    package mutating func step(
        _ slots: Span<InputSlot>, firstSequence: UInt64, commands: (UInt32) -> OperatorCommand? = { _ in nil }
    ) {
        for index in slots.indices {
            let slot = slots[index]
            // A slot that nobody stamped (a recording's) is judged at its own time.
            let decidedAt = slot.judgedAt.nanoseconds == 0 ? slot.time : slot.judgedAt
            cause = Cause(
                decidedAt: decidedAt, arrival: slot.arrival, published: slot.published,
                sequence: firstSequence + UInt64(index))
            switch slot.kind {
            case .sample:
                let time = slot.time.wholeMillisecond
                let reached = min(time, decidedAt)
                if earliest < reached { passDeadlines(through: reached.advanced(byNanoseconds: -1)) }
                take(slot, at: time, isAhead: time > decidedAt)
            case .tick:
                if slot.auxiliary == InputSlot.stationStarted { forgiveSilence(until: slot.time) }
                passDeadlines(through: slot.time)
            case .configuration: passDeadlines(through: slot.time)
            case .command:
                passDeadlines(through: min(slot.time, decidedAt))
                obey(slot, commands(slot.auxiliary))
            }
        }
    }

    /// Lets time pass with nothing to read: every deadline up to `instant`, this included, comes.
    package mutating func tick(to instant: PlantInstant) {
        cause.decidedAt = max(instant, cause.decidedAt)
        cause.arrival = instant
        cause.published = instant
        passDeadlines(through: instant)
    }

    // MARK: Samples

    private mutating func take(_ slot: InputSlot, at time: PlantInstant, isAhead: Bool) {
        let place = Int(slot.point)
        guard place < points.count, !points[place].isDerived else {
            unknownSamples += 1
            return
        }
        let sample = slot.sample
        if sample.flags.contains(.retained) {
            show(sample, at: place)
            return
        }
        if time < points[place].time {
            guard takesLate(sample, at: time, place) else { return }
        }
        points[place].lateRun = 0
        show(sample, at: place)
        points[place].shown.count += 1
        let number = sample.payload.number
        let isUsable = sample.quality.isUsable && number.isFinite
        if isUsable { points[place].shown.lastUsable = number }
        let quality = !isUsable && sample.quality.isUsable ? Quality.bad(.notANumber) : sample.quality
        setRow(
            place, value: isUsable ? number : .nan, quality: quality, at: time, arrival: slot.arrival.wholeMillisecond)
        runRow(of: place, Moment(.row, at: time, isAhead: isAhead))
    }

    /// Makes a reading the newest row of a point.
    @inline(__always)
    mutating func setRow(
        _ place: Int, value: Double, quality: Quality, at time: PlantInstant, arrival: PlantInstant
    ) {
        points[place].value = value
        points[place].quality = quality
        points[place].time = time
        points[place].arrival = arrival
        points[place].hasRow = true
        points[place].isSilenced = false
    }

    /// Puts a sample on the board; an older one, kept by a broker, does not hide a newer.
    private mutating func show(_ sample: Sample, at place: Int) {
        if sample.flags.contains(.retained), points[place].hasRow, sample.time < points[place].time { return }
        points[place].shown.payload = sample.payload
        points[place].shown.quality = sample.quality
        points[place].shown.flags = sample.flags
        points[place].shown.time = sample.time
        points[place].shown.arrival = sample.arrival
        noteChange(ofPoint: place)
    }

    // MARK: One step (semantics.md B1)

    /// The step of one row: whoever reads the point is judged in file order, and so is whoever is told of a change.
    private mutating func runRow(of place: Int, _ moment: Moment) {
        stepNumber &+= 1
        var next = Int(points[place].readers.start)
        let end = next + Int(points[place].readers.count)
        while true {
            let key = agenda.first
            if next < end {
                let reader = book.readers[next]
                if key.map({ Int(reader.entry) <= $0.entry }) ?? true {
                    next += 1
                    refresh(reader.watch)
                    if let key, key.entry == Int(reader.entry) { _ = agenda.pop() }
                    judge(Int(reader.entry), moment)
                    continue
                }
            }
            guard let key = agenda.pop() else { return }
            judge(key.entry, moment)
        }
    }

    /// Works off the agenda of a timer step or a stale step, or of a late sample.
    mutating func runAgenda(_ moment: Moment) {
        while let key = agenda.pop() {
            if !key.isDelay {
                judge(key.entry, moment)
            } else if entries[key.entry].condition.delayEnd == moment.at {
                endDelay(of: key.entry, at: moment.at)
            }
        }
    }

    /// The station has started: while nobody listened, nobody was silent, so every watch counts from now.
    private mutating func forgiveSilence(until now: PlantInstant) {
        for watch in watches.indices where !watches[watch].isStale {
            watches[watch].notBefore = now.advanced(byNanoseconds: watches[watch].maxAge)
        }
    }

    /// A row has come: silence is over, or starts anew.
    @inline(__always)
    mutating func refresh(_ watch: Int32) {
        guard watch >= 0, watches[Int(watch)].isStale else { return }
        watches[Int(watch)].isStale = false
        setSilence(of: Int(watch))
    }
}
