import DeviceMap
import Glibc
import Logging
import PlantModel
import PlantTesting
import PlantTime
import Testing

@testable import ModbusIntake

extension [UInt8] {
    /// The bytes after a change.
    func with(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes = self
        change(&bytes)
        return bytes
    }
}

/// A real reactor, real sockets and real servers under a clock that moves only when everybody has done what was to be done:
/// what the schedule does is then seen exactly, however busy the machine is.
final class SimulatedPlant {
    static let step = Duration.milliseconds(5)

    let outlet = ModbusIntakeTests.CapturingOutlet()
    let clock = ManualClock()
    private let reactor: ModbusReactor
    private let servers: [(link: String, server: FaultServer)]
    private var lost: [Int]

    /// - Parameter descriptorLimit: sockets with a number from here on are read without libmodbus.
    init(
        _ links: [(ModbusEndpoint, FaultServer)],
        resolver: @escaping @Sendable (String) -> HostAddress? = HostAddress.named, logger: Logger = Plant.silent,
        descriptorLimit: Int32 = 1024
    ) throws {
        servers = links.map { ($0.0.id, $0.1) }
        lost = links.map { _ in 0 }
        reactor = try ModbusReactor(
            endpoints: links.map(\.0), source: 3, outlet: outlet, clock: clock, logger: logger,
            resolver: resolver, descriptorLimit: descriptorLimit)
        try reactor.start()
    }

    func stop() { reactor.stop() }

    func metric(_ name: String, link: String = "L-1") -> Double? { Plant.metric(name, of: reactor, link: link) }

    /// Lets time pass until a condition holds.
    /// - Parameter step: longer than usual where minutes must pass; periods are not judged there.
    /// - Returns: whether it came to hold.
    func run(atMost span: Duration, by step: Duration = step, until isSatisfied: () -> Bool) -> Bool {
        let end = clock.now() + span
        while clock.now() < end {
            settle()
            if isSatisfied() { return true }
            clock.advance(by: step)
        }
        settle()
        return isSatisfied()
    }

    /// Waits until the servers have answered all that has left, and the reactor has taken what came.
    private func settle() {
        let patience = SteadyClock()
        var since = patience.now()
        var before: [Double] = []
        var wasAtRest = false
        while patience.now() - since < .seconds(20) {
            let figures = reactor.freshMetrics()
            func value(_ name: String, _ link: String) -> Double {
                figures.first { $0.name == "hazardd_modbus_\(name)_total" && $0.labels.contains { $0.1 == link } }?
                    .value
                    ?? 0
            }
            let sent = servers.map { Int(value("requests", $0.link)) }
            let now =
                sent.map(Double.init) + servers.flatMap { [value("answers", $0.link), value("connections", $0.link)] }
            if now != before { since = patience.now() }
            let isAtRest = servers.indices.allSatisfy { place in
                let server = servers[place].server
                guard !server.isBusy else { return false }
                // Some come after all, to a server that was slow to accept.
                lost[place] = min(lost[place], max(0, sent[place] - server.requests.count))
                if sent[place] <= server.requests.count + lost[place] { return true }
                // What was sent into a connection that the server had ended never arrives.
                guard patience.now() - since > .milliseconds(300) else { return false }
                lost[place] = sent[place] - server.requests.count
                return true
            }
            // The figures must be younger than the rest: an answer that came in between is not in them.
            if isAtRest, wasAtRest, now == before { return }
            (before, wasAtRest) = (now, isAtRest)
            sched_yield()
        }
        Issue.record("the plant never came to rest")
    }
}

/// Every value within a tenth of a period of where its slot puts it, and no slot left out. The clock's step is allowed for.
/// - Parameter outages: so many gaps may be longer by `span`: a dead sibling's time-outs before it is found to be dead.
func expectEvenPeriod(
    _ samples: [Sample], _ period: Duration, outages: Int = 0, of span: Duration = .zero,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
    // The first read is made at once, outside the slots.
    let times = samples.dropFirst().map(\.time)
    let gaps = zip(times, times.dropFirst()).map { ($1 - $0).seconds }
    #expect(gaps.count >= 3, "too few values to judge: \(gaps)", sourceLocation: sourceLocation)
    let bound = 1.1 * period.seconds + SimulatedPlant.step.seconds
    let late = gaps.filter { $0 > bound }
    #expect(late.count <= outages, "a slot was late or left out: gaps \(gaps)", sourceLocation: sourceLocation)
    #expect(
        late.allSatisfy { $0 <= bound + span.seconds }, "a slot was left out: gaps \(gaps)",
        sourceLocation: sourceLocation)
}

/// How evenly points were read: the gaps from value to value, of all of them together.
struct Evenness: CustomStringConvertible {
    private let gaps: [Double]
    let p99: Double
    var worst: Double { gaps.last ?? .infinity }
    var count: Int { gaps.count }

    /// - Parameter times: of each point, when its values came.
    init(of times: [[PlantInstant]]) {
        gaps = times.flatMap { zip($0, $0.dropFirst()).map { ($1 - $0).seconds } }.sorted()
        p99 = gaps.isEmpty ? .infinity : gaps[gaps.count * 99 / 100]
    }

    var description: String {
        "\(count) gaps, median \(milliseconds(count / 2)), p99 \(milliseconds(count * 99 / 100)), "
            + "worst \(milliseconds(count - 1))"
    }

    private func milliseconds(_ place: Int) -> String {
        gaps.indices.contains(place) ? "\(Int((gaps[place] * 1000).rounded())) ms" : "none"
    }
}

/// From the first bad sample to the first usable one after it.
func recoveryMilliseconds(of samples: [Sample]) -> Int64 {
    guard let lost = samples.firstIndex(where: { !$0.quality.isUsable }),
        let found = samples[lost...].first(where: { $0.quality.isUsable })
    else { return -1 }
    return (found.time - samples[lost].time).nanoseconds / 1_000_000
}
