import PlantModel
import Yams

/// The mistakes of one scenario file, all of them, each at its place.
package struct ScenarioMistakes: Error, Sendable, Equatable, CustomStringConvertible {
    /// `scenario.yaml:14:9: error: ...`, in the order of the file.
    package var lines: [String]

    package var description: String { lines.joined(separator: "\n") }
}

extension ScenarioScript {
    /// Reads a scenario.
    /// - Parameters:
    ///   - text: the YAML text.
    ///   - file: its name, for messages.
    ///   - plan: the park it plays in; steps may only name its devices.
    package init(yaml text: String, file: String, plan: ParkPlan = .demo) throws(ScenarioMistakes) {
        let reader = ScenarioReader(file: file, plan: plan)
        guard let script = reader.script(from: text) else {
            throw ScenarioMistakes(lines: reader.sortedLines)
        }
        self = script
    }

    /// Reads `FOLDER/<name>/scenario.yaml`.
    /// - Throws: ``ParkFailure`` when there is none, naming those that are there; ``ScenarioMistakes``.
    package static func load(_ name: String, from folder: String, plan: ParkPlan = .demo) throws -> ScenarioScript {
        let path = "\(folder)/\(name)/scenario.yaml"
        guard Files.exists(path) else {
            let known = Files.names(in: folder).filter { Files.exists("\(folder)/\($0)/scenario.yaml") }
            throw ParkFailure("there is no scenario \"\(name)\"; there are: \(known.joined(separator: ", "))")
        }
        return try ScenarioScript(yaml: try Files.text(of: path), file: path, plan: plan)
    }
}

/// Turns YAML nodes into a script, collecting every mistake.
private final class ScenarioReader {
    private let file: String
    private let plan: ParkPlan
    private var mistakes: [(line: Int, column: Int, message: String)] = []

    init(file: String, plan: ParkPlan) {
        self.file = file
        self.plan = plan
    }

    var sortedLines: [String] {
        mistakes.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
            .map { "\(file):\($0.line):\($0.column): error: \($0.message)" }
    }

    func script(from text: String) -> ScenarioScript? {
        do {
            guard let root = try Yams.compose(yaml: text) else {
                refuse(nil, "the file is empty; a mapping with scenario, seconds, steps and expect would do")
                return nil
            }
            let script = script(root)
            return mistakes.isEmpty ? script : nil
        } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _)
        {
            mistakes.append((mark.line, mark.column, "not YAML: \(problem)"))
        } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
            let names = duplicates.map { "\"\($0)\"" }.joined(separator: ", ")
            mistakes.append((context.mark.line, context.mark.column, "key \(names) stands more than once"))
        } catch {
            refuse(nil, "cannot be read: \(error)")
        }
        return nil
    }

    private func script(_ root: Node) -> ScenarioScript? {
        guard
            let table = table(
                root, what: "a scenario",
                known: ["scenario", "about", "seconds", "seed", "nothing_else", "steps", "expect"])
        else { return nil }
        let about = table["about"].flatMap { self.table($0, what: "about", known: ["zh-CN", "en"]) }
        return ScenarioScript(
            name: text(table, "scenario", of: root) ?? "",
            about: BilingualText(
                chinese: about?["zh-CN"].flatMap(\.string), english: about?["en"].flatMap(\.string)),
            seconds: number(table, "seconds", of: root, least: 1) ?? 1,
            seed: UInt64(optionalNumber(table, "seed", least: 0) ?? 1),
            steps: list(table, "steps").compactMap(step),
            expectations: list(table, "expect").compactMap(expectation),
            nothingElse: flag(table, "nothing_else") ?? false)
    }

    // MARK: Steps

    /// The word that says what a step does, and the keys that go with it.
    private static let verbs: [String: Set<String>] = [
        "step": ["to"], "ramp": ["to", "over"], "sine": ["amplitude", "period"], "noise": ["sigma"],
        "spike": ["by", "for"], "freeze": ["for"], "fan": [], "fault": ["kind", "number", "for"],
        "heal": [], "mute": ["for"], "gone": ["for"], "broker": [], "acknowledge": ["comment"],
    ]

    private func step(_ node: Node) -> ScenarioScript.Step? {
        guard let mapping = node.mapping else {
            refuse(
                node, "a step is a mapping such as {at: 3, ramp: ammonia.leak, to: 3, over: 4}, found \(found(node))")
            return nil
        }
        let verbs = mapping.keys.compactMap(\.string).filter { Self.verbs[$0] != nil }
        guard verbs.count == 1, let verb = verbs.first, let others = Self.verbs[verb] else {
            let all = Self.verbs.keys.sorted().joined(separator: ", ")
            refuse(
                node,
                "a step does exactly one of: \(all); found \(verbs.isEmpty ? "none" : verbs.joined(separator: ", "))")
            return nil
        }
        guard let table = table(node, what: verb, known: others.union(["at", verb])), let target = table[verb] else {
            return nil
        }
        guard let at = number(table, "at", of: node, least: 0), let act = act(verb, target, table, node) else {
            return nil
        }
        return ScenarioScript.Step(at: at, act)
    }

    private func act(_ verb: String, _ target: Node, _ table: [String: Node], _ node: Node) -> ScenarioScript.Act? {
        let span = optionalNumber(table, "for", least: 0)
        switch verb {
        case "step":
            return number(table, "to", of: node).flatMap { to in signal(target).map { .move($0, .step(to: to)) } }
        case "ramp":
            guard let to = number(table, "to", of: node), let over = number(table, "over", of: node, least: 0) else {
                return nil
            }
            return signal(target).map { .move($0, .ramp(to: to, over: over)) }
        case "sine":
            guard let amplitude = number(table, "amplitude", of: node),
                let period = number(table, "period", of: node, least: 0.2)
            else { return nil }
            return signal(target).map { .move($0, .sine(amplitude: amplitude, period: period)) }
        case "noise":
            return number(table, "sigma", of: node, least: 0).flatMap { sigma in
                signal(target).map { .move($0, .noise(sigma: sigma)) }
            }
        case "spike":
            guard let by = number(table, "by", of: node), let span = number(table, "for", of: node, least: 0) else {
                return nil
            }
            return signal(target).map { .move($0, .spike(by: by, for: span)) }
        case "freeze": return signal(target).map { .move($0, .freeze(for: span)) }
        case "fan":
            switch word(target, among: ["refuses", "obeys", "starts", "stops"]) {
            case "refuses": return .move(.fanRefuses, .step(to: 1))
            case "obeys": return .move(.fanRefuses, .step(to: 0))
            case "starts": return .move(.fanByHand, .step(to: 1))
            case "stops": return .move(.fanByHand, .step(to: 0))
            default: return nil
            }
        case "fault":
            let number = optionalNumber(table, "number", least: 0).map { Int($0) }
            guard let device = device(target, modbus: true), let kind = table["kind"] else {
                if table["kind"] == nil {
                    refuse(node, "fault needs kind: \(DeviceFault.words.joined(separator: ", "))")
                }
                return nil
            }
            guard let word = word(kind, among: DeviceFault.words), let fault = DeviceFault(word: word, number: number)
            else { return nil }
            return .fault(device: device, fault, seconds: span)
        case "heal": return device(target, modbus: nil).map { .heal(device: $0) }
        case "mute": return device(target, modbus: false).map { .absence(device: $0, .mute, seconds: span) }
        case "gone": return device(target, modbus: false).map { .absence(device: $0, .gone, seconds: span) }
        case "broker":
            let words = ScenarioScript.BrokerAct.allCases.map(\.rawValue)
            return word(target, among: words).flatMap(ScenarioScript.BrokerAct.init).map { .broker($0) }
        case "acknowledge":
            guard let rule = target.string, !rule.isEmpty else {
                refuse(target, "acknowledge names a rule, found \(found(target))")
                return nil
            }
            return .acknowledge(rule: rule, comment: table["comment"]?.string ?? "")
        default: return nil
        }
    }

    private func signal(_ node: Node) -> ParkSignal? {
        word(node, among: ParkSignal.allCases.map(\.rawValue)).flatMap(ParkSignal.init)
    }

    private func device(_ node: Node, modbus: Bool?) -> String? {
        let fit = plan.devices.filter { modbus == nil || $0.kind.isModbus == modbus }
        return word(node, among: fit.map(\.id))
    }

    // MARK: Expectations

    private func expectation(_ node: Node) -> ScenarioScript.Expectation? {
        let known: Set<String> = ["rule", "transition", "from", "to", "webhook", "platform"]
        guard let table = table(node, what: "an expectation", known: known),
            let rule = text(table, "rule", of: node), let from = number(table, "from", of: node),
            let to = number(table, "to", of: node, least: from)
        else { return nil }
        let words = AlarmEvent.Transition.allCases.map(\.word)
        guard let transition = table["transition"].flatMap({ word($0, among: words) }) else {
            if table["transition"] == nil { refuse(node, "transition is missing: \(words.joined(separator: ", "))") }
            return nil
        }
        return ScenarioScript.Expectation(
            rule: rule, transition: transition, from: from, to: to, webhook: flag(table, "webhook") ?? true,
            platform: flag(table, "platform") ?? true)
    }

    // MARK: Reading nodes

    private func table(_ node: Node, what: String, known: Set<String>) -> [String: Node]? {
        guard let mapping = node.mapping else {
            refuse(node, "\(what) is a mapping, found \(found(node))")
            return nil
        }
        var table: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.string, known.contains(name) else {
                let all = known.sorted().joined(separator: ", ")
                refuse(key, "unknown key \(key.string.map { "\"\($0)\"" } ?? found(key)) in \(what); known: \(all)")
                continue
            }
            table[name] = value
        }
        return table
    }

    private func list(_ table: [String: Node], _ key: String) -> [Node] {
        guard let node = table[key] else { return [] }
        if let sequence = node.sequence { return Array(sequence) }
        refuse(node, "\(key) is a list, found \(found(node))")
        return []
    }

    private func text(_ table: [String: Node], _ key: String, of node: Node) -> String? {
        guard let value = table[key] else {
            refuse(node, "\(key) is missing")
            return nil
        }
        guard let text = value.string, !text.isEmpty else {
            refuse(value, "\(key) is a text, found \(found(value))")
            return nil
        }
        return text
    }

    private func number(
        _ table: [String: Node], _ key: String, of node: Node, least: Double = -.infinity
    ) -> Double? {
        guard table[key] != nil else {
            refuse(node, "\(key) is missing")
            return nil
        }
        return optionalNumber(table, key, least: least)
    }

    private func optionalNumber(_ table: [String: Node], _ key: String, least: Double) -> Double? {
        guard let node = table[key] else { return nil }
        guard let value = node.float, value.isFinite else {
            refuse(node, "\(key) is a number, found \(found(node))")
            return nil
        }
        guard value >= least else {
            refuse(node, "\(key) is at least \(least), found \(found(node))")
            return nil
        }
        return value
    }

    private func flag(_ table: [String: Node], _ key: String) -> Bool? {
        guard let node = table[key] else { return nil }
        if let flag = node.bool { return flag }
        refuse(node, "\(key) is true or false, found \(found(node))")
        return nil
    }

    private func word(_ node: Node, among words: [String]) -> String? {
        if let text = node.string, words.contains(text) { return text }
        refuse(node, "found \(found(node)); one of these would do: \(words.joined(separator: ", "))")
        return nil
    }

    private func found(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): "\"\(scalar.string)\""
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    private func refuse(_ node: Node?, _ message: String) {
        mistakes.append((node?.mark?.line ?? 1, node?.mark?.column ?? 1, message))
    }
}
