/// Fields of a CSV line (RFC 4180): quoted only where they must be.
enum CSVField {
    static func text(_ field: String) -> String {
        guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
        return "\"\(field.replacing("\"", with: "\"\""))\""
    }

    static func line(_ fields: [String]) -> String { fields.map(text).joined(separator: ",") + "\n" }
}
