import PlantModel
import Yams

/// One YAML document as a tree of settings. The only file that knows Yams.
///
/// Yams composes without resolving tags (its regular expressions cost more than the parsing); what a scalar means is
/// decided where it is taken. `<<` merges mappings as YAML 1.1 says: what stands in the mapping itself wins.
enum SettingFile {
    /// Deepest nesting, most uses of an alias, and most values that aliases may add (decisions.md 1; operations.md row 26).
    static let depthMax = 32
    static let aliasMax = 1000
    static let aliasedValueMax = 200_000

    /// The root of the document; nil, with a diagnostic, when there is none.
    static func read(_ text: ConfigurationText, findings: Findings) -> Setting? {
        func refuse(_ line: Int, _ column: Int, _ message: String) {
            findings.error(at: SourceLocation(file: text.file, line: line, column: column), message)
        }
        if let trap = KeyTrap.find(in: text.text) {
            refuse(trap.line, trap.column, "found a key that is an alias, a list or a mapping; a plain word would do")
            return nil
        }
        do {
            let parser = try Parser(yaml: text.text, resolver: .basic, encoding: .utf8)
            guard let root = try parser.singleRoot() else {
                refuse(1, 1, "the file is empty")
                return nil
            }
            var walk = Walk(file: text.file)
            let setting = try walk.setting(root, depth: 1)
            if setting.isNothing {
                refuse(1, 1, "the file is empty")
                return nil
            }
            return setting
        } catch let refusal as Walk.Refusal {
            refuse(refusal.place.line, refusal.place.column, refusal.message)
        } catch let error as YamlError {
            let (place, message) = explain(error)
            refuse(place.line, place.column, message)
        } catch {
            refuse(1, 1, "cannot be read: \(error)")
        }
        return nil
    }

    private static func explain(_ error: YamlError) -> (place: (line: Int, column: Int), message: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            // libyaml stops at 1,000 levels of its own accord, before our walk can count 32.
            let isTooDeep = problem.hasPrefix("Maximum nesting level")
            return (
                (mark.line, mark.column),
                isTooDeep ? "nested deeper than \(depthMax) levels" : "not YAML: \(problem)"
            )
        case .reader(let problem, let offset, let value, let yaml):
            let head = yaml.prefix(offset ?? 0)
            let line = head.count { $0.isNewline } + 1
            let column = (head.lastIndex { $0.isNewline }.map { head[$0...].count } ?? head.count + 1)
            let found = String(value, radix: 16, uppercase: true)
            return ((line, column), "not YAML: \(problem) (character 0x\(found))")
        case .duplicatedKeysInMapping(let duplicates, let context):
            // Only words have an order among them: of others, which is the first, and so the place, is another each time.
            let names = Set(duplicates)
            let isOrdered = names.count == duplicates.count && !names.contains("<uncovertable>")
            let place = isOrdered ? (context.mark.line, context.mark.column) : (1, 1)
            let shown = duplicates.map { "\"\($0)\"" }.sorted().joined(separator: ", ")
            return (place, "key \(shown) stands more than once in one mapping; once would do")
        case .memory, .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return ((1, 1), "cannot be read: \(error)")
        }
    }
}

/// From Yams's nodes to settings, counting what aliases add.
private struct Walk {
    struct Refusal: Error {
        let place: SourceLocation
        let message: String
    }

    private var aliases = 0
    private var aliasedValues = 0
    private var insideAlias = false
    /// The newest node in document order: a node that stands before it has been fetched by an alias.
    private var newest: SourceLocation

    init(file: String) { newest = SourceLocation(file: file, line: 0, column: 0) }

    mutating func setting(_ node: Node, depth: Int, opensParent: Bool = false) throws(Refusal) -> Setting {
        let place =
            node.mark.map { SourceLocation(file: newest.file, line: $0.line, column: $0.column) } ?? newest
        guard depth <= SettingFile.depthMax else {
            throw Refusal(place: place, message: "nested deeper than \(SettingFile.depthMax) levels")
        }
        // A block mapping begins where its first key begins; every other node stands behind the one before it.
        let isAlias = place.precedes(newest) || (place == newest && !opensParent)
        guard isAlias else {
            newest = place
            return try plain(node, at: place, depth: depth)
        }
        aliases += 1
        guard aliases <= SettingFile.aliasMax else {
            throw Refusal(place: place, message: "aliases are used more than \(SettingFile.aliasMax) times")
        }
        let (outer, wasInside) = (newest, insideAlias)
        (newest, insideAlias) = (place, true)
        defer { (newest, insideAlias) = (outer, wasInside) }
        return try plain(node, at: place, depth: depth)
    }

    private mutating func plain(_ node: Node, at place: SourceLocation, depth: Int) throws(Refusal) -> Setting {
        if insideAlias {
            aliasedValues += 1
            guard aliasedValues <= SettingFile.aliasedValueMax else {
                throw Refusal(
                    place: place, message: "aliases add more than \(SettingFile.aliasedValueMax) values to the file")
            }
        }
        switch node {
        case .scalar(let scalar):
            return Setting(place: place, shape: .scalar(scalar.string, isPlain: scalar.style == .plain))
        case .sequence(let sequence):
            var items: [Setting] = []
            items.reserveCapacity(sequence.count)
            for item in sequence { items.append(try setting(item, depth: depth + 1, opensParent: items.isEmpty)) }
            return Setting(place: place, shape: .list(items))
        case .mapping(let mapping):
            return Setting(place: place, shape: .table(try entries(mapping, depth: depth)))
        case .alias:
            throw Refusal(place: place, message: "found an alias without its anchor")
        }
    }

    private mutating func entries(_ mapping: Node.Mapping, depth: Int) throws(Refusal) -> [Setting.Entry] {
        var own: [Setting.Entry] = []
        var merged: [Setting.Entry] = []
        own.reserveCapacity(mapping.count)
        var isFirst = true
        for (key, value) in mapping {
            let name = try setting(key, depth: depth + 1, opensParent: isFirst)
            isFirst = false
            guard case .scalar(let text, let isPlain) = name.shape else {
                throw Refusal(place: name.place, message: "found \(name.described) as a key; a plain word would do")
            }
            let value = try setting(value, depth: depth + 1)
            if text == "<<", isPlain {
                merged += try mergedEntries(value)
            } else {
                own.append(Setting.Entry(key: text, keyPlace: name.place, value: value))
            }
        }
        guard !merged.isEmpty else { return own }
        var names = Set(own.map(\.key))
        return own + merged.filter { names.insert($0.key).inserted }
    }

    private func mergedEntries(_ value: Setting) throws(Refusal) -> [Setting.Entry] {
        switch value.shape {
        case .table(let entries): return entries
        case .list(let items):
            var entries: [Setting.Entry] = []
            for item in items {
                guard let table = item.table else {
                    throw Refusal(place: item.place, message: "<< merges mappings, found \(item.described)")
                }
                entries += table
            }
            return entries
        case .scalar: throw Refusal(place: value.place, message: "<< merges mappings, found \(value.described)")
        }
    }
}

/// Keys made of aliases can make Yams hash a value that unfolds without end, before the walk above can count it. No
/// file of ours needs such keys, so a file with many aliases is refused at the first sign of one.
private enum KeyTrap {
    /// With fewer possible aliases than this nothing can unfold far.
    private static let harmlessAliases = 8

    static func find(in text: String) -> (line: Int, column: Int)? {
        let bytes = Array(text.utf8)
        var aliases = 0
        var firstKey: Int?
        var place = 0
        while place < bytes.count {
            defer { place += 1 }
            switch bytes[place] {
            case UInt8(ascii: "*") where begins(bytes, place) && place + 1 < bytes.count && !isBlank(bytes[place + 1]):
                aliases += 1
                let end = bytes[place...].firstIndex { isBlank($0) || isFlow($0) } ?? bytes.count
                if isColon(bytes, after: end) { firstKey = firstKey ?? place }
            case UInt8(ascii: "?")
            where begins(bytes, place) && (place + 1 == bytes.count || isBlank(bytes[place + 1])):
                firstKey = firstKey ?? place
            case UInt8(ascii: "]") where isColon(bytes, after: place + 1),
                UInt8(ascii: "}") where isColon(bytes, after: place + 1):
                firstKey = firstKey ?? place
            default: continue
            }
        }
        guard aliases >= harmlessAliases, let firstKey else { return nil }
        let head = bytes[..<firstKey]
        let lineStart = head.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return (head.count { $0 == 0x0A } + 1, head[lineStart...].count { $0 & 0xC0 != 0x80 } + 1)
    }

    private static func begins(_ bytes: [UInt8], _ place: Int) -> Bool {
        place == 0 || isBlank(bytes[place - 1]) || isFlow(bytes[place - 1])
    }

    private static func isColon(_ bytes: [UInt8], after place: Int) -> Bool {
        bytes[place...].first { $0 != 0x20 && $0 != 0x09 } == UInt8(ascii: ":")
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private static func isFlow(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") || byte == UInt8(ascii: ",")
            || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
    }
}
