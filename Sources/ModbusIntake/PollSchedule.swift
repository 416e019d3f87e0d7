package import DeviceMap
package import PlantModel
package import PlantTime

/// One read that is due: which lane, for which slot, and the how many-th try.
package struct PollTurn: Sendable, Equatable {
    package var lane: Int
    package var slot: PlantInstant
    /// The next slot: an answer after it serves nobody.
    package var end: PlantInstant
    package var attempt: Int
}

/// What one endpoint reads and when: a lane per block. Highest class first, earliest end first within it; late by a period
/// or more is skipped and counted (acquisition.md 3.1).
package struct PollSchedule: Sendable {
    package struct Lane: Sendable {
        package let unit: Int
        package let pointClass: Point.Class
        package let block: ReadBlock
        /// What the plan reads in one request, of which this is all or a part.
        fileprivate let planned: ReadBlock
        package fileprivate(set) var slots: PollSlots
        /// The two that `slots` can be: the profile's rate, and the faster one of a pre-alarm; nil where there is none.
        fileprivate let usual: PollSlots
        fileprivate let burst: PollSlots?
        /// The next slot to serve; nil while it rests.
        fileprivate var slot: PlantInstant?
        /// A try apart from the slots: again within one, at once after a loss, or the end of a rest.
        fileprivate var extra: Extra?
        var watch: SilenceWatch

        package var canBurst: Bool { burst != nil }
        package var isBursting: Bool { slots.period < usual.period }
        package var burstPeriod: Duration { burst?.period ?? usual.period }

        fileprivate var isPart: Bool { block.members.count < planned.members.count }

        /// The device refuses it: it is asked again only now and then.
        package var isResting: Bool { slot == nil }

        fileprivate var due: PlantInstant? {
            guard let extra else { return slot }
            return min(extra.at, slot ?? extra.at)
        }
    }

    fileprivate struct Extra: Sendable {
        var at: PlantInstant
        var slot: PlantInstant
        var attempt: Int
    }

    package internal(set) var lanes: [Lane] = []
    /// No lane is silent for too long before this instant.
    var nextLook = PlantInstant.distantPast
    /// When one whose last try was in vain has been silent for too long.
    var nextAlert = PlantInstant.distantFuture
    /// Lanes more than the plan has blocks.
    private var dividedParts = 0
    /// Slots that were skipped because their time had gone.
    package private(set) var missed = 0

    /// - Parameters:
    ///   - origin: slot 0 of every block lies within one period after it.
    ///   - connectTimeout: a link may take this long before the first read.
    package init(units: [ModbusUnit], plans: [ReadPlan], origin: PlantInstant, connectTimeout: Duration = .zero) {
        for (place, (unit, plan)) in zip(units, plans).enumerated() {
            for block in plan.blocks {
                let slots = PollSlots(device: unit.device, period: block.period, origin: origin)
                let faster = unit.burstPeriod.flatMap { $0 < block.period ? $0 : nil }
                let burst = faster.map { PollSlots(device: unit.device, period: $0, origin: origin) }
                lanes.append(
                    Lane(
                        unit: place, pointClass: unit.pointClass, block: block, planned: block, slots: slots,
                        usual: slots, burst: burst, slot: slots.first,
                        watch: SilenceWatch(period: block.period, startingAt: origin + connectTimeout)))
            }
        }
    }

    /// The most urgent read that is due now, or nil.
    package mutating func take(at now: PlantInstant, from isPolled: (_ unit: Int) -> Bool) -> PollTurn? {
        var choice: PollTurn?
        for place in lanes.indices where isPolled(lanes[place].unit) {
            guard let turn = dueTurn(ofLane: place, at: now) else { continue }
            if let best = choice, !precedes(turn, best) { continue }
            choice = turn
        }
        guard let choice else { return nil }
        lanes[choice.lane].extra = nil
        if let slot = lanes[choice.lane].slot, slot <= now {
            lanes[choice.lane].slot = slot + lanes[choice.lane].slots.period
        }
        return choice
    }

    /// When the next read of a polled unit is due.
    package func nextDue(from isPolled: (_ unit: Int) -> Bool) -> PlantInstant? {
        var earliest: PlantInstant?
        // By place: a lane that is copied out is counted, all of its blocks.
        for place in lanes.indices where isPolled(lanes[place].unit) {
            guard let due = lanes[place].due else { continue }
            earliest = min(earliest ?? due, due)
        }
        return earliest
    }

    /// Until when the next reads of polled units may wait so that none leaves later than a tenth of its period.
    package func latestStart(from isPolled: (_ unit: Int) -> Bool) -> PlantInstant? {
        var earliest: PlantInstant?
        for place in lanes.indices where isPolled(lanes[place].unit) {
            guard let due = lanes[place].due else { continue }
            let latest = due + lanes[place].slots.period / 10
            earliest = min(earliest ?? latest, latest)
        }
        return earliest
    }

    /// Tries a turn again within its slot.
    /// - Parameter need: the time that an answer may take.
    /// - Returns: false when no time is left in the slot.
    package mutating func retry(_ turn: PollTurn, at instant: PlantInstant, need: Duration = .zero) -> Bool {
        guard instant + need < turn.end else { return false }
        lanes[turn.lane].extra = Extra(at: instant, slot: turn.slot, attempt: turn.attempt + 1)
        return true
    }

    /// Reads everything of a unit, or of all, once at once, and then goes on with the slots: after a link has come back
    /// nobody waits a slow point's period for a value. Slots that passed meanwhile are not missed: nobody could read.
    package mutating func readAtOnce(at now: PlantInstant, unit: Int? = nil, except lane: Int? = nil) {
        for place in lanes.indices where unit == nil || lanes[place].unit == unit {
            guard !lanes[place].isResting else { continue }
            let next = lanes[place].slots.slot(after: now)
            lanes[place].slot = next
            lanes[place].extra =
                place == lane ? nil : Extra(at: now, slot: next - lanes[place].slots.period, attempt: 0)
        }
    }

    /// Reads a block at its faster rate from now on, or at its usual one again. Neither is a missed slot.
    package mutating func setBurst(lane: Int, _ isUrgent: Bool, at now: PlantInstant) {
        guard let burst = lanes[lane].burst, lanes[lane].isBursting != isUrgent else { return }
        lanes[lane].slots = isUrgent ? burst : lanes[lane].usual
        if lanes[lane].slot != nil { lanes[lane].slot = lanes[lane].slots.slot(after: now) }
    }

    /// Takes a refused block off its slots until an instant.
    package mutating func rest(lane: Int, until instant: PlantInstant) {
        lanes[lane].slot = nil
        lanes[lane].extra = Extra(at: instant, slot: instant, attempt: 0)
    }

    /// A rested block has been answered: back to its slots.
    package mutating func wake(lane: Int, at now: PlantInstant) {
        guard lanes[lane].isResting else { return }
        lanes[lane].extra = nil
        lanes[lane].slot = lanes[lane].slots.slot(after: now)
    }

    /// Divides a refused block; both parts are read at once.
    /// - Returns: false when its points must stay in one request.
    package mutating func divide(lane place: Int, at cut: ReadBlock.Cut, of unit: ModbusUnit, now: PlantInstant) -> Bool
    {
        let lane = lanes[place]
        guard let (left, right) = lane.block.split(at: cut, of: unit) else { return false }
        let next = lane.slots.slot(after: now)
        let parts = [left, right].map { block in
            Lane(
                unit: lane.unit, pointClass: lane.pointClass, block: block, planned: lane.planned, slots: lane.slots,
                usual: lane.usual, burst: lane.burst, slot: next,
                extra: Extra(at: now, slot: next - lane.slots.period, attempt: 0), watch: lane.watch)
        }
        lanes[place] = parts[0]
        lanes.append(parts[1])
        dividedParts += 1
        return true
    }

    /// Makes one request again of a block whose parts are refused to the last one, when the first of them is to be asked again: a
    /// device that refused everything, while it was starting or being loaded, has taught nothing about its addresses.
    /// - Returns: whether lanes have gone and others have new numbers.
    package mutating func joinRefused(at now: PlantInstant) -> Bool {
        guard dividedParts > 0 else { return false }
        let awaited = lanes.indices.filter { lanes[$0].isResting && lanes[$0].isPart && isDue($0, now) }
        for place in awaited {
            let whole = lanes[place]
            let parts = lanes.indices.filter { lanes[$0].unit == whole.unit && lanes[$0].planned == whole.planned }
            guard parts.allSatisfy({ lanes[$0].isResting }) else { continue }
            lanes[parts[0]] = Lane(
                unit: whole.unit, pointClass: whole.pointClass, block: whole.planned, planned: whole.planned,
                slots: whole.slots, usual: whole.usual, burst: whole.burst, slot: nil, extra: whole.extra,
                watch: whole.watch)
            for place in parts.dropFirst().reversed() { lanes.remove(at: place) }
            dividedParts -= parts.count - 1
            return true
        }
        return false
    }

    private func isDue(_ place: Int, _ now: PlantInstant) -> Bool { lanes[place].due.map { $0 <= now } ?? false }

    /// The lane of a unit whose answer is shortest: what a probe asks for.
    package func cheapestLane(ofUnit unit: Int) -> Int? {
        lanes.indices.filter { lanes[$0].unit == unit }.min {
            (lanes[$0].isResting ? 1 : 0, lanes[$0].block.dataBytes, $0)
                < (lanes[$1].isResting ? 1 : 0, lanes[$1].block.dataBytes, $1)
        }
    }

    private mutating func dueTurn(ofLane place: Int, at now: PlantInstant) -> PollTurn? {
        let period = lanes[place].slots.period
        if let slot = lanes[place].slot, slot <= now {
            switch lanes[place].slots.verdict(onSlot: slot, at: now) {
            case .read:
                return PollTurn(lane: place, slot: slot, end: slot + period, attempt: 0)
            case .skip(let next, let count):
                lanes[place].slot = next
                missed += count
            }
        }
        guard let extra = lanes[place].extra, extra.at <= now else { return nil }
        return PollTurn(lane: place, slot: extra.slot, end: extra.slot + period, attempt: extra.attempt)
    }

    private func precedes(_ left: PollTurn, _ right: PollTurn) -> Bool {
        let (leftClass, rightClass) = (lanes[left.lane].pointClass, lanes[right.lane].pointClass)
        return leftClass == rightClass ? left.end < right.end : leftClass > rightClass
    }
}
