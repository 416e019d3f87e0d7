import DeliveryPlan
import DeviceMap
import Logging
import PlantModel
import PlantTime
import SiteProfile
import StationPorts
import Synchronization

/// What a reload answers.
package enum ReloadAnswer: Sendable, Equatable {
    case unchanged
    /// The new rules are on their way through the input ring.
    case accepted(warnings: [String])
    /// Nothing was changed: why, one line each.
    case refused([String])
}

/// Compiles a changed site folder aside; only a whole and fitting one goes into the input ring, as one slot.
final class ReloadDesk: Sendable {
    private let options: StationOptions
    private let outlet: Mutex<RingOutlet>
    private let configurations: ConfigurationTable
    private let clock: any PlantClock
    private let source: UInt16
    private let logger: Logger
    private let present: Mutex<Present>

    /// Both without their rules.
    private struct Present {
        var inForce: LoadedSite
        /// Handed to the core, and not yet known to be adopted.
        var underway: (number: UInt32, site: LoadedSite)?
    }

    init(
        site: LoadedSite, options: StationOptions, outlet: sending RingOutlet, configurations: ConfigurationTable,
        clock: any PlantClock, source: UInt16, logger: Logger
    ) {
        present = Mutex(Present(inForce: site.withoutRules))
        self.options = options
        self.outlet = Mutex(outlet)
        self.configurations = configurations
        self.clock = clock
        self.source = source
        self.logger = logger
    }

    func reload() -> ReloadAnswer {
        let result = SiteLoader.load(directory: options.siteFolder, profileFolders: options.profileFolders)
        let lines = result.diagnostics.map { "\($0)" }
        guard let next = result.site else { return refuse(lines) }
        return present.withLock { present in
            guard settle(&present) else { return refuse(["the reload before this one is still under way; try again"]) }
            let inForce = present.inForce
            if next.hash == inForce.hash { return .unchanged }
            guard next.description == inForce.description, next.modbus == inForce.modbus,
                next.brokers == inForce.brokers, next.delivery == inForce.delivery, next.console == inForce.console
            else {
                return refuse([
                    "\(options.siteFolder)/site.yaml:1:1: error: points, links, people or channels have changed; "
                        + "rules are reloaded, everything else needs a restart"
                ])
            }
            let number = configurations.enter(next.rules)
            let slot = InputSlot(.configuration, at: clock.now(), auxiliary: number, source: source)
            guard case .accepted = outlet.withLock({ $0.publish([slot], safety: true) }) else {
                _ = configurations.take(number)
                return refuse(["the input ring is full; try again"])
            }
            present.underway = (number, next.withoutRules)
            return .accepted(warnings: lines)
        }
    }

    /// Looks what became of the reload before.
    /// - Returns: false while that is open.
    private func settle(_ present: inout Present) -> Bool {
        guard let underway = present.underway else { return true }
        switch configurations.outcome(of: underway.number) {
        case .underway: return false
        case .adopted: present.inForce = underway.site
        case .refused: break
        }
        present.underway = nil
        return true
    }

    private func refuse(_ lines: [String]) -> ReloadAnswer {
        for line in lines { logger.error("reload refused", metadata: ["line": "\(line)"]) }
        return .refused(lines)
    }
}
