import PlantModel

/// The words of one line of a test, taken from left to right, each with its column.
///
/// Words are parted by blanks; a name with blanks in it stands in quotes: `'Tank 3 high' raise`.
struct TestSentence {
    struct Word {
        var text: String
        var isQuoted: Bool
        /// Characters before it in the sentence.
        var offset: Int
    }

    private var words: ArraySlice<Word> = []
    private let place: SourceLocation
    /// Whether columns inside the text can be told: not in a text that is quoted or goes over several lines.
    private let hasColumns: Bool
    private let length: Int
    let text: String

    /// nil, with a diagnostic, when the setting is no line of words.
    init?(_ setting: Setting, what: String, findings: Findings) {
        guard case .scalar(let scalar, let isPlain) = setting.shape, !setting.isNothing, !scalar.isEmpty else {
            findings.error(at: setting.place, "\(what) must be a line of words, found \(setting.described)")
            return nil
        }
        text = scalar.split(whereSeparator: \.isNewline).joined(separator: " ")
        place = setting.place
        hasColumns = isPlain && !scalar.contains(where: \.isNewline)
        length = text.count
        guard let words = Self.words(of: text) else {
            findings.error(at: setting.place, "\(what) has a quotation mark without its other half: \(text)")
            return nil
        }
        self.words = words[...]
    }

    private static func words(of text: String) -> [Word]? {
        var words: [Word] = []
        var rest = Array(text)[...]
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
                continue
            }
            let start = rest.startIndex
            if first == "\"" || first == "'" {
                guard let end = rest.dropFirst().firstIndex(of: first) else { return nil }
                // What touches the closing mark belongs to the word: 'Tank 3'/2.
                let tail = rest[(end + 1)...].prefix { !$0.isWhitespace }
                words.append(
                    Word(text: String(rest[(start + 1)..<end]) + String(tail), isQuoted: tail.isEmpty, offset: start))
                rest = rest[(end + 1 + tail.count)...]
            } else {
                let word = rest.prefix { !$0.isWhitespace }
                words.append(Word(text: String(word), isQuoted: false, offset: start))
                rest = rest.dropFirst(word.count)
            }
        }
        return words
    }

    // MARK: Places

    /// Where the next word stands; behind the last one, the end of the line.
    var next: SourceLocation { location(at: words.first?.offset ?? length) }

    func location(of word: Word) -> SourceLocation { location(at: word.offset) }

    private func location(at offset: Int) -> SourceLocation {
        guard hasColumns else { return place }
        return SourceLocation(file: place.file, line: place.line, column: place.column + offset)
    }

    // MARK: Words

    var isAtEnd: Bool { words.isEmpty }
    var first: Word? { words.first }

    mutating func word() -> Word? { words.popFirst() }

    /// Takes the next word if it is this one, unquoted.
    mutating func take(_ text: String) -> Bool {
        guard let word = words.first, !word.isQuoted, word.text == text else { return false }
        words.removeFirst()
        return true
    }

    /// What stands at the next word, for messages.
    var found: String { words.first.map { "\"\($0.text)\"" } ?? "the end of the line" }
}

/// Why a sentence cannot be read.
struct SentenceRefusal: Error {
    var location: SourceLocation
    var message: String

    init(_ location: SourceLocation, _ message: String) {
        self.location = location
        self.message = message
    }
}
