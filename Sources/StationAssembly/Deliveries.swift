import AlarmDelivery
import PlantTime

/// Everybody who tells: the outbox worker and one uplink a platform.
final class Deliveries: Sendable {
    let outbox: OutboxWorker
    let uplinks: [PlatformUplink]

    init(outbox: OutboxWorker, uplinks: [PlatformUplink]) {
        self.outbox = outbox
        self.uplinks = uplinks
    }

    func start() {
        outbox.start()
        for uplink in uplinks { uplink.start() }
    }

    func stop() {
        outbox.stop()
        for uplink in uplinks { uplink.stop() }
    }

    /// Something was committed: look at once.
    func wake() {
        outbox.wake()
        for uplink in uplinks { uplink.wake() }
    }

    var beats: [HealthDesk.Outside] {
        [HealthDesk.Outside(stage: "outbox", limit: .seconds(10)) { self.outbox.lastBeat }]
            + uplinks.map { uplink in
                HealthDesk.Outside(stage: "uplink", limit: .seconds(10)) { uplink.lastBeat }
            }
    }
}
