import CMosquitto
import Glibc
package import PlantTime

/// One message as it came.
package struct ProbedMessage: Sendable, Equatable {
    package var topic: String
    package var payload: [UInt8]
    package var isRetained: Bool
    package var arrived: WallTime

    package init(topic: String, payload: [UInt8], isRetained: Bool, arrived: WallTime) {
        self.topic = topic
        self.payload = payload
        self.isRetained = isRetained
        self.arrived = arrived
    }
}

/// How a broker is reached by a person who listens for a while.
package struct MessageProbeLink: Sendable {
    package var host: String
    package var port: UInt16
    package var username: String?
    package var password: String?
    /// PEM file of the authority that signed the broker; nil: no TLS.
    package var certificateAuthority: String?
    /// PEM files of the listener's own certificate and key, for a broker that asks for one.
    package var identity: (certificate: String, key: String)?

    package init(
        host: String, port: UInt16, username: String? = nil, password: String? = nil,
        certificateAuthority: String? = nil, identity: (certificate: String, key: String)? = nil
    ) {
        self.host = host
        self.port = port
        self.username = username
        self.password = password
        self.certificateAuthority = certificateAuthority
        self.identity = identity
    }
}

/// A bystander at a broker: its own client id, a clean session, QoS 0, so that it takes no message from the station's session
/// and leaves no queue behind. It publishes nothing.
package enum MessageProbe {
    /// Longest payload that is kept whole; of a longer one the beginning.
    package static let payloadBytesMax = 262_144

    /// Listens to some filters until `count` messages have come, `seconds` are over, or `isOver` says so.
    /// - Parameter ready: called once the broker has taken the subscription.
    /// - Note: blocks.
    package static func listen(
        _ link: MessageProbeLink, filters: [String], seconds: Double, count: Int, ready: () -> Void = {},
        isOver: () -> Bool = { false }
    ) throws(ProbeFault) -> [ProbedMessage] {
        _ = mosquitto_lib_init()
        let inbox = ProbeInbox()
        let user = unsafe Unmanaged.passUnretained(inbox).toOpaque()
        guard let client = unsafe mosquitto_new(nil, true, user) else { throw .system("client") }
        defer { unsafe mosquitto_destroy(client) }
        unsafe mosquitto_connect_callback_set(client, probeConnected)
        unsafe mosquitto_subscribe_callback_set(client, probeSubscribed)
        unsafe mosquitto_message_callback_set(client, probeHeard)
        if let name = link.username { try demand(unsafe mosquitto_username_pw_set(client, name, link.password)) }
        if let authority = link.certificateAuthority {
            let (certificate, key) = (link.identity?.certificate, link.identity?.key)
            guard unsafe mosquitto_tls_set(client, authority, nil, certificate, key, nil) == success else {
                throw ProbeFault(
                    reason:
                        "the certificate files cannot be used (authority \(authority)); PEM files that can be read would do"
                )
            }
            try demand(unsafe mosquitto_tls_opts_set(client, 1, "tlsv1.2", nil))
            unsafe mosquitto_log_callback_set(client, probeComplained)
        }
        try demand(unsafe mosquitto_connect(client, link.host, Int32(link.port), 15), inbox)
        defer { _ = unsafe mosquitto_disconnect(client) }
        let deadline = now(CLOCK_MONOTONIC) + Int64(seconds * 1e9)
        var isAsked = false
        var isReady = false
        while inbox.messages.count < count, now(CLOCK_MONOTONIC) < deadline, !isOver() {
            let answer = unsafe mosquitto_loop(client, 100, 1)
            // Said by the broker it is more than the library's "refused".
            if let refusal = inbox.refusal { throw ProbeFault(reason: refusal) }
            try demand(answer, inbox)
            if inbox.isConnected, !isAsked {
                isAsked = true
                for filter in filters {
                    guard unsafe mosquitto_sub_topic_check(filter) == success else {
                        throw ProbeFault(
                            reason:
                                "\"\(filter)\" is no topic filter; + for one level and # at the end for all below would do"
                        )
                    }
                    try demand(unsafe mosquitto_subscribe(client, nil, filter, 0))
                }
            }
            if inbox.subscriptions == filters.count, !isReady {
                isReady = true
                ready()
            }
        }
        return Array(inbox.messages.prefix(count))
    }

    private static let success = Int32(MOSQ_ERR_SUCCESS.rawValue)

    private static func demand(_ answer: Int32, _ inbox: ProbeInbox? = nil) throws(ProbeFault) {
        guard answer != success else { return }
        if answer == Int32(MOSQ_ERR_ERRNO.rawValue) { throw .system("broker") }
        if answer == Int32(MOSQ_ERR_TLS.rawValue), let fault = inbox?.certificateFault {
            throw ProbeFault(reason: "the broker's certificate \(fault)")
        }
        throw ProbeFault(reason: unsafe String(cString: mosquitto_strerror(answer)))
    }

    static func now(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// What the callbacks leave behind; they run inside `mosquitto_loop`, on the listener's own thread.
private final class ProbeInbox {
    var isConnected = false
    var subscriptions = 0
    var refusal: String?
    /// What is wrong with the broker's certificate.
    var certificateFault: String?
    var messages: [ProbedMessage] = []
}

private nonisolated func inbox(_ userData: UnsafeMutableRawPointer?) -> ProbeInbox? {
    // The listener passes its own inbox, and outlives every callback.
    unsafe userData.map { unsafe Unmanaged<ProbeInbox>.fromOpaque($0).takeUnretainedValue() }
}

/// The library complains of TLS while it still knows why; then it forgets.
private nonisolated func probeComplained(
    _ client: OpaquePointer?, _ userData: UnsafeMutableRawPointer?, _ level: Int32, _ text: UnsafePointer<CChar>?
) {
    guard let inbox = unsafe inbox(userData), let fault = unsafe mosquitto_certificate_fault(client) else { return }
    inbox.certificateFault = unsafe String(cString: fault)
}

private nonisolated func probeConnected(_ client: OpaquePointer?, _ userData: UnsafeMutableRawPointer?, _ code: Int32) {
    guard let inbox = unsafe inbox(userData) else { return }
    inbox.isConnected = code == 0
    if code != 0 { inbox.refusal = unsafe String(cString: mosquitto_connack_string(code)) }
}

private nonisolated func probeSubscribed(
    _ client: OpaquePointer?, _ userData: UnsafeMutableRawPointer?, _ request: Int32, _ count: Int32,
    _ codes: UnsafePointer<Int32>?
) {
    guard let inbox = unsafe inbox(userData) else { return }
    inbox.subscriptions += 1
    if count > 0, let code = unsafe codes?.pointee, code & 0x80 != 0 {
        inbox.refusal = "the broker refuses the subscription"
    }
}

private nonisolated func probeHeard(
    _ client: OpaquePointer?, _ userData: UnsafeMutableRawPointer?, _ message: UnsafePointer<mosquitto_message>?
) {
    guard let inbox = unsafe inbox(userData), let message = unsafe message?.pointee, let topic = unsafe message.topic
    else { return }
    let count = min(Int(unsafe message.payloadlen), MessageProbe.payloadBytesMax)
    let bytes: [UInt8] =
        unsafe message.payload.map { unsafe Array(UnsafeRawBufferPointer(start: $0, count: count)) } ?? []
    inbox.messages.append(
        ProbedMessage(
            topic: unsafe String(cString: topic), payload: bytes, isRetained: unsafe message.retain,
            arrived: WallTime(nanoseconds: MessageProbe.now(CLOCK_REALTIME))))
}
