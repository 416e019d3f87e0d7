import PlantTime

/// Lets a message about a device through at most five times a minute, and remembers how many it held back.
struct LogGate {
    static let perWindow = 5
    static let window = Duration.seconds(60)

    struct Subject: Hashable {
        var message: String
        var endpoint: Int
        var unit: Int
    }

    private struct Window {
        var began: PlantInstant
        var admitted: Int
        var heldBack: Int
    }

    private var windows: [Subject: Window] = [:]

    /// - Returns: nil to hold it back; else how many of its kind were held back since the last one let through.
    mutating func admit(_ subject: Subject, at now: PlantInstant) -> Int? {
        guard var window = windows[subject], now - window.began < Self.window else {
            let heldBack = windows[subject]?.heldBack ?? 0
            windows[subject] = Window(began: now, admitted: 1, heldBack: 0)
            return heldBack
        }
        defer { windows[subject] = window }
        guard window.admitted < Self.perWindow else {
            window.heldBack += 1
            return nil
        }
        window.admitted += 1
        return 0
    }
}
