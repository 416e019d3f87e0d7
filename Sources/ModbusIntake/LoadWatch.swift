import DeviceMap
import Logging
import PlantTime

/// Says once when a link has become busier than it may be, and once when it is no more: whoever planned it by a round trip that
/// is longer in truth should know before reads are missed.
struct LoadWatch {
    enum News: Equatable { case tooBusy, calm }

    /// So many looks in a row: a moment's slowness is no news.
    static let looks = 3
    /// The share below which it is calm again.
    static let calmShare = 0.9 * Admission.utilisationLimit

    private var isTooBusy = false
    private var contrary = 0

    mutating func look(at load: Double) -> News? {
        let speaksAgainst = isTooBusy ? load < Self.calmShare : load > Admission.utilisationLimit
        contrary = speaksAgainst ? contrary + 1 : 0
        guard contrary == Self.looks else { return nil }
        contrary = 0
        isTooBusy.toggle()
        return isTooBusy ? .tooBusy : .calm
    }
}

extension EndpointSession {
    /// The busy share with the round trips that the units have shown in place of the planned ones; nil before the first answer.
    ///
    /// The plan itself stays as it was made at load: decision 29.
    package var measuredLoad: Double? {
        guard units.contains(where: { $0.timer.roundTrip != nil }) else { return nil }
        let planned = endpoint.planningCost
        var busy = 0.0
        for lane in schedule.lanes where !lane.isResting {
            let service =
                units[lane.unit].timer.roundTrip.map { $0 + endpoint.pauseAfterAnswer }
                ?? planned.service(of: lane.block)
            busy += service.seconds / lane.slots.period.seconds
        }
        return busy + (schedule.lanes.map(\.slots.period).min().map { endpoint.callCost.seconds / $0.seconds } ?? 0)
    }
}

extension ReactorLoop {
    /// Compares what the links need with what they have; now and then.
    func weigh(_ now: PlantInstant) {
        for line in lines.indices {
            guard let load = lines[line].session.measuredLoad, let news = lines[line].load.look(at: load) else {
                continue
            }
            let share = "\(Int((load * 100).rounded()))"
            switch news {
            case .tooBusy:
                log(
                    .warning, "modbus link is busier than its plan; reads may be missed", line, now,
                    ["busyPercent": "\(share)", "limitPercent": "\(Int(Admission.utilisationLimit * 100))"])
            case .calm:
                log(.info, "modbus link keeps its plan again", line, now, ["busyPercent": "\(share)"])
            }
        }
    }
}
