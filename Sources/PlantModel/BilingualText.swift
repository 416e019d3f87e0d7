/// What a person reads, in both languages of the product. A missing translation shows the other language, marked.
package struct BilingualText: Sendable, Hashable, Codable {
    package var chinese: String?
    package var english: String?

    package enum Language: String, Sendable, CaseIterable, Codable {
        case chinese = "zh-CN"
        case english = "en"
    }

    package init(chinese: String? = nil, english: String? = nil) {
        self.chinese = chinese
        self.english = english
    }

    package var isEmpty: Bool { (chinese ?? "").isEmpty && (english ?? "").isEmpty }

    /// The text in a language, or the other one with its language named; empty when there is none.
    package func text(_ language: Language) -> String {
        switch language {
        case .chinese: Self.written(chinese) ?? Self.written(english).map { "\($0) [en]" } ?? ""
        case .english: Self.written(english) ?? Self.written(chinese).map { "\($0) [zh]" } ?? ""
        }
    }

    /// An empty translation is none: nobody is helped by a blank line.
    private static func written(_ text: String?) -> String? { (text ?? "").isEmpty ? nil : text }

    private enum CodingKeys: String, CodingKey {
        case chinese = "zh-CN"
        case english = "en"
    }
}
