import DeviceMap
import DeviceProbe
import FoundationEssentials
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile
import StationAPI

/// What a listener at a broker heard: with a profile its bytes, its samples and what looks wrong, without one every value
/// with its path.
struct MessageReport {
    /// A stamp this far from the arrival is a clock that is off, or a message that waited.
    private static let skewMax = Duration.seconds(60)

    let text: String
    /// What looks wrong, in words.
    let wrong: [String]

    /// - Parameter listened: for how long at most; less when enough messages had come.
    init(
        _ messages: [ProbedMessage], device: LoneDevice?, listened: Duration, language: Language
    ) throws {
        var parts: [String]
        if let device {
            let (samples, notes) = try Self.samples(messages, of: device)
            parts = [Self.raw(messages, language), Self.table(samples, device, language)]
            wrong = notes + Self.findings(samples, device, language) + Self.gaps(messages, device, listened, language)
        } else {
            parts = [Self.payloads(messages, language)]
            wrong = []
        }
        parts.append(DevicePhrase.heard(language, ["messages": "\(messages.count)"]))
        if device != nil, !messages.isEmpty, wrong.isEmpty { parts.append(DevicePhrase.nothingWrong(language)) }
        if !wrong.isEmpty { parts += [DevicePhrase.wrong(language)] + wrong.map { "  \($0)" } }
        text = parts.joined(separator: "\n")
    }

    /// The messages as lines of a capture.
    static func lines(_ messages: [ProbedMessage], broker: String) -> [String] {
        messages.map {
            CaptureWriter.message(
                broker: broker, topic: $0.topic, payload: $0.payload, isRetained: $0.isRetained, at: $0.arrived)
        }
    }

    // MARK: With a profile

    /// Decoded as a replay of the capture decodes them: what is shown is what will be replayed.
    private static func samples(
        _ messages: [ProbedMessage], of device: LoneDevice
    ) throws -> (samples: [Sample], notes: [String]) {
        let capture = lines(messages, broker: LoneDevice.broker).joined(separator: "\n")
        do throws(RecordingMistake) {
            var source = CaptureSource(
                ByteSource(text: capture, name: "wire"), modbus: [], brokers: [device.broker].compactMap { $0 })
            let slots = try HeldTimeline(reading: &source).slots
            let samples = slots.filter { $0.kind == .sample }.map(\.sample)
            return (samples.filter { device.points[$0.point.offset].device != nil }, source.tally.notes)
        } catch {
            throw Refusal(.no, "\(error)")
        }
    }

    private static func raw(_ messages: [ProbedMessage], _ language: Language) -> String {
        let columns: [TextTable.Column] = [
            .init(Phrase.time(language)), .init(DevicePhrase.topic(language)),
            .init(DevicePhrase.payload(language), widthMax: 100),
        ]
        let rows = messages.map { message in
            let kept = message.isRetained ? " (\(DevicePhrase.kept(language)))" : ""
            return TextTable.Line([
                TimeText.utc(milliseconds: message.arrived.milliseconds), message.topic + kept, shown(message.payload),
            ])
        }
        return TextTable(columns: columns, lines: rows).text()
    }

    /// Text as it stands, anything else as bytes.
    private static func shown(_ payload: [UInt8]) -> String {
        let plain = String(validating: payload, as: UTF8.self)
        let isText = plain?.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" || $0 == "\t" } == true
        return isText ? plain?.filter { !$0.isNewline } ?? "" : PlaceText.bytes(payload.prefix(64))
    }

    private static func table(_ samples: [Sample], _ device: LoneDevice, _ language: Language) -> String {
        let columns: [TextTable.Column] = [
            .init(Phrase.time(language)), .init(DevicePhrase.point(language)),
            .init(DevicePhrase.value(language), isNumber: true), .init(DevicePhrase.quality(language)),
        ]
        let rows = samples.map { sample in
            let point = device.points[sample.point.offset]
            let value =
                sample.quality.isUsable ? ShownText.measured(sample.payload.number, unit: point.unit.symbol) : ""
            let kept = sample.flags.contains(.retained) ? ", \(DevicePhrase.kept(language))" : ""
            return TextTable.Line([TimeText.utc(sample.time), point.tag, value, words(sample.quality, language) + kept])
        }
        return TextTable(columns: columns, lines: rows).text()
    }

    private static func words(_ quality: Quality, _ language: Language) -> String {
        ShownWord.quality(quality.word.name, reason: quality.word == .good ? nil : quality.reason.name, language)
    }

    /// Each point's worst once: without a value, or stamped far from its arrival.
    private static func findings(_ samples: [Sample], _ device: LoneDevice, _ language: Language) -> [String] {
        var found: [String] = []
        for (place, point) in device.points.enumerated() where point.device != nil && point.tag != "link" {
            let own = samples.filter { $0.point.offset == place }
            if let bad = own.last(where: { $0.quality.word == .bad }) {
                found.append(
                    DevicePhrase.bad(language, ["point": point.tag, "reason": words(bad.quality, language)]))
            }
            let skews = own.filter { !$0.flags.contains(.retained) }.map { $0.time - $0.arrival }
            if let worst = skews.max(by: { abs($0.seconds) < abs($1.seconds) }), abs(worst.seconds) > skewMax.seconds {
                found.append(
                    DevicePhrase.skew(language, ["point": point.tag, "seconds": ShownText.number(worst.seconds)]))
            }
        }
        return found
    }

    /// Silence of the whole device, longer than half as long again as its profile expects.
    private static func gaps(
        _ messages: [ProbedMessage], _ device: LoneDevice, _ listened: Duration, _ language: Language
    ) -> [String] {
        guard let period = device.broker?.routes.first?.expectedPeriod else { return [] }
        let arrivals = messages.filter { !$0.isRetained }.map(\.arrived.nanoseconds)
        let gaps = zip(arrivals, arrivals.dropFirst()).map { Duration.nanoseconds($1 - $0) }
        let longest = gaps.max() ?? (arrivals.isEmpty ? listened : .zero)
        guard longest > period * 1.5 else { return [] }
        return [
            DevicePhrase.gap(
                language,
                ["period": ShownText.number(period.seconds), "seconds": ShownText.number(longest.seconds)])
        ]
    }

    // MARK: Without one

    private static func payloads(_ messages: [ProbedMessage], _ language: Language) -> String {
        let rows = messages.flatMap { message -> [TextTable.Line] in
            let kept = message.isRetained ? " (\(DevicePhrase.kept(language)))" : ""
            guard let tree = try? JSONDecoder().decode(JSONTree.self, from: Data(message.payload)) else {
                return [.init([message.topic + kept, "", shown(message.payload)])]
            }
            return leaves(tree, "$").map { .init([message.topic + kept, $0.path, $0.value]) }
        }
        let columns: [TextTable.Column] = [
            .init(DevicePhrase.topic(language)), .init(DevicePhrase.place(language)),
            .init(DevicePhrase.payload(language), widthMax: 60),
        ]
        return TextTable(columns: columns, lines: rows).text()
    }

    /// Every value of a payload with the path that a profile would name: `$.d.moment`, `$.peers[2].dist`.
    static func leaves(_ tree: JSONTree, _ path: String) -> [(path: String, value: String)] {
        switch tree {
        case .object(let members):
            members.sorted { $0.key < $1.key }.flatMap { leaves($0.value, "\(path).\($0.key)") }
        case .list(let items): items.enumerated().flatMap { leaves($1, "\(path)[\($0)]") }
        case .null: [(path, "null")]
        case .boolean(let flag): [(path, "\(flag)")]
        case .number(let number): [(path, number.digits)]
        case .text(let text): [(path, "\"\(text.filter { !$0.isNewline })\"")]
        }
    }
}
