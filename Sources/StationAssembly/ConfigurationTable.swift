import PlantModel
import Synchronization

/// Rule sets on their way into the core: a configuration slot holds the number, this table the rules.
final class ConfigurationTable: Sendable {
    private struct State {
        var rules: [UInt32: RuleSet] = [:]
        var next: UInt32 = 1
    }

    private let state = Mutex(State())

    /// - Returns: the number to publish in a configuration slot.
    func enter(_ rules: RuleSet) -> UInt32 {
        state.withLock { state in
            defer { state.next += 1 }
            state.rules[state.next] = rules
            return state.next
        }
    }

    /// The rules of a slot; each can be taken once.
    func take(_ number: UInt32) -> RuleSet? { state.withLock { $0.rules.removeValue(forKey: number) } }
}
