extension String {
    /// The text with a mark in the place of each character that would end or steer a line of a log or a terminal: what
    /// somebody else wrote, quoted in a message of ours. O(length).
    package var onOneLine: String {
        guard unicodeScalars.contains(where: \.steersLines) else { return self }
        var line = UnicodeScalarView()
        for scalar in unicodeScalars { line.append(scalar.steersLines ? "\u{FFFD}" : scalar) }
        return String(line)
    }
}

extension Unicode.Scalar {
    fileprivate var steersLines: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
