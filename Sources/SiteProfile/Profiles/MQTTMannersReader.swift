import DeviceMap
import PlantModel

/// Reads the `mqtt:` part of a profile.
extension MannersReader {
    static func mqtt(_ given: TableReader) -> MQTTManners? {
        var table = given
        let topic = table.require(topic("topic", &table), "topic", for: "mqtt")
        let statusTopic = Self.topic("status_topic", &table)
        let statusWords = table.table("status").flatMap { Self.statusWords($0) }
        if table.has("status"), !table.has("status_topic") {
            table.error(at: "status", "status says how to read the \"status_topic\", which is missing")
        }
        let period = table.require(table.span("expect_period"), "expect_period", for: "mqtt")
        let maxFuture = table.span("max_future") ?? .seconds(5)
        if let qos = table.integer("qos", in: 0...2), qos != 1 {
            table.error(at: "qos", "qos must be 1, found \(qos); 0 loses messages and 2 adds nothing to a dedup key")
        }
        let stamp = table.table("time").flatMap { Self.stamp($0) }
        let sequence = path("sequence", &table)
        let codec = table.has("codec") ? Self.codec(&table) : .json
        let each = path("each", &table)
        if let each, each.steps.last != .every || each.origin != .payload {
            table.error(at: "each", "each must begin with $ and end with [*], found \(each.text)")
        }
        let blobs = table.members("blobs").compactMap { blob($0, findings: table.findings) }
        let areAnswers = !blobs.isEmpty && blobs.allSatisfy { $0.blob.answer != nil }
        if codec == .registers, blobs.count != 1 && !areAnswers || blobs.contains(where: { $0.blob.path != nil }) {
            table.error(at: "codec", "codec registers needs one blob without a path")
        }
        if codec != .registers, let lost = blobs.first(where: { $0.blob.path == nil }) {
            table.error(at: "blobs", "blob \(lost.name) needs \"path\"; codec registers is one without")
        }
        table.finish(
            ProfileReader.readOnly([
                "topic", "status_topic", "status", "qos", "expect_period", "max_future", "time", "sequence", "codec",
                "each",
                "blobs",
            ]))
        guard let topic, let period, let codec else { return nil }
        return MQTTManners(
            topic: topic, statusTopic: statusTopic, statusWords: statusWords ?? .usual, expectedPeriod: period,
            maxFuture: maxFuture, stamp: stamp,
            sequence: sequence, codec: codec, each: each, blobs: blobs)
    }

    /// `status: {path: $.status, online: [online, 1], offline: offline}`: a word or a list of them each.
    private static func statusWords(_ given: TableReader) -> StatusWords? {
        var table = given
        let path = path("path", &table)
        if let path, path.origin != .payload || path.steps.contains(.every) {
            table.error(at: "path", "path must begin with $ and have no [*], found \(path.text)")
        }
        let online = words("online", &table)
        let offline = words("offline", &table)
        if let both = online?.first(where: { offline?.contains($0) ?? false }) {
            table.error(at: "offline", "\(both) cannot mean online and offline")
        }
        table.finish(knows: "path", "online", "offline")
        guard let online, let offline else { return nil }
        return StatusWords(path: path, online: online, offline: offline)
    }

    private static func words(_ key: String, _ table: inout TableReader) -> [String]? {
        guard let setting = table.require(table.setting(key), key, for: "status") else { return nil }
        let items: [Setting] = if case .list(let items) = setting.shape { items } else { [setting] }
        let words = items.compactMap { item -> String? in
            if case .scalar(let text, _) = item.shape, !item.isNothing, !text.isEmpty { text } else { nil }
        }
        guard !words.isEmpty, words.count == items.count else {
            table.refuse(
                setting, "\(key) must be a word such as online or 1, or a list of them, found \(setting.described)")
            return nil
        }
        return words
    }

    private static func codec(_ table: inout TableReader) -> PayloadCodec? {
        enum Word: String, CaseIterable { case json, tx101, sparkplug_b, registers }
        return switch table.word("codec", { (word: Word) in word.rawValue }) {
        case .json: .json
        case .tx101: .tower
        case .sparkplug_b: .sparkplug
        case .registers: .registers
        case nil: nil
        }
    }

    /// `raw: {path: $.raw, encoding: hex, start: 0}`.
    private static func blob(_ entry: Setting.Entry, findings: Findings) -> (name: String, blob: PayloadBlob)? {
        guard var table = TableReader(entry.value, what: "blob \(entry.key)", findings: findings) else { return nil }
        let path = path("path", &table)
        let start = table.integer("start", in: 0...65_535) ?? 0
        let encoding =
            table.has("encoding") ? table.word("encoding") { (word: BlobEncoding) in word.rawValue } : .raw
        if let encoding, (encoding == .raw) != (path == nil) {
            table.error(
                at: "encoding",
                path == nil
                    ? "encoding goes with a path; a whole payload is raw"
                    : "encoding must be hex or base64 for text at a path")
        }
        let answer = answer(&table)
        table.finish(knows: "path", "start", "encoding", "frame", "unit", "count")
        return encoding.map {
            (
                entry.key,
                PayloadBlob(
                    path: path, encoding: $0, start: RegisterAddress(UInt16(start)), answer: answer, points: [])
            )
        }
    }

    /// `frame: modbus_rtu, unit: 80, count: 1`: the registers stand in the answer to a read that the gateway makes.
    private static func answer(_ table: inout TableReader) -> WrappedRead? {
        let unit = table.integer("unit", in: 0...255)
        let count = table.integer("count", in: 1...125)
        guard table.has("frame") else {
            for key in ["unit", "count"] where table.has(key) { table.error(at: key, "\(key) goes with frame") }
            return nil
        }
        let form = table.word("frame") { (word: WrappedForm) in word.rawValue }
        let given = table.require(unit, "unit", for: "a blob with frame")
        guard let form, let given else { return nil }
        return WrappedRead(form: form, unit: UInt8(given), count: count)
    }

    /// A topic without wildcards; `{site}`, `{device}` and other names are filled in per device.
    static func topic(_ key: String, _ table: inout TableReader) -> String? {
        guard let topic = table.name(key) else { return nil }
        guard TopicText.isTopic(topic) else {
            table.error(
                at: key,
                "\(key) must be one topic without wildcards; {site}, {device}, a {name} that the site fills in and a level "
                    + "{+name} that varies are known, found \(topic)")
            return nil
        }
        return topic
    }

    static func path(_ key: String, _ table: inout TableReader) -> PayloadPath? {
        guard let text = table.text(key) else { return nil }
        do {
            return try PayloadPath(parsing: text)
        } catch {
            table.error(at: key, "\(key) must be a path such as $.d.moment: \(error)")
            return nil
        }
    }

    private static func stamp(_ given: TableReader) -> StampField? {
        var table = given
        let path = table.require(path("path", &table), "path", for: "time")
        let word = table.require(table.text("format"), "format", for: "time")
        let zone = table.has("zone") ? zone("zone", &table) : nil
        table.finish(knows: "path", "format", "zone")
        guard let path, let word else { return nil }
        let plain: StampFormat? =
            switch word {
            case "epoch_s": .epochSeconds
            case "epoch_ms": .epochMilliseconds
            case "epoch_us": .epochMicroseconds
            case "epoch_ns": .epochNanoseconds
            case "iso8601": .iso8601
            default: nil
            }
        if let plain {
            if zone != nil {
                let own = plain == .iso8601 ? "iso8601 has its zone in the text" : "\(word) counts in UTC"
                table.error(at: "zone", "zone goes with a pattern such as \"yyyy-MM-dd HH:mm:ss\"; \(own)")
            }
            return StampField(path: path, format: plain)
        }
        guard let zone else {
            if !table.has("zone") {
                table.error(
                    at: "format",
                    "format must be epoch_s epoch_ms epoch_us epoch_ns iso8601, or a pattern with \"zone\" beside it; "
                        + "found \(word)")
            }
            return nil
        }
        do {
            _ = try StampPattern(word, offsetSeconds: zone)
        } catch {
            table.error(at: "format", "format \(word) is no pattern of yyyy MM dd HH mm ss SSS: \(error)")
            return nil
        }
        return StampField(path: path, format: .pattern(word, offsetSeconds: zone))
    }

    /// `+08:00` as seconds east of UTC.
    static func zone(_ key: String, _ table: inout TableReader) -> Int? {
        guard let text = table.text(key) else { return nil }
        let digits = Array(text.utf8)
        let isShaped =
            digits.count == 6 && (digits[0] == UInt8(ascii: "+") || digits[0] == UInt8(ascii: "-"))
            && digits[3] == UInt8(ascii: ":")
        if isShaped, let hours = Int(text.dropFirst().prefix(2)), let minutes = Int(text.suffix(2)), hours <= 14,
            minutes < 60
        {
            let seconds = hours * 3600 + minutes * 60
            return digits[0] == UInt8(ascii: "-") ? -seconds : seconds
        }
        table.error(at: key, "\(key) must be an offset such as \"+08:00\", found \(text)")
        return nil
    }
}
