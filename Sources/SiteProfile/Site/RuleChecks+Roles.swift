import PlantModel

/// What a bit of an interlock stands for asks for a rule: a trip, a bypass or a heartbeat that nobody judges is only drawn.
extension RuleChecks {
    func checkRoles(_ entries: [ParsedEntry]) {
        var judged: Set<String> = []
        var frozen: Set<String> = []
        for entry in entries {
            judged.formUnion(entry.pointReferences.map(\.name))
            if let rule = entry.rule, case .frozen = rule.kind { frozen.insert(rule.point) }
        }
        for point in points {
            guard let role = details[point.tag]?.role else { continue }
            switch role {
            case .heartbeat where !frozen.contains(point.tag):
                warn(point, role, "no FROZEN rule watches it: a gateway that repeats old data would go unseen")
            case .trip, .bypass, .fault:
                if !judged.contains(point.tag) { warn(point, role, "no rule reads it") }
            case .heartbeat, .healthy, .first_out, .test, .state: break
            }
        }
    }

    private func warn(_ point: Point, _ role: PointRole, _ why: String) {
        findings.warning(
            at: deviceLocation(point), "point \"\(point.tag)\" has the role \(role.rawValue), and \(why)")
    }
}
