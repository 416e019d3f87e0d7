import Glibc
import PlantTime
import ReplayBench

/// How far a replay is, on one line of the terminal that is drawn over ten times a second; nothing when nobody watches.
struct ReplayProgress {
    private static let period = Duration.milliseconds(100)
    /// A replay that is over before anybody could read a line shows none.
    private static let patience = Duration.milliseconds(500)

    private let steady = SteadyClock()
    private let began: PlantInstant
    private let isShown: Bool
    private let language: Language
    private var nextDraw: PlantInstant
    private var hasDrawn = false

    init(_ language: Language) {
        self.language = language
        isShown = isatty(STDERR_FILENO) == 1 && Terminal.environment("TERM") != "dumb"
        began = steady.now()
        nextDraw = began + Self.patience
    }

    /// Time since the replay began.
    var elapsed: Duration { steady.now() - began }

    /// Asked after each batch.
    /// - Returns: false once the person has pressed Ctrl-C.
    mutating func goesOn(_ tally: TimelineTally) -> Bool {
        if isShown {
            let now = steady.now()
            if now >= nextDraw {
                nextDraw = now + Self.period
                hasDrawn = true
                Terminal.overwrite(Self.line(tally, after: now - began, language))
            }
        }
        return !Interrupts.wasAsked
    }

    /// Takes the line away again.
    mutating func end() {
        if hasDrawn { Terminal.overwrite("") }
        hasDrawn = false
    }

    /// `[#####...............]  25 %  1,250,000 rows  1.3 M rows/s  3 s left`.
    static func line(_ tally: TimelineTally, after elapsed: Duration, _ language: Language) -> String {
        let speed = speed(tally.rows, in: elapsed)
        guard let total = tally.bytesTotal, total > 0 else {
            return Phrase.replayProgressOpen(language, ["rows": grouped(tally.rows), "speed": speed])
        }
        let share = min(1, Double(tally.bytes) / Double(total))
        return Phrase.replayProgress(
            language,
            [
                "bar": Progress.bar(share), "percent": "\(Int(share * 100))", "rows": grouped(tally.rows),
                "speed": speed,
                "left": Progress.left(share, after: elapsed.seconds),
            ])
    }

    /// Rows a second: `940`, `12 k`, `1.3 M`.
    static func speed(_ rows: Int, in elapsed: Duration) -> String {
        let rate = Double(rows) / max(elapsed.seconds, 1e-3)
        switch rate {
        case 1e6...: return "\((rate / 1e5).rounded() / 10) M"
        case 1e4...: return "\(Int(rate / 1e3)) k"
        default: return "\(Int(rate))"
        }
    }

    /// `1,250,000`.
    static func grouped(_ count: Int) -> String {
        var text = ""
        for (place, digit) in String(count).reversed().enumerated() {
            if place > 0, place % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}
