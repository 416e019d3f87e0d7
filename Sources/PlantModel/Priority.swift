/// How urgently a person must respond, from consequence and time to act. Written in rules as `CRITICAL HIGH MEDIUM LOW`.
package enum Priority: UInt8, Sendable, CaseIterable, Comparable, BitwiseCopyable, Codable {
    case low = 1
    case medium = 2
    case high = 3
    case critical = 4

    package init?(word: some StringProtocol) {
        guard let match = Priority.allCases.first(where: { $0.word == word }) else { return nil }
        self = match
    }

    package var word: String {
        switch self {
        case .low: "LOW"
        case .medium: "MEDIUM"
        case .high: "HIGH"
        case .critical: "CRITICAL"
        }
    }

    package static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
}

/// The four warning colours, one is highest. Which priority wears which colour is the site's table, never code.
package enum WarningColour: UInt8, Sendable, CaseIterable, BitwiseCopyable, Codable {
    case red = 1
    case orange = 2
    case yellow = 3
    case blue = 4

    package init?(word: some StringProtocol) {
        guard let match = WarningColour.allCases.first(where: { $0.word == word }) else { return nil }
        self = match
    }

    package var word: String {
        switch self {
        case .red: "red"
        case .orange: "orange"
        case .yellow: "yellow"
        case .blue: "blue"
        }
    }
}

/// The site's table from priority to colour.
package struct ColourTable: Sendable, Equatable {
    private var colours: [Priority: WarningColour]

    /// CRITICAL red, HIGH orange, MEDIUM yellow, LOW blue: the default that a site may overrule.
    package static let usual = ColourTable([.critical: .red, .high: .orange, .medium: .yellow, .low: .blue])

    /// - Parameter colours: one per priority; a missing one takes the usual colour.
    package init(_ colours: [Priority: WarningColour]) { self.colours = colours }

    package subscript(_ priority: Priority) -> WarningColour {
        if let colour = colours[priority] { return colour }
        switch priority {
        case .critical: return .red
        case .high: return .orange
        case .medium: return .yellow
        case .low: return .blue
        }
    }
}
