/// A script with its spans unrolled into single acts, in the order of time: what ends by itself is an act of its own.
/// Pure; the player performs what it hands out.
package struct Timeline: Sendable, Equatable {
    /// One thing to do, once.
    package enum Deed: Sendable, Equatable {
        case move(ParkSignal, SignalMotion)
        case setFault(device: String, DeviceFault?)
        case setPresence(device: String, SimulatedPlant.Presence)
        case broker(ScenarioScript.BrokerAct)
        case acknowledge(rule: String, comment: String)
    }

    package struct Entry: Sendable, Equatable {
        package var at: Double
        package var deed: Deed
    }

    private var entries: [Entry]

    package init(_ script: ScenarioScript, plan: ParkPlan) {
        var entries: [Entry] = []
        for step in script.steps {
            func add(_ deed: Deed, after seconds: Double = 0) {
                entries.append(Entry(at: step.at + seconds, deed: deed))
            }
            switch step.act {
            case .move(let signal, let motion): add(.move(signal, motion))
            case .fault(let device, let fault, let seconds):
                add(.setFault(device: device, fault))
                if let seconds { add(.setFault(device: device, nil), after: seconds) }
            case .heal(let device):
                let isModbus = plan.devices.first { $0.id == device }?.kind.isModbus ?? true
                add(isModbus ? .setFault(device: device, nil) : .setPresence(device: device, .publishing))
            case .absence(let device, let presence, let seconds):
                add(.setPresence(device: device, presence))
                if let seconds { add(.setPresence(device: device, .publishing), after: seconds) }
            case .broker(let act): add(.broker(act))
            case .acknowledge(let rule, let comment): add(.acknowledge(rule: rule, comment: comment))
            }
        }
        // Stable: what is due at one time keeps the order of the file.
        self.entries = entries.enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    /// When the next deed is due; nil when all are done.
    package var next: Double? { entries.first?.at }

    /// Takes out what is due by a time, in order.
    package mutating func due(by seconds: Double) -> [Entry] {
        let due = Array(entries.prefix { $0.at <= seconds })
        entries.removeFirst(due.count)
        return due
    }
}
