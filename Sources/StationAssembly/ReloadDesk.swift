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
    private let present: Mutex<LoadedSite>

    init(
        site: LoadedSite, options: StationOptions, outlet: sending RingOutlet, configurations: ConfigurationTable,
        clock: any PlantClock, source: UInt16, logger: Logger
    ) {
        present = Mutex(site)
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
            if next.hash == present.hash { return .unchanged }
            guard next.description == present.description, next.modbus == present.modbus,
                next.brokers == present.brokers, next.delivery == present.delivery, next.console == present.console
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
            present = next
            return .accepted(warnings: lines)
        }
    }

    private func refuse(_ lines: [String]) -> ReloadAnswer {
        for line in lines { logger.error("reload refused", metadata: ["line": "\(line)"]) }
        return .refused(lines)
    }
}
