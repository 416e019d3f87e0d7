package import DeviceMap
import PlantModel
import PlantTime

/// What went over the wires, frames and messages as they came, as a source of a replay: decoded through the site's
/// profiles by the daemon's own decoders. One JSON object a line (``CaptureLine``), in the order of arrival.
///
/// What the daemon would not have used (a foreign answer, a payload that cannot be read) makes the samples that it makes
/// there, and is counted in a note. A line that is no line of a capture ends the replay.
package struct CaptureSource: TimelineSource, ~Copyable {
    private var lines: LineReader
    private let name: String
    private var endpoints: [String: CapturedUnits]
    private var brokers: [String: MessageIntake]
    private var newest = PlantInstant.distantPast
    private var refused: [String: Int] = [:]
    private var rows = 0
    private var rowsDropped = 0
    private var samples: [Sample] = []

    package init(_ bytes: consuming ByteSource, modbus: [ModbusEndpoint], brokers links: [BrokerLink]) {
        name = bytes.name
        lines = LineReader(bytes)
        endpoints = Dictionary(modbus.map { ($0.id, CapturedUnits($0)) }) { first, _ in first }
        brokers = Dictionary(links.map { ($0.id, MessageIntake(link: $0, source: 0)) }) { first, _ in first }
    }

    package mutating func read(into batch: inout TimelineBatch, atMost count: Int) throws(RecordingMistake) {
        while batch.slots.count < count {
            guard let line = try lines.next() else { return }
            guard line.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { continue }
            rows += 1
            do throws(CaptureLine.Refused) {
                let (instant, content) = try CaptureLine.read(line)
                guard instant >= newest else {
                    rowsDropped += 1
                    continue
                }
                newest = instant
                let before = batch.slots.count
                try take(content, at: instant, into: &batch)
                // What makes no sample is still a moment that has passed.
                if batch.slots.count == before { append(InputSlot(.tick, at: instant), at: instant, into: &batch) }
            } catch {
                throw RecordingMistake(
                    at: SourceLocation(file: name, line: lines.number, column: 1), error.message)
            }
        }
    }

    private mutating func take(
        _ content: CaptureLine.Content, at now: PlantInstant, into batch: inout TimelineBatch
    ) throws(CaptureLine.Refused) {
        samples.removeAll(keepingCapacity: true)
        switch content {
        case .exchange(let endpoint, let request, let response):
            guard endpoints[endpoint] != nil else { throw unknown("endpoint", endpoint, endpoints.keys.sorted()) }
            do throws(CapturedUnits.Refused) {
                try endpoints[endpoint]?.take(request, response, at: now, into: &samples)
            } catch {
                refused["\(endpoint): \(error.message)", default: 0] += 1
            }
        case .endpointLink(let endpoint, let isUp):
            guard endpoints[endpoint] != nil else { throw unknown("endpoint", endpoint, endpoints.keys.sorted()) }
            // A connection alone says nothing of the units behind it; an answer does.
            if !isUp { endpoints[endpoint]?.lose(at: now, into: &samples) }
        case .message(let broker, let topic, let payload, let isRetained):
            guard brokers[broker] != nil else { throw unknown("broker", broker, brokers.keys.sorted()) }
            var intake = IntakeBatch()
            let message = BrokerMessage(
                topic: topic, payload: payload, totalBytes: payload.count, isRetained: isRetained)
            brokers[broker]?.take(message, at: now, wall: WallTime(nanoseconds: now.nanoseconds), into: &intake)
            append(intake, at: now, into: &batch)
            for payload in intake.quarantined { refused[payload.reason, default: 0] += 1 }
            if intake.tally.unrouted > 0 { refused["\(topic): no device of this site", default: 0] += 1 }
        case .brokerLink(let broker, let isUp):
            guard brokers[broker] != nil else { throw unknown("broker", broker, brokers.keys.sorted()) }
            var intake = IntakeBatch()
            if isUp { brokers[broker]?.brokerUp(at: now, into: &intake) }
            if !isUp { brokers[broker]?.brokerLost(at: now, into: &intake) }
            append(intake, at: now, into: &batch)
        }
        for sample in samples { append(InputSlot(sample, published: now), at: now, into: &batch) }
    }

    private func unknown(_ what: String, _ id: String, _ known: [String]) -> CaptureLine.Refused {
        CaptureLine.Refused(message: "the site has no \(what) \(id); it has \(known.joined(separator: " "))")
    }

    private func append(_ intake: IntakeBatch, at now: PlantInstant, into batch: inout TimelineBatch) {
        for slot in intake.safety + intake.ordinary { append(slot, at: now, into: &batch) }
    }

    private func append(_ slot: InputSlot, at now: PlantInstant, into batch: inout TimelineBatch) {
        var judged = slot
        judged.published = now
        judged.judgedAt = now
        batch.slots.append(judged)
    }

    package var tally: TimelineTally {
        TimelineTally(
            rows: rows, rowsDropped: rowsDropped, bytes: lines.bytesRead, bytesTotal: lines.bytesTotal,
            notes: refused.sorted { $0.key < $1.key }.map { "\(name): \($0.value) not used: \($0.key)" })
    }
}
