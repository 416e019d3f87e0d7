import PlantModel
import PlantTime

/// Reads a script of a replay (hazardctl replay --script). All mistakes of a file are told at once.
package enum ScriptReader {
    package static func read(path: String) -> ReplayScriptResult {
        let findings = Findings()
        guard let file = FolderFile.read(path, shown: path, limit: .other, findings: findings) else {
            if findings.errorCount == 0 {
                findings.error(at: SourceLocation(file: path, line: 1, column: 1), "no such file")
            }
            return ReplayScriptResult(script: nil, diagnostics: findings.diagnostics)
        }
        return read(bytes: file.bytes, file: path)
    }

    package static func read(text: String, file: String) -> ReplayScriptResult {
        read(bytes: Array(text.utf8), file: file)
    }

    private static func read(bytes: [UInt8], file: String) -> ReplayScriptResult {
        let findings = Findings()
        do {
            let text = try ConfigurationText(bytes: bytes, file: file, limit: .other)
            let root = SettingFile.read(text, findings: findings)
            let script = root.flatMap { Self.script($0, findings) }
            let diagnostics = findings.diagnostics.inReadingOrder
            return ReplayScriptResult(script: diagnostics.hasErrors ? nil : script, diagnostics: diagnostics)
        } catch {
            return ReplayScriptResult(script: nil, diagnostics: [error.diagnostic])
        }
    }

    private static func script(_ root: Setting, _ findings: Findings) -> ReplayScript? {
        guard var table = TableReader(root, what: "a script", findings: findings) else { return nil }
        let start = instant(&table, "start")
        let length = table.require(table.span("for"), "for", for: "a script")
        let seed = seed(&table)
        let period = table.span("every")
        let tracks = table.members("points").compactMap {
            track($0, usually: period, script: seed, findings)
        }
        let wills = (table.list("last_wills") ?? []).compactMap { lastWill($0, findings) }
        let actions = (table.list("actions") ?? []).compactMap { action($0, findings) }
        table.finish(knows: "start", "for", "seed", "every", "points", "last_wills", "actions")
        guard let length else { return nil }
        return ReplayScript(
            start: start, length: length, seed: seed, tracks: tracks, lastWills: wills, actions: actions)
    }

    private static func instant(_ table: inout TableReader, _ key: String) -> PlantInstant? {
        guard let text = table.text(key) else { return nil }
        guard let milliseconds = TimeText.milliseconds(of: text) else {
            table.error(at: key, "\(key) must be a time such as 2026-01-01T08:00:00.000Z, found \(text)")
            return nil
        }
        return PlantInstant(milliseconds: milliseconds)
    }

    private static func seed(_ table: inout TableReader) -> UInt64 {
        UInt64(table.integer("seed", in: 0...Int.max) ?? 0)
    }

    // MARK: Points

    private static func track(
        _ entry: Setting.Entry, usually period: Duration?, script seed: UInt64, _ findings: Findings
    ) -> ReplayScript.Track? {
        guard var table = TableReader(entry.value, what: "a point of a script", findings: findings) else { return nil }
        let every = table.has("every") ? table.span("every") : period
        let value = table.require(table.number("value"), "value", for: "a point of a script")
        let signals = (table.list("signals") ?? []).enumerated().compactMap { place, setting in
            signal(setting, seed: seed &+ UInt64(place), findings)
        }
        table.finish(knows: "value", "every", "signals")
        if every == nil, !table.has("every") {
            findings.error(
                at: entry.keyPlace, "\(entry.key) has no period; every: 1s here, or for the whole script, would do")
        }
        guard let every, let value else { return nil }
        return ReplayScript.Track(
            point: entry.key, place: entry.keyPlace, period: every, value: value, signals: signals)
    }

    /// `- ramp: {at: 1m, to: 60, over: 2m}`: one key, which is the kind.
    private static func signal(_ setting: Setting, seed: UInt64, _ findings: Findings) -> ReplayScript.Signal? {
        guard let (kind, given) = single(setting, SignalKind.allCases.map(\.rawValue), "a signal", findings),
            let word = SignalKind(rawValue: kind)
        else { return nil }
        var table = given
        let at = table.span("at", atLeast: .zero) ?? .zero
        let length = word.lasts ? table.span("for") : nil
        let shape = shape(word, &table, seed: seed)
        let lasting = word.lasts ? ["for"] : []
        table.finish { _ in "the keys of \(kind) are \((["at"] + lasting + word.keys).joined(separator: " "))" }
        return shape.map { ReplayScript.Signal($0, at: at, length: length) }
    }

    private static func shape(
        _ kind: SignalKind, _ table: inout TableReader, seed: UInt64
    ) -> ReplayScript.Shape? {
        let what = kind.rawValue
        switch kind {
        case .step: return target(&table, what).map { .step($0) }
        case .spike: return target(&table, what).map { .spike($0) }
        case .ramp:
            let target = target(&table, what)
            guard let over = table.require(table.span("over"), "over", for: what), let target else { return nil }
            return .ramp(target, over: over)
        case .sine:
            let amplitude = table.require(table.number("amplitude"), "amplitude", for: what)
            guard let period = table.require(table.span("period"), "period", for: what), let amplitude else {
                return nil
            }
            return .sine(amplitude: amplitude, period: period)
        case .drift:
            let change = table.require(table.number("by"), "by", for: what)
            guard let per = table.require(table.span("per"), "per", for: what), let change else { return nil }
            return .drift(by: change, per: per)
        case .noise:
            let own = table.has("seed") ? Self.seed(&table) : seed
            guard let deviation = table.require(table.number("sd"), "sd", for: what) else { return nil }
            return .noise(deviation: deviation, seed: own)
        case .freeze: return .freeze
        case .dropOut: return .dropOut
        case .burst: return table.require(table.span("every"), "every", for: what).map { .burst(period: $0) }
        case .late: return table.require(table.span("by"), "by", for: what).map { .late(by: $0) }
        case .duplicate: return .duplicate
        case .clockJump: return signedSpan(&table, "by", for: what).map { .clockJump(milliseconds: $0) }
        case .exception:
            return table.require(table.integer("code", in: 1...11), "code", for: what).map {
                .exception(code: UInt8($0))
            }
        case .bad:
            let reasons = QualityReason.allCases.filter { $0.rawValue < QualityReason.overRange.rawValue }
            guard let text = table.text("reason") else { return .bad(.unspecified) }
            guard let reason = reasons.first(where: { $0.name == text }) else {
                let names = reasons.map(\.name).joined(separator: " ")
                table.error(at: "reason", "reason must be one of \(names), found \(text)")
                return nil
            }
            return .bad(reason)
        }
    }

    private static func target(_ table: inout TableReader, _ what: String) -> ReplayScript.Target? {
        let (goal, change) = (table.number("to"), table.number("by"))
        guard table.has("to") != table.has("by") else {
            table.findings.error(at: table.place, "\(what) needs \"to\" or \"by\", one of them")
            return nil
        }
        return goal.map { .to($0) } ?? change.map { .by($0) }
    }

    /// `1h`, `-90s`.
    private static func signedSpan(_ table: inout TableReader, _ key: String, for what: String) -> Int64? {
        guard let text = table.require(table.text(key), key, for: what) else { return nil }
        guard let span = TableReader.span(String(text.hasPrefix("-") ? text.dropFirst() : text[...])) else {
            table.error(at: key, "\(key) must be a time such as 90s or -1h, found \(text)")
            return nil
        }
        let milliseconds = span.nanoseconds / 1_000_000
        return text.hasPrefix("-") ? -milliseconds : milliseconds
    }

    // MARK: Devices and people

    private static func lastWill(_ setting: Setting, _ findings: Findings) -> ReplayScript.LastWill? {
        guard var table = TableReader(setting, what: "a last will", findings: findings) else { return nil }
        let device = table.require(table.name("device"), "device", for: "a last will")
        let at = table.require(table.span("at", atLeast: .zero), "at", for: "a last will")
        let length = table.span("for")
        table.finish(knows: "device", "at", "for")
        guard let device, let at else { return nil }
        return ReplayScript.LastWill(device: device, place: table.location(of: "device"), at: at, length: length)
    }

    private static func action(_ setting: Setting, _ findings: Findings) -> ReplayScript.Action? {
        let verbs = OperatorCommand.Verb.allCases.map(\.rawValue)
        guard let (word, given) = single(setting, verbs, "an action", findings),
            let verb = OperatorCommand.Verb(rawValue: word)
        else { return nil }
        var table = given
        let rule = table.require(table.name("rule"), "rule", for: word)
        let at = table.require(table.span("at", atLeast: .zero), "at", for: word)
        let occurrence = table.integer("occurrence", in: 1...Int(UInt32.max))
        let version = table.integer("version", in: 1...Int(UInt32.max))
        let actor = table.name("by") ?? "script"
        let comment = table.text("comment") ?? ""
        table.finish(knows: "rule", "at", "occurrence", "version", "by", "comment")
        guard let rule, let at else { return nil }
        return ReplayScript.Action(
            verb: verb, rule: rule, place: table.location(of: "rule"), at: at,
            occurrence: occurrence.map { UInt32($0) },
            version: version.map { UInt32($0) }, actor: actor, comment: comment)
    }

    /// A mapping of one key that is a word of a list, and the mapping behind it.
    private static func single(
        _ setting: Setting, _ words: [String], _ what: String, _ findings: Findings
    ) -> (word: String, table: TableReader)? {
        guard let entries = setting.table, entries.count == 1, let entry = entries.first else {
            findings.error(
                at: setting.place,
                "\(what) is written as one word with its keys, \(words[0]): {...}, found "
                    + (setting.table.map { "\($0.count) words" } ?? setting.described))
            return nil
        }
        guard words.contains(entry.key) else {
            findings.error(
                at: entry.keyPlace, "\(what) must be one of \(words.joined(separator: " ")), found \(entry.key)")
            return nil
        }
        if entry.value.isNothing {
            return (entry.key, TableReader(entries: [], place: entry.keyPlace, findings: findings))
        }
        return TableReader(entry.value, what: entry.key, findings: findings).map { (entry.key, $0) }
    }
}

/// The words for signals in a script.
private enum SignalKind: String, CaseIterable {
    case step, ramp, sine, drift, noise, spike, freeze
    case dropOut = "drop_out"
    case burst, late, duplicate
    case clockJump = "clock_jump"
    case exception, bad

    /// Whether it can end before the line does.
    var lasts: Bool { self != .step && self != .ramp }

    var keys: [String] {
        switch self {
        case .step, .spike: ["to", "by"]
        case .ramp: ["to", "by", "over"]
        case .sine: ["amplitude", "period"]
        case .drift: ["by", "per"]
        case .noise: ["sd", "seed"]
        case .freeze, .dropOut, .duplicate: []
        case .burst: ["every"]
        case .late, .clockJump: ["by"]
        case .exception: ["code"]
        case .bad: ["reason"]
        }
    }
}
