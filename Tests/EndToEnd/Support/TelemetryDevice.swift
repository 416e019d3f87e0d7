import CMosquitto
import ParkSimulator
import RingPipeline
import Synchronization

/// An MQTT device through Debian's own client library: says every 300 ms what it measures, with a number of its own.
@safe final class TelemetryDevice: @unchecked Sendable {
    // @unchecked Sendable, @safe: the client is made in init and freed after its threads have ended in stop; with
    // mosquitto_loop_start the library locks each call itself.
    private let client: OpaquePointer
    private let id: String
    private let moment = Mutex<Double>(0)
    private let isStopping = Atomic(false)
    private let thread = Mutex<WorkerThread?>(nil)
    private static let isReady = mosquitto_lib_init() == MOSQ_ERR_SUCCESS.rawValue

    init(id: String, site: String = "e2e", brokerPort: UInt16, value: Double) throws {
        guard Self.isReady, let made = unsafe mosquitto_new("device-\(id)", true, nil) else {
            throw ParkFailure("libmosquitto gave no client for \(id)")
        }
        unsafe client = unsafe made
        self.id = id
        moment.withLock { $0 = value }
        unsafe mosquitto_reconnect_delay_set(client, 1, 1, false)
        let code = unsafe mosquitto_connect(client, "127.0.0.1", Int32(brokerPort), 15)
        guard code == MOSQ_ERR_SUCCESS.rawValue, unsafe mosquitto_loop_start(client) == MOSQ_ERR_SUCCESS.rawValue else {
            throw ParkFailure("\(id) did not reach the broker on port \(brokerPort): \(code)")
        }
        thread.withLock { $0 = WorkerThread(named: "device") { [unowned self] in measure(site) } }
    }

    /// What it measures from now on.
    func set(_ value: Double) { moment.withLock { $0 = value } }

    /// Publishes any text on the device's telemetry topic.
    func say(_ payload: [UInt8], site: String = "e2e", qos: Int32 = 1) {
        unsafe mosquitto_publish(client, nil, "park/\(site)/\(id)/telemetry", Int32(payload.count), payload, qos, false)
    }

    /// Once.
    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        thread.withLock { held in
            held?.join()
            held = nil
        }
        unsafe mosquitto_disconnect(client)
        unsafe mosquitto_loop_stop(client, true)
        unsafe mosquitto_destroy(client)
    }

    private func measure(_ site: String) {
        var sequence = 1
        while !isStopping.load(ordering: .sequentiallyConsistent) {
            let value = moment.withLock { $0 }
            say(Array("{\"seq\":\(sequence),\"moment\":\(value)}".utf8), site: site)
            sequence += 1
            _ = Poll.readable([], within: .milliseconds(300))
        }
    }
}
