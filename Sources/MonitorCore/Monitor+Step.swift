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
        var place = 0
        while place < slots.count {
            let disturbance = takeQuiet(slots, from: place)
            // Behind quiet slots alone, the last of them is the newest cause.
            place = min(disturbance.slot, slots.count - 1)
            cause = Cause(slots[place], sequence: firstSequence + UInt64(place))
            if disturbance.slot < slots.count { take(slots[place], from: disturbance.readers, commands: commands) }
            place += 1
        }
    }

    /// Takes a slot that may move something, or what the quiet loop left of it.
    private mutating func take(
        _ slot: InputSlot, from readers: Range<Int>?, commands: (UInt32) -> OperatorCommand?
    ) {
        let decidedAt = cause.decidedAt
        switch slot.kind {
        case .sample:
            let time = slot.time.wholeMillisecond
            if let readers {
                runRow(of: readers, Moment(.row, at: time))
                rest(Int(slot.point))
                return
            }
            let reached = min(time, decidedAt)
            if earliest < reached { passDeadlines(through: reached.advanced(byNanoseconds: -1)) }
            take(slot, at: time, isAhead: time > decidedAt)
        case .tick:
            if slot.auxiliary == InputSlot.stationStarted { forgiveSilence(until: slot.time) }
            passDeadlines(through: slot.time)
        case .configuration: passDeadlines(through: slot.time)
        case .command:
            passDeadlines(through: min(slot.time, decidedAt))
            obey(slot, from: commands)
        }
    }

    /// Apart from the loop over samples: a command holds text, which counts its references.
    @inline(never)
    private mutating func obey(_ slot: InputSlot, from commands: (UInt32) -> OperatorCommand?) {
        obey(slot, commands(slot.auxiliary))
    }

    /// Lets time pass with nothing to read: every deadline up to `instant`, this included, comes.
    package mutating func tick(to instant: PlantInstant) {
        cause.decidedAt = max(instant, cause.decidedAt)
        cause.arrival = instant
        cause.published = instant
        cause.read = instant
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
            showRetained(sample, at: place)
            return
        }
        if sample.flags.contains(.historical) { return takeHistory(sample, at: time, place) }
        if time < points[place].time {
            guard takesLate(sample, at: time, place) else { return }
        }
        wake(place)
        let number = sample.payload.number
        let isUsable = sample.quality.isUsable && number.isFinite
        let quality = !isUsable && sample.quality.isUsable ? Quality.bad(.notANumber) : sample.quality
        points[place].take(
            sample, value: isUsable ? number : .nan, quality: quality, at: time, arrival: slot.arrival.wholeMillisecond)
        noteChange(ofPoint: place)
        stepNumber &+= 1
        runRow(of: points[place].readers.range, Moment(.row, at: time, isAhead: isAhead))
        rest(place)
    }

    /// Puts a sample that a broker kept on the board; an older one does not hide a newer.
    private mutating func showRetained(_ sample: Sample, at place: Int) {
        if points[place].hasRow, sample.time < points[place].time { return }
        points[place].show(sample)
        noteChange(ofPoint: place)
    }

    // MARK: One step (semantics.md B1)

    /// The step of one row: whoever reads the point is judged in file order, and so is whoever is told of a change.
    private mutating func runRow(of readers: Range<Int>, _ moment: Moment) {
        var next = readers.lowerBound
        while true {
            let key = agenda.first
            if next < readers.upperBound {
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
            watches[watch].notBefore = now.advanced(byNanoseconds: patience(of: watch))
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

extension PointCell {
    /// Makes a sample the newest row, and shows it.
    /// - Parameter value: NaN unless it is usable.
    @inline(__always)
    fileprivate mutating func take(
        _ sample: Sample, value: Double, quality: Quality, at time: PlantInstant, arrival: PlantInstant
    ) {
        lateRun = 0
        setRow(value: value, quality: quality, at: time, arrival: arrival)
        show(sample)
        shown.count &+= 1
        if !value.isNaN { shown.lastUsable = value }
    }

    /// Makes a reading the newest row.
    @inline(__always)
    mutating func setRow(value: Double, quality: Quality, at time: PlantInstant, arrival: PlantInstant) {
        self.value = value
        self.quality = quality
        self.time = time
        self.arrival = arrival
        hasRow = true
        isSilenced = false
    }

    @inline(__always)
    fileprivate mutating func show(_ sample: Sample) {
        shown.payload = sample.payload
        shown.quality = sample.quality
        shown.flags = sample.flags
        shown.time = sample.time
        shown.arrival = sample.arrival
    }
}
