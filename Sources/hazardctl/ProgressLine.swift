import PlantTime
import Synchronization

/// How far a long piece of work is, on standard error: a bar that redraws itself on a terminal, elsewhere a line at each
/// tenth. Nothing is shown of what takes less than half a second.
final class ProgressLine: Sendable {
    private struct State {
        var tenth = 0
        var hasDrawn = false
        var lastDrawn: ContinuousClock.Instant
    }

    private let total: Int
    private let name: String
    private let language: Language
    private let started: ContinuousClock.Instant
    private let state: Mutex<State>
    private let isTerminal = Terminal.hasErrorTerminal

    init(total: Int, name: String, language: Language) {
        self.total = total
        self.name = name
        self.language = language
        started = ContinuousClock().now
        state = Mutex(State(lastDrawn: started))
    }

    /// From any thread.
    func show(_ done: Int) {
        let now = ContinuousClock().now
        guard total > 0, now - started >= .milliseconds(500) else { return }
        state.withLock { state in
            if isTerminal {
                guard now - state.lastDrawn >= .milliseconds(100) else { return }
                state.lastDrawn = now
                state.hasDrawn = true
                Terminal.overwrite(line(done, elapsed: (now - started).seconds))
            } else if done * 10 / total > state.tenth {
                state.tenth = done * 10 / total
                Terminal.note(line(done, elapsed: (now - started).seconds))
            }
        }
    }

    /// Takes the bar away.
    func end() {
        state.withLock { if $0.hasDrawn { Terminal.overwrite("") } }
    }

    /// `mutants [########............] 41 %  123 of 300, 0:12 left`.
    func line(_ done: Int, elapsed: Double) -> String {
        let part = Double(done) / Double(max(1, total))
        return
            "\(name) [\(Progress.bar(part))] \(Int(part * 100)) %  \(TestPhrase.progress(language, ["done": "\(done)", "total": "\(total)", "left": Progress.left(part, after: elapsed)]))"
    }
}

/// The pieces that every progress line is made of.
enum Progress {
    /// `########............`, for a share from 0 to 1.
    static func bar(_ share: Double) -> String {
        let filled = Int(min(max(share, 0), 1) * 20)
        return String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
    }

    /// How long it takes from here, if the rest goes as fast: `0:12`.
    /// - Parameter elapsed: seconds.
    static func left(_ share: Double, after elapsed: Double) -> String {
        share > 0 ? ShownText.span(seconds: elapsed * (1 - share) / share) : "?"
    }
}
