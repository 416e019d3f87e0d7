import PlantModel

/// The title and the sentence of one kind of problem, in one language. `{found}` and `{expected}` stand for what the
/// problem carries; one table per language, and a test that finds missing and unused entries.
struct Wording: Sendable, Equatable {
    var title: String
    var detail: String

    init(_ title: String, _ detail: String) {
        self.title = title
        self.detail = detail
    }

    func detail(found: String?, expected: String?) -> String {
        detail.replacing("{found}", with: found ?? "-").replacing("{expected}", with: expected ?? "-")
    }

    static func of(_ kind: Problem.Kind, in language: BilingualText.Language) -> Wording {
        // A missing entry shows its key rather than nothing; the test keeps it from happening.
        table(language)[kind] ?? Wording(kind.rawValue, "{found} / {expected}")
    }

    static func table(_ language: BilingualText.Language) -> [Problem.Kind: Wording] {
        switch language {
        case .chinese: chinese
        case .english: english
        }
    }
}

extension BilingualText.Language {
    /// The language that a reader asked for by `Accept-Language`: the best-weighted of the two that we speak.
    /// - Returns: nil when neither is asked for; then the person's own language, or Chinese, serves.
    init?(acceptLanguage: String) {
        var best: (language: BilingualText.Language, weight: Double)?
        for entry in acceptLanguage.split(separator: ",").prefix(16) {
            let parts = entry.split(separator: ";")
            let primary = (parts.first ?? "").trimmingSpaces.lowercased().split(separator: "-").first ?? ""
            let weight =
                parts.dropFirst().lazy.map(\.trimmingSpaces).first { $0.hasPrefix("q=") }
                .map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            let language: BilingualText.Language
            switch primary {
            case "zh": language = .chinese
            case "en": language = .english
            default: continue
            }
            if weight > 0, weight > best?.weight ?? 0 { best = (language, weight) }
        }
        guard let best else { return nil }
        self = best.language
    }
}
