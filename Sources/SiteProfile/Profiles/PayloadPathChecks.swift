import DeviceMap
import PlantModel

/// Whether the paths of a profile can lead anywhere: `@` needs an element, `#` a level that varies, and `[*]` stands only in
/// `each`.
enum PayloadPathChecks {
    static func check(_ profile: DeviceProfile, _ manners: MQTTManners, _ findings: Findings) {
        let captured = Set(TopicText.filter(manners.topic).captures.map(\.name))
        func check(_ path: PayloadPath, at place: SourceLocation) {
            if path.steps.contains(.every) {
                findings.error(at: place, "[*] stands only at the end of \"each\", found \(path.text)")
            }
            switch path.origin {
            case .payload: break
            case .element:
                if manners.each == nil {
                    findings.error(at: place, "\(path.text) begins at an element, and mqtt has no \"each\"")
                }
            case .topic:
                if !isLevel(path, of: captured) { findings.error(at: place, noLevel(path)) }
            }
        }
        for point in profile.points {
            if case .payload(let path, _, _) = point.wire { check(path, at: point.location) }
        }
        guard let place = profile.points.first?.location else { return }
        if manners.codec == .sparkplug { checkSparkplug(profile, manners, at: place, findings) }
        if let stamp = manners.stamp { check(stamp.path, at: place) }
        if let sequence = manners.sequence { check(sequence, at: place) }
        for blob in manners.blobs { if let path = blob.blob.path { check(path, at: place) } }
        checkAnswers(profile, manners, findings)
    }

    /// An answer says neither table nor address: its function and its size must do.
    private static func checkAnswers(_ profile: DeviceProfile, _ manners: MQTTManners, _ findings: Findings) {
        struct Mark: Hashable {
            var path: String?
            var read: WrappedRead
            var area: RegisterArea
        }
        var owners: [Mark: String] = [:]
        for (name, blob) in manners.blobs {
            guard var read = blob.answer else { continue }
            var wires: [(place: SourceLocation, wire: RegisterWire)] = []
            for point in profile.points where point.blob == name {
                if case .register(let wire) = point.wire { wires.append((point.location, wire)) }
            }
            guard let first = wires.first else { continue }
            let needed =
                wires.map { Int($0.wire.address.offset) + $0.wire.type.registerCount - Int(blob.start.offset) }
                .max() ?? 0
            if let stray = wires.first(where: { $0.wire.area != first.wire.area }) {
                findings.error(at: stray.place, "the points of blob \(name), one answer, must stand in one table")
            }
            if needed > read.count ?? 125 {
                findings.error(
                    at: first.place,
                    "blob \(name) needs \(needed) registers from \(blob.start.offset) on; its answer has "
                        + "\(read.count ?? 125)")
            }
            read.count = read.count ?? needed
            let mark = Mark(path: blob.path?.text, read: read, area: first.wire.area)
            if let owner = owners.updateValue(name, forKey: mark) {
                findings.error(
                    at: first.place,
                    "blobs \(owner) and \(name) are answers of one unit, table and size; nothing tells them apart")
            }
        }
    }

    /// A device that has another topic than its profile: what the topic decides, once more.
    /// - Parameter manners: filled in, the topic a filter.
    static func check(
        _ manners: MQTTManners, of profile: DeviceProfile, withTopicAt place: SourceLocation, _ findings: Findings
    ) {
        if manners.codec == .sparkplug, SparkplugTopic.subject(ofFilter: manners.topic) == nil {
            findings.error(at: place, noSparkplug(manners.topic))
        }
        let captured = Set(manners.captures.map(\.name))
        var paths = profile.points.compactMap { if case .payload(let path, _, _) = $0.wire { path } else { nil } }
        paths += [manners.stamp?.path, manners.sequence].compactMap { $0 } + manners.blobs.compactMap(\.blob.path)
        if let lost = paths.first(where: { $0.origin == .topic && !isLevel($0, of: captured) }) {
            findings.error(at: place, noLevel(lost))
        }
    }

    private static func isLevel(_ path: PayloadPath, of captured: Set<String>) -> Bool {
        if path.steps.count == 1, case .key(let name)? = path.steps.first { captured.contains(name) } else { false }
    }

    private static func noLevel(_ path: PayloadPath) -> String {
        "\(path.text) reads the topic, and the topic has no level {+...} of that name"
    }

    private static func noSparkplug(_ topic: String) -> String {
        "the topic of sparkplug_b must be spBv1.0/{group}/{+message}/{node}/{device} or without the device, found \(topic)"
    }

    private static func checkSparkplug(
        _ profile: DeviceProfile, _ manners: MQTTManners, at place: SourceLocation, _ findings: Findings
    ) {
        if SparkplugTopic.subject(ofFilter: TopicText.filter(manners.topic).filter) == nil {
            findings.error(at: place, noSparkplug(manners.topic))
        }
        if manners.stamp != nil || manners.sequence != nil || manners.each != nil || !manners.blobs.isEmpty {
            findings.error(
                at: place, "sparkplug_b has its own stamps and numbers; time, sequence, each and blobs must go")
        }
        for point in profile.points {
            if point.qualifiedBy != nil {
                findings.error(at: point.location, "sparkplug_b metrics carry their own quality; qualified_by must go")
            }
            guard case .payload(let path, _, _) = point.wire else { continue }
            if path.steps.count != 1 || path.origin != .payload {
                findings.error(
                    at: point.location,
                    "path of sparkplug_b is the metric's name, such as $['Tank/Level'], found \(path.text)")
            }
        }
    }
}
