import CMosquitto
import DeviceMap
import Glibc
import PlantTime

/// How a client is made: the link, and the secrets that go with it.
struct ClientSettings: Sendable {
    var link: BrokerLink
    var credentials: BrokerCredentials
}

/// Why the library or the broker would not, in one line.
struct ClientFault: Error, Equatable {
    var reason: String
}

/// One connection's client of libmosquitto: MQTT 5, external thread mode, a session that survives it.
///
/// A client is used for one connection and then freed: what it still owed to a broken connection must not go out on the
/// next one. It belongs to one thread at a time: the connector's, then the door's.
@safe final class MosquittoClient {
    // @safe: the handle is made in init, freed in deinit and never handed out.
    private let handle: OpaquePointer
    let inbox = ClientInbox()
    private let isEncrypted: Bool
    /// Bytes that wait in the socket as far as is known without asking again; of an encrypted connection 0.
    private var bytesKnown = 0

    init(_ settings: ClientSettings) throws(ClientFault) {
        Self.initialiseLibrary
        isEncrypted = settings.link.certificateAuthority != nil
        let user = unsafe Unmanaged.passUnretained(inbox).toOpaque()
        guard let handle = unsafe mosquitto_new(settings.link.clientID, false, user) else {
            throw ClientFault(reason: "libmosquitto refuses the client id \"\(settings.link.clientID)\"")
        }
        unsafe self.handle = handle
        // The library only queues what it wants to send; it leaves when we call write (acquisition.md, fact 7).
        try demand(unsafe mosquitto_threaded_set(handle, true), "thread mode")
        try demand(
            unsafe mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5), "protocol version")
        try demand(unsafe mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1), "TCP_NODELAY")
        unsafe mosquitto_connect_v5_callback_set(handle, connectAnswered)
        unsafe mosquitto_subscribe_v5_callback_set(handle, subscribeAnswered)
        unsafe mosquitto_unsubscribe_v5_callback_set(handle, unsubscribeAnswered)
        unsafe mosquitto_message_v5_callback_set(handle, messageArrived)
        unsafe mosquitto_disconnect_v5_callback_set(handle, disconnected)
        if let user = settings.credentials.username ?? settings.link.username {
            try demand(unsafe mosquitto_username_pw_set(handle, user, settings.credentials.password), "user name")
        }
        if let authority = settings.link.certificateAuthority {
            // Only here: the library writes a line for every message as soon as anybody listens to its log.
            unsafe mosquitto_log_callback_set(handle, complained)
            let answer = unsafe mosquitto_tls_set(
                handle, authority, nil, settings.link.clientCertificate, settings.credentials.clientKeyPath, nil)
            try demand(answer, "the certificate files (authority \(authority))")
            // "tlsv1.2" is a minimum in libmosquitto; without it 2.0.11 lets TLS 1.1 through. 1: the peer is verified.
            try demand(unsafe mosquitto_tls_opts_set(handle, 1, "tlsv1.2", nil), "TLS 1.2")
        }
    }

    deinit { unsafe mosquitto_destroy(handle) }

    /// Once per process, before the first client; never undone, for clients come and go.
    private static let initialiseLibrary: Void = { _ = mosquitto_lib_init() }()

    private func demand(_ answer: Int32, _ what: String) throws(ClientFault) {
        guard answer == Int32(MOSQ_ERR_SUCCESS.rawValue) else {
            throw ClientFault(reason: "\(what): \(Self.words(answer))")
        }
    }

    // MARK: Connecting

    /// Resolves, connects and queues CONNECT. Blocks, in getaddrinfo and in connect(2): only a connector's thread calls it.
    func connect(_ link: BrokerLink) throws(ClientFault) {
        var properties: OpaquePointer?
        defer { unsafe mosquitto_property_free_all(&properties) }
        let expiry = UInt32(clamping: link.sessionExpiry.nanoseconds / 1_000_000_000)
        try demand(
            unsafe mosquitto_property_add_int32(
                &properties, Int32(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue), expiry), "session expiry")
        try demand(
            unsafe mosquitto_property_add_int16(
                &properties, Int32(MQTT_PROP_RECEIVE_MAXIMUM.rawValue), max(link.receiveMaximum, 1)), "receive maximum")
        try demand(
            unsafe mosquitto_property_add_int32(
                &properties, Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue), UInt32(clamping: link.maximumPacketSize)),
            "maximum packet size")
        // libmosquitto takes no keep-alive below 5 s.
        let keepAlive = Int32(clamping: max(link.keepAlive.nanoseconds / 1_000_000_000, 5))
        let answer = unsafe mosquitto_connect_bind_v5(
            handle, link.host, Int32(link.port), keepAlive, nil, properties)
        guard answer == Int32(MOSQ_ERR_SUCCESS.rawValue) else { throw fault(answer) }
    }

    /// The connection's descriptor; nil once the library has closed it.
    var socket: Int32? {
        let descriptor = unsafe mosquitto_socket(handle)
        return descriptor >= 0 ? descriptor : nil
    }

    // MARK: Loop

    var wantsWrite: Bool { unsafe mosquitto_want_write(handle) }

    /// Whether bytes wait to be read. A burst is measured once: asking for each of its messages costs as much as reading one.
    var isReadable: Bool {
        if bytesKnown > 0 { return true }
        guard let socket else { return false }
        var waiting: Int32 = 0
        if !isEncrypted, unsafe ioctl(socket, UInt(FIONREAD), &waiting) == 0, waiting > 0 {
            bytesKnown = Int(waiting)
            return true
        }
        // The end of a stream is something to read, too.
        var waited = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&waited, 1, 0) > 0
    }

    /// Reads one packet, or the part of it that is there.
    func read() throws(ClientFault) {
        let before = inbox.messageCount
        let answer = unsafe mosquitto_loop_read(handle, 1)
        // What was no whole message, or longer than it looks from here, makes us ask again.
        bytesKnown = inbox.messageCount > before ? max(0, bytesKnown - inbox.lastMessageBytes) : 0
        try check(answer)
    }

    /// Sends what is queued, acknowledgements included: only when everything that was read is settled.
    ///
    /// The library makes a system call for each packet, four bytes for an acknowledgement. The socket holds them back until all
    /// are there: hundreds of segments, each of which the broker would be woken for, become one or two.
    func write() throws(ClientFault) {
        holdBack(true)
        defer { holdBack(false) }
        try check(unsafe mosquitto_loop_write(handle, 1))
    }

    /// Without it the packets leave one by one: a failure is no fault.
    private func holdBack(_ isHeld: Bool) {
        guard let socket else { return }
        var value: Int32 = isHeld ? 1 : 0
        _ = unsafe setsockopt(socket, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Keep-alive: queues a ping when one is due, and gives up on a broker that does not answer.
    func keepAlive() throws(ClientFault) { try check(unsafe mosquitto_loop_misc(handle)) }

    private func check(_ answer: Int32) throws(ClientFault) {
        guard answer == Int32(MOSQ_ERR_SUCCESS.rawValue) else { throw fault(answer) }
    }

    // MARK: Requests

    /// Asks for a filter.
    /// - Parameters:
    ///   - quality: of service, 1 for all that may not go lost.
    ///   - retained: whether the broker sends what it kept on every request, or only for a new subscription.
    /// - Returns: the number by which the answer is known.
    func subscribe(_ filter: String, quality: Int32, retained: RetainHandling) throws(ClientFault) -> Int32 {
        var request: Int32 = 0
        try check(unsafe mosquitto_subscribe_v5(handle, &request, filter, quality, retained.option, nil))
        return request
    }

    func unsubscribe(_ filter: String) throws(ClientFault) -> Int32 {
        var request: Int32 = 0
        try check(unsafe mosquitto_unsubscribe_v5(handle, &request, filter, nil))
        return request
    }

    /// Queues a DISCONNECT that keeps the session.
    func sayGoodbye() { _ = unsafe mosquitto_disconnect_v5(handle, 0, nil) }

    enum RetainHandling {
        case always, whenNew

        var option: Int32 {
            switch self {
            case .always: Int32(MQTT_SUB_OPT_SEND_RETAIN_ALWAYS.rawValue)
            case .whenNew: Int32(MQTT_SUB_OPT_SEND_RETAIN_NEW.rawValue)
            }
        }
    }

    // MARK: Words

    private func fault(_ answer: Int32) -> ClientFault {
        let words =
            answer == Int32(MOSQ_ERR_ERRNO.rawValue) ? unsafe String(cString: strerror(errno)) : Self.words(answer)
        // "A TLS error occurred." says nothing; what OpenSSL complained of does.
        guard answer == Int32(MOSQ_ERR_TLS.rawValue) else { return ClientFault(reason: words) }
        if let fault = inbox.certificateFault { return ClientFault(reason: "the broker's certificate \(fault)") }
        return ClientFault(reason: "\(words) \(inbox.complaint ?? "")")
    }

    private static func words(_ answer: Int32) -> String { unsafe String(cString: mosquitto_strerror(answer)) }

    /// An MQTT 5 reason code in words.
    static func reason(_ code: Int) -> String {
        unsafe "\(String(cString: mosquitto_reason_string(Int32(code)))) (0x\(String(code, radix: 16)))"
    }
}
