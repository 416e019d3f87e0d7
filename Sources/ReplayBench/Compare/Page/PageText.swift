package import PlantModel

/// In which language a page speaks.
package enum PageLanguage: Sendable, Equatable {
    case one(BilingualText.Language)
    /// English first, Chinese behind it.
    case both

    /// The words as HTML.
    func html(_ word: CompareWord, _ values: KeyValuePairs<String, String> = [:]) -> String {
        switch self {
        case .one(let language): return HTML.escaped(word.text(language, values))
        case .both:
            let (english, chinese) = (word.text(.english, values), word.text(.chinese, values))
            return "\(HTML.escaped(english)) <span lang=\"zh-CN\">\(HTML.escaped(chinese))</span>"
        }
    }

    /// The words as plain text, for the title and for drawings.
    func plain(_ word: CompareWord, _ values: KeyValuePairs<String, String> = [:]) -> String {
        switch self {
        case .one(let language): word.text(language, values)
        case .both: "\(word.text(.english, values)) \(word.text(.chinese, values))"
        }
    }

    func html(_ row: FigureRow) -> String {
        switch self {
        case .one(let language): HTML.escaped(row.name(language))
        case .both:
            "\(HTML.escaped(row.name(.english))) <span lang=\"zh-CN\">\(HTML.escaped(row.word.text(.chinese, row.values)))</span>"
        }
    }

    /// A name that a person gave, in whichever language there is.
    func plain(_ text: BilingualText) -> String {
        switch self {
        case .one(let language): return text.text(language)
        case .both: return [text.english, text.chinese].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
        }
    }

    var tag: String {
        switch self {
        case .one(let language): language.rawValue
        case .both: "en"
        }
    }
}

enum HTML {
    static func escaped(_ text: String) -> String {
        var safe = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            default: safe.unicodeScalars.append(character)
            }
        }
        return safe
    }

    /// A table row of cells that are HTML already.
    static func row(_ cells: [String], classes: [String] = [], heading: Bool = false) -> String {
        let name = heading ? "th" : "td"
        let parts = cells.enumerated().map { place, cell in
            let kind = classes.indices.contains(place) && !classes[place].isEmpty ? " class=\"\(classes[place])\"" : ""
            return "<\(name)\(kind)>\(cell)</\(name)>"
        }
        return "<tr>\(parts.joined())</tr>\n"
    }
}

extension CompareWord {
    func text(_ language: BilingualText.Language, _ values: [String: String]) -> String {
        var text = text(language)
        for (name, value) in values { text.replace("{\(name)}", with: value) }
        return text
    }
}
