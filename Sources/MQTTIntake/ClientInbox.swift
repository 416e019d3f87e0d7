import CMosquitto
import DeviceMap

/// What libmosquitto's callbacks leave behind, in the order it happened. Callbacks only copy: they run inside
/// `loop_read`, and nothing else may be called from there (mosquitto#1090).
enum ClientEvent: Equatable {
    case accepted(sessionPresent: Bool, keepAliveSeconds: Int?)
    case rejected(code: Int)
    case subscribed(request: Int32, codes: [Int])
    case unsubscribed(request: Int32)
    case message(BrokerMessage)
    /// The library has closed the connection; the code is the broker's reason (MQTT 5) or an error of the library.
    case disconnected(code: Int)
}

/// Owned by one ``MosquittoClient`` and touched by whichever thread owns that.
final class ClientInbox {
    var events: [ClientEvent] = []
    var messageCount = 0
    /// About what the newest message took on the wire: topic, payload and the smallest header.
    var lastMessageBytes = 0
    /// The library's last complaint, where its return code says only "TLS".
    var complaint: String?
    /// What is wrong with the broker's certificate. Asked for while the library complains: it may forget it at once.
    var certificateFault: String?

    func takeEvents() -> [ClientEvent] {
        defer {
            events.removeAll(keepingCapacity: true)
            messageCount = 0
        }
        return events
    }
}

// Callbacks are global functions passed by name: a closure literal would carry an isolation check (platform.md 3).

/// The inbox behind a callback's user data.
private nonisolated func inbox(_ userData: UnsafeMutableRawPointer?) -> ClientInbox? {
    // The client passes its own inbox, and outlives every callback.
    unsafe userData.map { unsafe Unmanaged<ClientInbox>.fromOpaque($0).takeUnretainedValue() }
}

nonisolated func connectAnswered(
    _ client: OpaquePointer?, _ userData: UnsafeMutableRawPointer?, _ code: Int32, _ flags: Int32,
    _ properties: OpaquePointer?
) {
    guard let inbox = unsafe inbox(userData) else { return }
    guard code == 0 else {
        inbox.events.append(.rejected(code: Int(code)))
        return
    }
    var seconds: UInt16 = 0
    let found = unsafe mosquitto_property_read_int16(
        properties, Int32(MQTT_PROP_SERVER_KEEP_ALIVE.rawValue), &seconds, false)
    let insists = unsafe found != nil
    inbox.events.append(
        .accepted(sessionPresent: flags & 1 == 1, keepAliveSeconds: insists ? Int(seconds) : nil))
}

nonisolated func subscribeAnswered(
    _ client: OpaquePointer?, _ userData: UnsafeMutableRawPointer?, _ request: Int32, _ count: Int32,
    _ codes: UnsafePointer<Int32>?, _ properties: OpaquePointer?
) {
    let copied = unsafe codes.map { unsafe UnsafeBufferPointer(start: $0, count: Int(max(count, 0))).map { Int($0) } }
    unsafe inbox(userData)?.events.append(.subscribed(request: request, codes: copied ?? []))
}

nonisolated func unsubscribeAnswered(
    _ client: OpaquePointer?, _ userData: UnsafeMutableRawPointer?, _ request: Int32, _ properties: OpaquePointer?
) {
    unsafe inbox(userData)?.events.append(.unsubscribed(request: request))
}

nonisolated func messageArrived(
    _ client: OpaquePointer?, _ userData: UnsafeMutableRawPointer?, _ message: UnsafePointer<mosquitto_message>?,
    _ properties: OpaquePointer?
) {
    guard let inbox = unsafe inbox(userData), let message = unsafe message?.pointee, let topic = unsafe message.topic
    else { return }
    let total = Int(unsafe message.payloadlen)
    // What is too long to be read is refused by its length; only what the quarantine keeps of it is copied.
    let kept = total <= PayloadDecoder.payloadBytesMax ? total : QuarantinedPayload.keptBytesMax
    let bytes: [UInt8] =
        unsafe message.payload.map { unsafe Array(UnsafeRawBufferPointer(start: $0, count: kept)) } ?? []
    let name = unsafe String(cString: topic)
    inbox.events.append(
        .message(
            BrokerMessage(
                topic: name, payload: bytes, totalBytes: total,
                isRetained: unsafe message.retain)))
    inbox.messageCount += 1
    inbox.lastMessageBytes = total + name.utf8.count + 6
}

nonisolated func disconnected(
    _ client: OpaquePointer?, _ userData: UnsafeMutableRawPointer?, _ code: Int32, _ properties: OpaquePointer?
) {
    unsafe inbox(userData)?.events.append(.disconnected(code: Int(code)))
}

nonisolated func complained(
    _ client: OpaquePointer?, _ userData: UnsafeMutableRawPointer?, _ level: Int32, _ text: UnsafePointer<CChar>?
) {
    guard level & Int32(MOSQ_LOG_ERR | MOSQ_LOG_WARNING) != 0, let inbox = unsafe inbox(userData) else { return }
    if let text = unsafe text { inbox.complaint = unsafe String(cString: text) }
    if let fault = unsafe mosquitto_certificate_fault(client) { inbox.certificateFault = unsafe String(cString: fault) }
}
