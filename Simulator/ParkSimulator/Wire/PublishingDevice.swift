import CMosquitto
import Glibc
import PlantTime

/// One simulated device that publishes over MQTT, through Debian's own client library: QoS 1, a retained `online`, and a
/// retained `offline` as its last will. Owned by one thread, which calls ``serve(at:)`` often.
@safe final class PublishingDevice {
    // @safe: the client is made in init, freed in deinit, and touched by the one thread that owns this object.
    private let client: OpaquePointer
    private let port: UInt16
    private let statusTopic: String
    private var link: Link = .down(retryAt: .distantPast)
    private(set) var acknowledged: UInt64 = 0
    private(set) var published: UInt64 = 0

    private enum Link {
        case down(retryAt: PlantInstant)
        /// TCP is up, the broker's answer is awaited.
        case greeting
        case up
        /// Kept away on purpose.
        case away
    }

    init(id: String, statusTopic: String, brokerPort: UInt16) throws(ParkFailure) {
        guard MosquittoLibrary.isReady, let made = unsafe mosquitto_new("parksim-\(id)", true, nil) else {
            throw ParkFailure("libmosquitto gave no client for \(id)")
        }
        unsafe client = unsafe made
        port = brokerPort
        self.statusTopic = statusTopic
        unsafe mosquitto_user_data_set(client, Unmanaged.passUnretained(self).toOpaque())
        unsafe mosquitto_connect_callback_set(client, deviceConnected)
        unsafe mosquitto_publish_callback_set(client, devicePublished)
        let will = Array("offline".utf8)
        unsafe mosquitto_will_set(client, statusTopic, Int32(will.count), will, 1, true)
    }

    deinit { unsafe mosquitto_destroy(client) }

    /// The socket to wait on; -1 while there is none.
    var socket: Int32 { unsafe mosquitto_socket(client) }
    var isUp: Bool { if case .up = link { true } else { false } }

    /// Reads, writes and reconnects, as far as that goes without waiting.
    func serve(at now: PlantInstant) {
        switch link {
        case .away: return
        case .down(let retryAt):
            guard now >= retryAt else { return }
            link =
                unsafe mosquitto_connect(client, "127.0.0.1", Int32(port), 15) == MOSQ_ERR_SUCCESS.code
                ? .greeting : .down(retryAt: now + .milliseconds(300))
        case .greeting, .up:
            // Each call answers at once: the socket is non-blocking.
            let codes = unsafe [
                mosquitto_loop_read(client, 16), mosquitto_loop_write(client, 16), mosquitto_loop_misc(client),
            ]
            if codes.contains(where: { $0 != MOSQ_ERR_SUCCESS.code }) {
                link = .down(retryAt: now + .milliseconds(300))
            }
        }
    }

    /// Publishes at QoS 1, kept by the library until the broker has it; dropped (false) while there is no broker, as a
    /// device without a store does.
    @discardableResult
    func publish(_ payload: String, to topic: String, retained: Bool = false) -> Bool {
        guard isUp else { return false }
        let bytes = Array(payload.utf8)
        let code = unsafe mosquitto_publish(client, nil, topic, Int32(bytes.count), bytes, 1, retained)
        if code == MOSQ_ERR_SUCCESS.code { published += 1 }
        return code == MOSQ_ERR_SUCCESS.code
    }

    /// Says goodbye in order: `offline`, then DISCONNECT.
    func leave() {
        publish("offline", to: statusTopic, retained: true)
        _ = unsafe mosquitto_loop_write(client, 16)
        _ = unsafe mosquitto_disconnect(client)
        _ = unsafe mosquitto_loop_write(client, 16)
        link = .away
    }

    /// Vanishes without a word, as with its power cut: the broker then tells its last will.
    func vanish() {
        let socket = self.socket
        if socket >= 0 { shutdown(socket, Int32(SHUT_RDWR)) }
        link = .away
    }

    /// Comes back after ``vanish()`` or ``leave()``.
    func comeBack() {
        if case .away = link {
            // The library closes the dead socket at its next connect.
            link = .down(retryAt: .distantPast)
        }
    }

    fileprivate func connected(_ code: Int32) {
        guard code == 0 else { return }
        link = .up
        publish("online", to: statusTopic, retained: true)
    }

    fileprivate func brokerHasIt() { acknowledged += 1 }
}

/// libmosquitto's own initialisation, once per process.
private enum MosquittoLibrary {
    static let isReady = mosquitto_lib_init() == MOSQ_ERR_SUCCESS.code
}

extension mosq_err_t {
    fileprivate var code: Int32 { rawValue }
}

nonisolated private func deviceConnected(_ client: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ code: Int32) {
    // The context is the device that owns the client, alive while the client is.
    guard let context = unsafe context else { return }
    unsafe Unmanaged<PublishingDevice>.fromOpaque(context).takeUnretainedValue().connected(code)
}

nonisolated private func devicePublished(_ client: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ id: Int32) {
    guard let context = unsafe context else { return }
    unsafe Unmanaged<PublishingDevice>.fromOpaque(context).takeUnretainedValue().brokerHasIt()
}
