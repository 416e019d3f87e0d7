import PlantModel
import Synchronization

/// Rule sets on their way into the core: a configuration slot holds the number, this table the rules, and what became of
/// them.
final class ConfigurationTable: Sendable {
    enum Outcome: Sendable, Equatable {
        /// In the ring, or being adopted.
        case underway
        case adopted
        /// The rules before it stay in force.
        case refused
    }

    private struct State {
        var rules: [UInt32: RuleSet] = [:]
        var next: UInt32 = 1
        /// Of the newest that was settled; one is on its way at a time.
        var settled: (number: UInt32, isAdopted: Bool)?
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

    /// The core says what became of the rules that it took.
    func settle(_ number: UInt32, isAdopted: Bool) { state.withLock { $0.settled = (number, isAdopted) } }

    func outcome(of number: UInt32) -> Outcome {
        state.withLock { state in
            guard let settled = state.settled, settled.number == number else { return .underway }
            return settled.isAdopted ? .adopted : .refused
        }
    }
}
