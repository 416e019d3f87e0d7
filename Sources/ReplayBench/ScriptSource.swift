package import PlantModel
package import PlantTime
package import SiteProfile

/// The points behind a device, and the point that says whether it is there.
package struct ScriptedDevice: Sendable, Equatable {
    package var points: [PointIndex]
    package var link: PointIndex?

    package init(points: [PointIndex], link: PointIndex?) {
        self.points = points
        self.link = link
    }
}

/// What a script asks for and the rules do not have: every mistake at once.
package struct ScriptRefused: Error, Equatable, CustomStringConvertible {
    package var mistakes: [RecordingMistake]
    package var description: String { mistakes.map(\.description).joined(separator: "\n") }
}

/// A script as a source of a replay. At one instant devices that go or come back first, then rows in the order of the
/// file, then people.
package struct ScriptSource: TimelineSource {
    private enum Happening {
        case gone(Int), back(Int)
        case row(Int)
        case act(Int)
    }

    /// The usual beginning of a script that stands alone.
    package static let usualStart = PlantInstant(milliseconds: 1_704_067_200_000)
    /// A stamp further ahead than this becomes the arrival, flagged, as at the doors (semantics.md D).
    private static let maxFuture = Duration.seconds(5)

    private let script: ReplayScript
    private let start: PlantInstant
    private let file: String
    private var tracks: [ScriptedTrack]
    private let points: [PointIndex]
    private let devices: [ScriptedDevice]
    private var queue: DeadlineQueue
    private let happenings: [Happening]
    /// How many last wills hold a point silent.
    private var silenced: [PointIndex: Int] = [:]
    package private(set) var tally = TimelineTally()

    /// - Parameters:
    ///   - names: what the rules know; a point or rule that they do not have is refused.
    ///   - devices: by their ids in the site; empty without one.
    ///   - begins: used where the script names no start.
    package init(
        _ script: ReplayScript, file: String, names: ReplayNames, devices roster: [String: ScriptedDevice],
        begins: PlantInstant?
    ) throws(ScriptRefused) {
        self.script = script
        self.file = file
        start = script.start ?? begins ?? Self.usualStart
        tracks = script.tracks.map { ScriptedTrack($0) }
        var mistakes: [RecordingMistake] = []
        let numbers = Dictionary(names.points.enumerated().map { ($1, UInt32($0)) }) { first, _ in first }
        points = script.tracks.map { track in
            guard let number = numbers[track.point] else {
                mistakes.append(RecordingMistake(at: track.place, "no rule knows a point \(track.point)"))
                return PointIndex(.max)
            }
            if names.derived.contains(number) {
                mistakes.append(
                    RecordingMistake(at: track.place, "\(track.point) is computed; script the points it is made of"))
            }
            return PointIndex(number)
        }
        devices = script.lastWills.map { will in
            guard let device = roster[will.device] else {
                let known = roster.keys.sorted().prefix(8).joined(separator: " ")
                mistakes.append(
                    RecordingMistake(
                        at: will.place,
                        known.isEmpty
                            ? "device \(will.device) needs a site; --site would do"
                            : "the site has no device \(will.device); it has \(known)"))
                return ScriptedDevice(points: [], link: nil)
            }
            return device
        }
        let rules = Set(names.rules)
        for action in script.actions where !rules.contains(action.rule) {
            mistakes.append(RecordingMistake(at: action.place, "there is no rule \(action.rule)"))
        }
        guard mistakes.isEmpty else { throw ScriptRefused(mistakes: mistakes) }
        let happenings: [Happening] =
            script.lastWills.indices.flatMap { [.gone($0), .back($0)] } + tracks.indices.map { .row($0) }
            + script.actions.indices.map { .act($0) }
        self.happenings = happenings
        queue = DeadlineQueue(owners: happenings.count)
        for (owner, happening) in happenings.enumerated() {
            switch happening {
            case .gone(let will): schedule(owner, at: script.lastWills[will].at)
            case .back(let will):
                if let length = script.lastWills[will].length {
                    schedule(owner, at: script.lastWills[will].at + length)
                }
            case .row: schedule(owner, at: .zero)
            case .act(let act): schedule(owner, at: script.actions[act].at)
            }
        }
        tally.bytesTotal = max(1, Int(script.length.nanoseconds / 1_000_000))
    }

    package mutating func read(into batch: inout TimelineBatch, atMost count: Int) {
        while batch.slots.count < count, let owner = queue.nextOwner, let instant = queue.next {
            queue.cancel(owner)
            tally.bytes = Int((instant - start).nanoseconds / 1_000_000)
            happen(owner, at: instant, into: &batch)
        }
    }

    private mutating func schedule(_ owner: Int, at offset: Duration) {
        if offset <= script.length { queue.set(owner, at: start + offset) }
    }

    private mutating func happen(_ owner: Int, at instant: PlantInstant, into batch: inout TimelineBatch) {
        let offset = instant - start
        switch happenings[owner] {
        case .gone(let will):
            for point in devices[will].points {
                silenced[point, default: 0] += 1
                append(Sample(point: point, at: instant, .bad(.linkDown)), at: instant, into: &batch)
            }
            if let link = devices[will].link {
                append(Sample(point: link, at: instant, .good(0)), at: instant, into: &batch)
            }
        case .back(let will):
            for point in devices[will].points { silenced[point, default: 1] -= 1 }
            if let link = devices[will].link {
                append(Sample(point: link, at: instant, .good(1)), at: instant, into: &batch)
            }
        case .row(let track):
            if silenced[points[track], default: 0] == 0, let row = tracks[track].row(at: offset) {
                append(row, of: points[track], at: instant, into: &batch)
            }
            schedule(owner, at: tracks[track].next(after: offset))
        case .act(let act): append(script.actions[act], act, at: instant, into: &batch)
        }
    }

    private mutating func append(
        _ row: ScriptedTrack.Row, of point: PointIndex, at instant: PlantInstant, into batch: inout TimelineBatch
    ) {
        let isTooFarAhead = row.shift > Self.maxFuture
        let isUsable = row.quality.isUsable && row.value.isFinite
        let sample = Sample(
            point: point, time: isTooFarAhead ? instant : instant + row.shift, arrival: instant,
            payload: isUsable ? Payload(row.value) : .none,
            quality: row.value.isFinite || !row.quality.isUsable ? row.quality : .bad(.notANumber),
            flags: isTooFarAhead ? .timeFromArrival : [])
        append(sample, at: instant, into: &batch)
        if row.isTwice { append(sample, at: instant, into: &batch) }
    }

    private mutating func append(_ sample: Sample, at instant: PlantInstant, into batch: inout TimelineBatch) {
        var slot = InputSlot(sample, published: instant)
        slot.judgedAt = instant
        batch.slots.append(slot)
        tally.rows += 1
    }

    private mutating func append(
        _ action: ReplayScript.Action, _ place: Int, at instant: PlantInstant, into batch: inout TimelineBatch
    ) {
        let number = UInt32(place + 1)
        batch.commands[number] = OperatorCommand(
            action.verb, rule: action.rule, occurrence: action.occurrence ?? 0, version: action.version,
            actor: action.actor, origin: "script", comment: action.comment,
            idempotencyKey: "script:\(file):\(action.place.line)")
        var slot = InputSlot(.command, at: instant, auxiliary: number)
        slot.judgedAt = instant
        batch.slots.append(slot)
        tally.rows += 1
    }
}
