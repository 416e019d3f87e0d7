import DeviceProbe
import FoundationEssentials
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile

/// What a listener at a broker heard: with a profile its samples, without one every value with its path.
struct MessageReport {
    let text: String
    /// What could not be used, in the words of the replay.
    let notes: [String]

    init(_ messages: [ProbedMessage], device: LoneDevice?, language: Language) throws {
        let table: String
        if let device {
            (table, notes) = try Self.samples(messages, of: device, language)
        } else {
            table = Self.payloads(messages, language)
            notes = []
        }
        let wrong = notes.isEmpty ? [] : [DevicePhrase.wrong(language)] + notes.map { "  \($0)" }
        text = ([table, DevicePhrase.heard(language, ["messages": "\(messages.count)"])] + wrong)
            .joined(separator: "\n")
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
        _ messages: [ProbedMessage], of device: LoneDevice, _ language: Language
    ) throws -> (String, [String]) {
        let capture = lines(messages, broker: LoneDevice.broker).joined(separator: "\n")
        do throws(RecordingMistake) {
            var source = CaptureSource(
                ByteSource(text: capture, name: "wire"), modbus: [], brokers: [device.broker].compactMap { $0 })
            let slots = try HeldTimeline(reading: &source).slots
            let rows = slots.filter { $0.kind == .sample }.map(\.sample).compactMap { sample -> TextTable.Line? in
                let point = device.points[sample.point.offset]
                guard point.device != nil else { return nil }
                let value =
                    sample.quality.isUsable ? ShownText.measured(sample.payload.number, unit: point.unit.symbol) : ""
                let quality = ShownWord.quality(
                    sample.quality.word.name, reason: sample.quality.word == .good ? nil : sample.quality.reason.name,
                    language)
                let kept = sample.flags.contains(.retained) ? ", \(DevicePhrase.kept(language))" : ""
                return .init([TimeText.utc(sample.time), point.tag, value, quality + kept])
            }
            let columns: [TextTable.Column] = [
                .init(Phrase.time(language)), .init(DevicePhrase.point(language)),
                .init(DevicePhrase.value(language), isNumber: true), .init(DevicePhrase.quality(language)),
            ]
            return (TextTable(columns: columns, lines: rows).text(), source.tally.notes)
        } catch {
            throw Refusal(.no, "\(error)")
        }
    }

    // MARK: Without one

    private static func payloads(_ messages: [ProbedMessage], _ language: Language) -> String {
        let rows = messages.flatMap { message -> [TextTable.Line] in
            let kept = message.isRetained ? " (\(DevicePhrase.kept(language)))" : ""
            guard let tree = try? JSONDecoder().decode(JSONTree.self, from: Data(message.payload)) else {
                let plain = String(validating: message.payload, as: UTF8.self)
                let shown = plain?.filter { !$0.isNewline } ?? PlaceText.bytes(message.payload.prefix(64))
                return [.init([message.topic + kept, "", shown])]
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
        case .integer(let whole): [(path, "\(whole)")]
        case .number(let number): [(path, "\(number)")]
        case .text(let text): [(path, "\"\(text.filter { !$0.isNewline })\"")]
        }
    }
}
