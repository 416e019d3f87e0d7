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
                guard path.steps.count == 1, case .key(let name)? = path.steps.first, captured.contains(name) else {
                    findings.error(
                        at: place, "\(path.text) reads the topic, and the topic has no level {+...} of that name")
                    return
                }
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
    }

    private static func checkSparkplug(
        _ profile: DeviceProfile, _ manners: MQTTManners, at place: SourceLocation, _ findings: Findings
    ) {
        if SparkplugTopic.subject(ofFilter: TopicText.filter(manners.topic).filter) == nil {
            findings.error(
                at: place,
                "the topic of sparkplug_b must be spBv1.0/{group}/{+message}/{node}/{device} or without the device, found "
                    + manners.topic)
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
