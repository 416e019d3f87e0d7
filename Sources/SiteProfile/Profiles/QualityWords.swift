import PlantModel

/// The words of the one table of reasons: `bad.deviceFault`, `uncertain.degraded`.
enum QualityWords {
    /// Reasons from 32 on belong to values that are fit to act on.
    private static func isUsable(_ reason: QualityReason) -> Bool { reason.rawValue >= 32 }

    static let all: [String] = QualityReason.allCases.map { isUsable($0) ? "uncertain.\($0)" : "bad.\($0)" }

    static func quality(_ word: String) -> Quality? {
        for reason in QualityReason.allCases {
            if isUsable(reason), word == "uncertain.\(reason)" { return .uncertain(reason) }
            if !isUsable(reason), word == "bad.\(reason)" { return .bad(reason) }
        }
        return nil
    }
}
