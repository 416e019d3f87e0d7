import DeviceMap
import Logging
import PlantModel
import PlantTesting
import PlantTime
import Synchronization
import Testing

@testable import ModbusIntake

/// A log that a test can read: the messages with their links.
private final class MessageLog: Sendable {
    private let kept = Mutex<[String]>([])
    var lines: [String] { kept.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: MessageLog
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        init(log: MessageLog) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let share = (event.metadata ?? [:])["busyPercent"].map { " \($0) %" } ?? ""
            log.kept.withLock { $0.append("\(event.message)\(share)") }
        }
    }
}

@Suite struct `A link that is slower than its plan` {
    private static let message = "modbus link is busier than its plan; reads may be missed"

    @Test func `is measured by the answers of its units, pauses and calls included`() throws {
        var endpoint = Plant.endpoint([gasUnit])
        endpoint.pauseBetween = .milliseconds(100)
        endpoint.pauseAfterConnect = .milliseconds(50)
        endpoint.manners.cost = ReadCost(perRequest: .milliseconds(10), perRegister: .zero)
        var play = try Play(endpoint)
        #expect(play.session.measuredLoad == nil)
        _ = play.connect()
        _ = play.wait(.milliseconds(50))
        #expect(play.request != nil)
        play.now = play.now + .milliseconds(300)
        _ = play.answer()
        // 300 ms and a pause of 100 ms of each second.
        #expect(abs((play.session.measuredLoad ?? 0) - 0.4) < 1e-9)
        endpoint.manners.session = .closesWhenIdle(for: .seconds(5))
        var called = try Play(endpoint)
        _ = called.connect()
        _ = called.wait(.milliseconds(50))
        called.now = called.now + .milliseconds(300)
        _ = called.answer()
        #expect(abs((called.session.measuredLoad ?? 0) - 0.46) < 1e-9)
    }

    @Test func `is told when it has been so for three looks, and again when it is not`() {
        var watch = LoadWatch()
        let loads = [0.9, 0.9, 0.6, 0.71, 0.8, 0.9, 0.9, 0.65, 0.65, 0.65, 0.6, 0.6, 0.6, 0.6]
        let news = loads.map { watch.look(at: $0) }
        #expect(news.firstIndex(of: .tooBusy) == 5 && news.firstIndex(of: .calm) == 12)
        #expect(news.count { $0 != nil } == 2)
    }

    @Test func `stands in the log once`() throws {
        let server = FaultServer { [.send($0.answer { UInt16(100 + $0) })] }
        defer { server.stop() }
        var endpoint = Plant.endpoint(port: server.port, [Plant.unit(1, [Plant.point(0, at: 4)])])
        endpoint.pauseBetween = .milliseconds(80)
        let log = MessageLog()
        let plant = try SimulatedPlant([(endpoint, server)], logger: log.logger)
        defer { plant.stop() }
        #expect(plant.run(atMost: .seconds(5)) { !plant.outlet.values(of: 0).isEmpty })
        for _ in 0..<6 {
            plant.clock.advance(by: .seconds(11))
            _ = plant.run(atMost: .milliseconds(20)) { false }
        }
        #expect(log.lines.filter { $0.hasPrefix(Self.message) } == ["\(Self.message) 80 %"])
    }
}
