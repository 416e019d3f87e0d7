package import PlantTime

/// A payload that could not be used: kept for whoever has to find out why, while the device is acknowledged as usual.
package struct QuarantinedPayload: Sendable, Equatable {
    /// The most bytes that are kept.
    package static let keptBytesMax = 4096

    package var broker: String
    package var topic: String
    /// Nil when the topic belongs to no device.
    package var device: String?
    /// The one line that was logged: place, what was found, what would do.
    package var reason: String
    package var arrival: WallTime
    package var totalBytes: Int
    /// The first bytes, at most ``keptBytesMax``.
    package var head: [UInt8]

    package init(
        broker: String, topic: String, device: String?, reason: String, arrival: WallTime, totalBytes: Int,
        head: [UInt8]
    ) {
        self.broker = broker
        self.topic = topic
        self.device = device
        self.reason = reason
        self.arrival = arrival
        self.totalBytes = totalBytes
        self.head = Array(head.prefix(Self.keptBytesMax))
    }
}
