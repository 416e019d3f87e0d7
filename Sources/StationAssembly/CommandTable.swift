import PlantModel
import Synchronization

/// The bounded table of commands on their way: a slot of the input ring holds a command's number, this table its text.
///
/// A command leaves the table when its record is committed and handed to whoever sent it, and the input log has taken its text,
/// or will never have it. Full means "busy" to the next.
final class CommandTable: Sendable {
    private struct Entry {
        var command: OperatorCommand
        var record: AlarmRecord?
        /// Where it stands in the input ring, once that is known.
        var place: UInt64?
        var isLogged = false
        /// Whoever sent it has neither the record yet nor given up: the journal may be quicker than the asking.
        var isAwaited = true
        var waiter: CheckedContinuation<AlarmRecord?, Never>?

        var isDone: Bool { record != nil && isLogged && !isAwaited }
    }

    private struct State {
        var entries: [UInt32: Entry] = [:]
        var next: UInt32 = 1
        /// What stands before it in the input ring the log has read, or will never read.
        var passed: UInt64 = 0
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

    /// A command stands in the input ring.
    func notePublished(_ number: UInt32, at place: UInt64) {
        let isPassed = state.withLock { state in
            state.entries[number]?.place = place
            return place < state.passed
        }
        if isPassed { noteLogged([number]) }
    }

    /// Takes a command out again that could not be published.
    func withdraw(_ number: UInt32) { state.withLock { _ = $0.entries.removeValue(forKey: number) } }

    func command(_ number: UInt32) -> OperatorCommand? { state.withLock { $0.entries[number]?.command } }

    /// Waits for the committed record of a command. Once for each.
    /// - Returns: nil when ``giveUp(_:)`` came first.
    func record(of number: UInt32) async -> AlarmRecord? {
        await withCheckedContinuation { continuation in
            let known: AlarmRecord?? = state.withLock { state in
                guard var entry = state.entries[number], entry.isAwaited else { return .some(nil) }
                if entry.record == nil { entry.waiter = continuation } else { entry.isAwaited = false }
                state.entries[number] = entry.isDone ? nil : entry
                return entry.record.map { .some($0) }
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// The journal has committed the command's record.
    func answer(_ number: UInt32, with record: AlarmRecord) {
        let waiter = change(number) { entry in
            entry.record = record
            guard let waiter = entry.waiter else { return nil }
            entry.waiter = nil
            entry.isAwaited = false
            return waiter
        }
        waiter?.resume(returning: record)
    }

    /// Whoever waits stops waiting; the command itself goes on.
    func giveUp(_ number: UInt32) {
        let waiter = change(number) { entry in
            defer { entry.waiter = nil }
            entry.isAwaited = false
            return entry.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// The input log has taken the command's text.
    func noteLogged(_ numbers: some Sequence<UInt32>) {
        for number in numbers {
            _ = change(number) { entry in
                entry.isLogged = true
                return nil
            }
        }
    }

    /// The input log was overtaken: it will never have the texts of commands that stand before a place.
    func noteMissed(before place: UInt64) {
        let numbers = state.withLock { state in
            state.passed = max(state.passed, place)
            return state.entries.filter { $0.value.place.map { $0 < place } ?? false }.map(\.key)
        }
        noteLogged(numbers)
    }

    /// Changes an entry and takes it out when nobody needs it any more; the waiter to resume outside the lock.
    private func change(
        _ number: UInt32, _ body: (inout Entry) -> CheckedContinuation<AlarmRecord?, Never>?
    ) -> CheckedContinuation<AlarmRecord?, Never>? {
        state.withLock { state in
            guard var entry = state.entries[number] else { return nil }
            let waiter = body(&entry)
            state.entries[number] = entry.isDone ? nil : entry
            return waiter
        }
    }
}
