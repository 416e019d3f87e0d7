import PlantModel
import Synchronization

/// The bounded table of commands on their way: a slot of the input ring holds a command's number, this table its text.
///
/// A command leaves the table when its record is committed and the input log has its text. Full means "busy" to the next.
final class CommandTable: Sendable {
    private struct Entry {
        var command: OperatorCommand
        var isAnswered = false
        var isLogged = false
        var waiter: CheckedContinuation<AlarmRecord?, Never>?
    }

    private struct State {
        var entries: [UInt32: Entry] = [:]
        var next: UInt32 = 1
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    /// Takes a command in.
    /// - Returns: its number, or nil when the table is full.
    func enter(_ command: OperatorCommand) -> UInt32? {
        state.withLock { state in
            guard state.entries.count < capacity else { return nil }
            let number = state.next
            state.next = number == .max ? 1 : number + 1
            state.entries[number] = Entry(command: command)
            return number
        }
    }

    /// Takes a command out again that could not be published.
    func withdraw(_ number: UInt32) { state.withLock { _ = $0.entries.removeValue(forKey: number) } }

    func command(_ number: UInt32) -> OperatorCommand? { state.withLock { $0.entries[number]?.command } }

    /// Waits for the committed record of a command.
    /// - Returns: nil when ``giveUp(_:)`` came first.
    func record(of number: UInt32) async -> AlarmRecord? {
        await withCheckedContinuation { continuation in
            let isGone = state.withLock { state in
                guard state.entries[number] != nil else { return true }
                state.entries[number]?.waiter = continuation
                return false
            }
            if isGone { continuation.resume(returning: nil) }
        }
    }

    /// The journal has committed the command's record.
    func answer(_ number: UInt32, with record: AlarmRecord) {
        let waiter = settle(number) { $0.isAnswered = true }
        waiter?.resume(returning: record)
    }

    /// Whoever waits stops waiting; the command itself goes on.
    func giveUp(_ number: UInt32) {
        let waiter = state.withLock { state in
            defer { state.entries[number]?.waiter = nil }
            return state.entries[number]?.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// The input log has the command's text.
    func noteLogged(_ numbers: some Sequence<UInt32>) {
        for number in numbers { _ = settle(number, keepWaiter: true) { $0.isLogged = true } }
    }

    private func settle(
        _ number: UInt32, keepWaiter: Bool = false, _ change: (inout Entry) -> Void
    ) -> CheckedContinuation<AlarmRecord?, Never>? {
        state.withLock { state in
            guard var entry = state.entries[number] else { return nil }
            change(&entry)
            let waiter = keepWaiter ? nil : entry.waiter
            if !keepWaiter { entry.waiter = nil }
            state.entries[number] = entry.isAnswered && entry.isLogged ? nil : entry
            return waiter
        }
    }
}
