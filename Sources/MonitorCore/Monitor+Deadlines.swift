import AlarmLogic
import PlantModel
import PlantTime

extension Monitor {
    /// Lets pass, in the order of time, every deadline up to `limit`; at one instant ending delays come before silence.
    mutating func passDeadlines(through limit: PlantInstant) {
        while earliest <= limit {
            let timer = settledTimer(through: limit) ?? .distantFuture
            let silence = settledSilence(through: limit) ?? .distantFuture
            let instant = min(timer, silence)
            guard instant <= limit, instant != .distantFuture else {
                earliest = instant
                return
            }
            if timer == instant { runTimerStep(at: instant) }
            if silence == instant { runStaleStep(at: instant) }
            earliest = min(timers.next ?? .distantFuture, silences.next ?? .distantFuture)
        }
    }

    private mutating func runTimerStep(at instant: PlantInstant) {
        while settledTimer(through: instant) == instant, let owner = timers.nextOwner {
            timers.cancel(owner)
            if owner < entries.count {
                agenda.push(.delay(owner))
            } else {
                agenda.push(.judgement(Int(lists.counts[owner - entries.count].entry)))
            }
        }
        runAgenda(Moment(.timer, at: instant))
    }

    private mutating func runStaleStep(at instant: PlantInstant) {
        while settledSilence(through: instant) == instant, let group = silences.nextOwner {
            var watch = silenceGroups[group].firstWatch
            while watch >= 0 {
                let member = watches[Int(watch)]
                if !member.isStale, silenceEnd(of: Int(watch)) <= instant {
                    watches[Int(watch)].isStale = true
                    wake(Int(silenceGroups[group].point))
                    agenda.push(.judgement(Int(member.entry)))
                }
                watch = member.following
            }
        }
        runAgenda(Moment(.stale, at: instant))
    }

    // MARK: Lazy deadlines

    /// The earliest true end of a delay or COUNT window; queue entries that came up early are put right on the way.
    /// - Returns: behind `limit` perhaps only an instant before which there is none.
    private mutating func settledTimer(through limit: PlantInstant) -> PlantInstant? {
        var look = DeadlineLook(through: limit)
        while let owner = timers.nextOwner, let queued = timers.next {
            if look.isFarEnough(queued) || timers.settle(owner, queued, at: timerEnd(of: owner)) { return queued }
        }
        return nil
    }

    private func timerEnd(of owner: Int) -> PlantInstant? {
        if owner < entries.count { return entries[owner].condition.delayEnd }
        let count = lists.counts[owner - entries.count]
        guard !count.raises.isEmpty else { return nil }
        return PlantInstant(nanoseconds: count.raises.first(in: rows).time).advanced(byNanoseconds: count.window)
    }

    /// The earliest true end of silence, likewise.
    private mutating func settledSilence(through limit: PlantInstant) -> PlantInstant? {
        var look = DeadlineLook(through: limit)
        while let group = silences.nextOwner, let queued = silences.next {
            if look.isFarEnough(queued) || silences.settle(group, queued, at: silenceEnd(ofGroup: group)) {
                return queued
            }
        }
        return nil
    }

    /// When the first of a group's watches will end; nil when all have.
    private func silenceEnd(ofGroup group: Int) -> PlantInstant? {
        var earliest: PlantInstant?
        var watch = silenceGroups[group].firstWatch
        while watch >= 0 {
            if !watches[Int(watch)].isStale {
                let end = silenceEnd(of: Int(watch))
                earliest = min(earliest ?? end, end)
            }
            watch = watches[Int(watch)].following
        }
        return earliest
    }

    /// When a point will have been silent too long for a watch.
    func silenceEnd(of watch: Int) -> PlantInstant {
        let group = silenceGroups[Int(watches[watch].group)]
        let point = points[Int(group.point)]
        let last = point.hasRow ? point.arrival : start
        return max(last.advanced(byNanoseconds: group.maxAge), watches[watch].notBefore)
    }

    /// How long a watch bears silence, in nanoseconds.
    func patience(of watch: Int) -> Int64 { silenceGroups[Int(watches[watch].group)].maxAge }

    /// Has an entry's delay, or a COUNT window's end, come up at `instant` at the latest.
    @inline(__always)
    mutating func setTimer(_ owner: Int, at instant: PlantInstant) {
        if let queued = timers.deadline(of: owner), queued <= instant { return }
        timers.set(owner, at: instant)
        earliest = min(earliest, instant)
    }

    mutating func setSilence(of watch: Int) {
        let due = silenceEnd(of: watch)
        let group = Int(watches[watch].group)
        if silences.deadline(of: group).map({ due < $0 }) ?? true { silences.set(group, at: due) }
        earliest = min(earliest, due)
    }

    /// Builds both queues from the cells: at the start, and after a restore.
    mutating func setDeadlines() {
        timers = DeadlineQueue(owners: entries.count + lists.counts.count)
        silences = DeadlineQueue(owners: silenceGroups.count)
        earliest = .distantFuture
        for owner in 0..<timers.ownerCount {
            if let due = timerEnd(of: owner) { setTimer(owner, at: due) }
        }
        for watch in watches.indices where !watches[watch].isStale { setSilence(of: watch) }
    }
}

/// How far one look into a lazy queue goes.
private struct DeadlineLook {
    /// So many queue entries beyond the instant that is asked about are put right in one go. All of them would take
    /// milliseconds at a large plant, and the core judges nothing meanwhile; none would wake it for each of them.
    private static let aheadMax = 64

    private let limit: PlantInstant
    private var ahead = 0

    init(through limit: PlantInstant) { self.limit = limit }

    mutating func isFarEnough(_ queued: PlantInstant) -> Bool {
        guard queued > limit else { return false }
        ahead += 1
        return ahead > Self.aheadMax
    }
}

extension DeadlineQueue {
    /// Puts the owner that comes first right: nil, it waits for nothing any more.
    /// - Returns: whether it was right.
    fileprivate mutating func settle(_ owner: Int, _ queued: PlantInstant, at due: PlantInstant?) -> Bool {
        guard let due else {
            cancel(owner)
            return false
        }
        if due != queued { set(owner, at: due) }
        return due == queued
    }
}
