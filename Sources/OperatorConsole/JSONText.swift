/// A JSON value on its way out. Members keep the order in which they were written, so that two answers about the same
/// state are the same bytes; a member whose value is nil is left out.
enum JSONText: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case unsigned(UInt64)
    /// A number that is not finite is written as null: JSON has no word for it.
    case number(Double)
    case text(String)
    case list([JSONText])
    case object([Member])

    struct Member: Sendable, Equatable {
        var name: String
        var value: JSONText
    }

    /// The compact JSON text, in UTF-8 without line breaks.
    var encoded: String {
        var out = ""
        write(to: &out)
        return out
    }

    private func write(to out: inout String) {
        switch self {
        case .null: out += "null"
        case .boolean(let flag): out += flag ? "true" : "false"
        case .integer(let value): out += String(value)
        case .unsigned(let value): out += String(value)
        case .number(let value): out += Self.digits(value)
        case .text(let text): Self.write(text, to: &out)
        case .list(let values):
            out += "["
            for (place, value) in values.enumerated() {
                if place > 0 { out += "," }
                value.write(to: &out)
            }
            out += "]"
        case .object(let members):
            out += "{"
            for (place, member) in members.enumerated() {
                if place > 0 { out += "," }
                Self.write(member.name, to: &out)
                out += ":"
                member.value.write(to: &out)
            }
            out += "}"
        }
    }

    /// The shortest digits that read back as the same double; `40`, not `40.0`.
    private static func digits(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        let whole = value.rounded(.towardZero)
        return whole == value && value.magnitude < 9_007_199_254_740_992 ? String(Int64(value)) : "\(value)"
    }

    private static func write(_ text: String, to out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            // Controls as JSON demands; U+2028 and U+2029 because scripts once took them for line ends.
            case "\u{0}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
                let hexadecimal = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}

extension JSONText: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral {
    init(dictionaryLiteral members: (String, JSONText?)...) {
        self = .object(members.compactMap { name, value in value.map { Member(name: name, value: $0) } })
    }

    init(arrayLiteral values: JSONText...) { self = .list(values) }

    init(stringLiteral text: String) { self = .text(text) }
}

extension JSONText {
    /// A member for a text that may be absent; an empty one counts as absent.
    static func text(orNothing text: String?) -> JSONText? { text.flatMap { $0.isEmpty ? nil : .text($0) } }
}
