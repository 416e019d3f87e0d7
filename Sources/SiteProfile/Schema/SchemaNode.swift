/// One place of a configuration file as an editor sees it: which keys, which kinds of value. The loaders stay the judges;
/// this completes keys and underlines slips while somebody types.
indirect enum SchemaNode: Sendable {
    /// A mapping of known keys. `name` is what the test of staleness calls it.
    case object(name: String, [(key: String, node: SchemaNode)], required: [String] = [])
    /// A mapping whose keys are names of the site.
    case map(SchemaNode)
    case list(SchemaNode)
    case text, number, flag, nothing, anything
    case integer(ClosedRange<Int>)
    /// `500ms`, `1s`, `24h`.
    case span
    case words([String])
    case constant(String)
    case either([SchemaNode])

    static let pair = SchemaNode.list(.number)
    static let bilingual = SchemaNode.either([
        .text, .object(name: "languages", [("zh-CN", .text), ("en", .text)]),
    ])
    /// `flag: P`, `flag: [F6, C]`.
    static let sources = SchemaNode.either([.text, .list(.text)])

    /// JSON, keys in the order given, two spaces a level.
    func json(_ indent: String = "") -> String {
        let inner = indent + "  "
        func members(_ pairs: [(String, String)]) -> String {
            "{\n" + pairs.map { "\(inner)\(Self.quoted($0.0)): \($0.1)" }.joined(separator: ",\n") + "\n\(indent)}"
        }
        switch self {
        case .object(_, let properties, let required):
            var pairs = [("type", "\"object\""), ("additionalProperties", "false")]
            if !required.isEmpty { pairs.append(("required", Self.array(required))) }
            let nested = inner + "  "
            let listed = properties.map { "\(nested)\(Self.quoted($0.key)): \($0.node.json(nested))" }
            pairs.append(("properties", "{\n" + listed.joined(separator: ",\n") + "\n\(inner)}"))
            return members(pairs)
        case .map(let node):
            return members([("type", "[\"object\", \"null\"]"), ("additionalProperties", node.json(inner))])
        case .list(let node): return members([("type", "\"array\""), ("items", node.json(inner))])
        case .text: return "{\"type\": [\"string\", \"number\", \"boolean\"]}"
        case .number: return "{\"type\": \"number\"}"
        case .flag: return "{\"type\": \"boolean\"}"
        case .nothing: return "{\"type\": \"null\"}"
        case .anything: return "true"
        case .integer(let range):
            return "{\"type\": \"integer\", \"minimum\": \(range.lowerBound), \"maximum\": \(range.upperBound)}"
        case .span: return "{\"type\": \"string\", \"pattern\": \"^[0-9]+(ms|s|m|h|d)$\"}"
        case .words(let words): return "{\"enum\": \(Self.array(words))}"
        case .constant(let word): return "{\"const\": \(Self.quoted(word))}"
        case .either(let nodes):
            let listed = nodes.map { "\(inner)  \($0.json(inner + "  "))" }
            return members([("anyOf", "[\n" + listed.joined(separator: ",\n") + "\n\(inner)]")])
        }
    }

    /// The keys of every named mapping in it.
    func collectKeys(into found: inout [String: Set<String>]) {
        switch self {
        case .object(let name, let properties, _):
            found[name, default: []].formUnion(properties.map(\.key))
            for (_, node) in properties { node.collectKeys(into: &found) }
        case .map(let node), .list(let node): node.collectKeys(into: &found)
        case .either(let nodes): for node in nodes { node.collectKeys(into: &found) }
        default: break
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func array(_ words: [String]) -> String { "[" + words.map(quoted).joined(separator: ", ") + "]" }
}
