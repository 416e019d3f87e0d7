import PlantModel

/// What a bit of an interlock stands for asks for a rule: a trip, its first-out, a bypass or a heartbeat that nobody judges is
/// only drawn. Rules on silence, bad quality or standing still judge the link, not what the bit says.
extension RuleChecks {
    func checkRoles(_ entries: [ParsedEntry]) {
        var judged: Set<String> = []
        var frozen: Set<String> = []
        for entry in entries {
            switch entry.rule?.kind {
            case .frozen?: if let rule = entry.rule { frozen.insert(rule.point) }
            case .stale?, .badQuality?: break
            default: judged.formUnion(entry.pointReferences.map(\.name))
            }
        }
        for point in points {
            guard let role = details[point.tag]?.role else { continue }
            switch role {
            case .heartbeat where !frozen.contains(point.tag):
                warn(point, role, "no FROZEN rule watches it: a gateway that repeats old data would go unseen")
            case .first_out where !judged.contains(point.tag):
                warn(point, role, "no rule judges it: a trip would be told without what tripped first")
            case .trip, .bypass, .fault:
                if !judged.contains(point.tag) { warn(point, role, "no rule judges it") }
            case .heartbeat, .healthy, .first_out, .test, .state: break
            }
        }
    }

    private func warn(_ point: Point, _ role: PointRole, _ why: String) {
        findings.warning(
            at: deviceLocation(point), "point \"\(point.tag)\" has the role \(role.rawValue), and \(why)")
    }
}
