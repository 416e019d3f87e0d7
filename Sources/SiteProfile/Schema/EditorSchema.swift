/// JSON Schemas for editors, `hazardctl schema`. Rule files come from the very table of keys by which the loader judges; the
/// other two are held against the loader by a test that asks it for the keys of every mapping.
package enum EditorSchema: String, CaseIterable, Sendable {
    case site, rules, profile

    /// A document of JSON Schema, draft 2020-12.
    package var text: String {
        let body = root.json().dropFirst(2)
        return "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
            + "  \"title\": \"hazardd \(rawValue)\",\n" + body
    }

    /// The keys of every named mapping, for the test.
    package var keys: [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        root.collectKeys(into: &found)
        return found
    }

    private var root: SchemaNode {
        switch self {
        case .site: Self.siteNode
        case .rules: Self.rulesNode
        case .profile: Self.profileNode
        }
    }
}
