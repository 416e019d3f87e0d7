package import DeviceMap

/// Where such payloads are kept. Called by door threads, one call at a time per door.
package protocol QuarantineStore: Sendable {
    /// Keeps a payload; when there is no room the oldest go.
    /// - Throws: when it cannot be kept; the door counts that and goes on.
    func keep(_ payload: QuarantinedPayload) throws
}
