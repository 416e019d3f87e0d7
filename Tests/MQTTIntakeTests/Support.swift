import DeviceMap
import Logging
import MQTTIntake
import PlantModel
import PlantTesting
import PlantTime
import RingPipeline
import StationPorts
import Synchronization
import Testing

/// A route with the ammonia concentration as point `first` and its status as `first + 1`.
func aRoute(
    _ device: String, first: UInt32 = 0, stamped: Bool = true, numbered: Bool = false, status: Bool = true,
    pointClass: Point.Class = .gas
) throws -> TopicRoute {
    TopicRoute(
        device: device, pointClass: pointClass, topic: "park/1/gas/\(device)/telemetry",
        points: [
            PayloadPoint(point: PointIndex(first), path: try PayloadPath(parsing: "$.ppm")),
            PayloadPoint(point: PointIndex(first + 1), path: try PayloadPath(parsing: "$.t")),
        ],
        stamp: stamped ? StampField(path: try PayloadPath(parsing: "$.ts"), format: .epochMilliseconds) : nil,
        sequencePath: numbered ? try PayloadPath(parsing: "$.sn") : nil,
        statusTopic: status ? "park/1/gas/\(device)/status" : nil, expectedPeriod: .seconds(1),
        linkPoint: PointIndex(first + 8))
}

/// Link points and quarantine of the broker in these tests.
let brokerLinkPoint = PointIndex(100)
let quarantinePoint = PointIndex(101)

func aLink(_ routes: [TopicRoute], port: UInt16 = 1883, change: (inout BrokerLink) -> Void = { _ in }) -> BrokerLink {
    var link = BrokerLink(
        id: "site", host: "127.0.0.1", port: port, clientID: "park-1", routes: routes, linkPoint: brokerLinkPoint,
        quarantinePoint: quarantinePoint)
    change(&link)
    return link
}

/// A quarantine that keeps everything in memory.
final class CapturingQuarantine: QuarantineStore {
    private let kept = Mutex<[QuarantinedPayload]>([])
    func keep(_ payload: QuarantinedPayload) throws { kept.withLock { $0.append(payload) } }
    var payloads: [QuarantinedPayload] { kept.withLock { $0 } }
}

/// A log that tests can read: one line per message, metadata in order of its keys.
final class CapturingLog: Sendable {
    private let kept = Mutex<[String]>([])
    var lines: [String] { kept.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: CapturingLog
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        init(log: CapturingLog) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            log.kept.withLock { $0.append("\(event.level): \(event.message) \(facts.joined(separator: " "))") }
        }
    }
}

extension Metric {
    /// The value of a metric, by its name and the value of a label other than the broker.
    static func value(_ name: String, _ label: String? = nil, in metrics: [Metric]) -> Double? {
        metrics.first { metric in
            metric.name == name && (label == nil || metric.labels.contains { $0.1 == label })
        }?.value
    }
}
