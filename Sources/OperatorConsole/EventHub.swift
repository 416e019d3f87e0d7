import Logging
import NIOCore
import PlantModel
import PlantTime
import StationPorts
import Synchronization

/// The one reader of fresh commits. It encodes each event once and hands it to every open stream; a stream that cannot
/// keep up is cut, never the others held back.
final class EventHub: Sendable {
    enum Item: Sendable {
        case event(UInt64, ByteBuffer)
        case beat(ByteBuffer)
    }

    /// A place on the roster. It must be given back with ``EventHub/leave(_:)``.
    struct Seat: Sendable {
        fileprivate let number: StreamRoster.Seat
    }

    /// The live end of a stream: everything after `position`, in order, until the queue overflows.
    struct Live: Sendable {
        let position: UInt64
        let items: AsyncStream<Item>
    }

    private struct Listener {
        let queue: AsyncStream<Item>.Continuation
        var hasOverflowed = false
    }

    private struct State {
        var roster: StreamRoster
        /// Everything up to here has been handed out.
        var position: UInt64
        var listeners: [StreamRoster.Seat: Listener] = [:]
        var closers: [StreamRoster.Seat: @Sendable () -> Void] = [:]
        var readFailures = 0
        /// The last read has failed, and that is said in the log.
        var isUnreadable = false
    }

    private let feed: any CommitFeed
    private let archive: ArchiveReader
    private let clock: any PlantClock
    private let queueCapacity: Int
    private let writeLimit: Duration
    private let logger: Logger
    private let state: Mutex<State>
    /// Calls the reader when a stream goes live; it keeps one call.
    private let (calls, call) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    static let batch = 256
    /// What the reader waits when the journal does not answer.
    private static let patience: Duration = .milliseconds(250)

    init(
        feed: any CommitFeed, archive: ArchiveReader, clock: any PlantClock, capacity: Int, queueCapacity: Int,
        writeLimit: Duration, logger: Logger
    ) {
        self.feed = feed
        self.archive = archive
        self.clock = clock
        self.queueCapacity = queueCapacity
        self.writeLimit = writeLimit
        self.logger = logger
        state = Mutex(State(roster: StreamRoster(capacity: capacity), position: feed.committed()))
    }

    // MARK: The plant's side

    /// Follows the committed mark until cancelled, as long as somebody listens. With nobody it is not woken by a commit, for
    /// which a person is waiting elsewhere: whoever comes reads the journal up to where it goes live.
    func follow() async {
        for await _ in calls {
            while hasListeners, !Task.isCancelled { await passOn() }
        }
    }

    private var hasListeners: Bool { state.withLock { !$0.listeners.isEmpty } }

    /// Waits for a commit and hands it out. What the journal cannot give yet is asked for again: nothing is skipped.
    private func passOn() async {
        let position = self.position
        let committed = await feed.waitForCommit(after: position, atMost: .seconds(1))
        guard committed > position else { return }
        do {
            let records = try await archive.read { try $0.records(after: position, limit: Self.batch) }
                .filter { $0.sequence <= committed }
            let isBack = state.withLock { state in
                defer { state.isUnreadable = false }
                return state.isUnreadable
            }
            if isBack { logger.notice("event stream reads the journal again") }
            for record in records { hand(out: record) }
            if records.isEmpty { try await Task.sleep(for: Self.patience) }
        } catch is CancellationError {
            return
        } catch {
            let isNew = state.withLock { state in
                state.readFailures += 1
                defer { state.isUnreadable = true }
                return !state.isUnreadable
            }
            if isNew { logger.error("event stream cannot read the journal", metadata: ["error": "\(error)"]) }
            try? await Task.sleep(for: Self.patience)
        }
    }

    /// Hands a beat to every stream, and cuts those whose readers took nothing for too long.
    func beat(_ data: JSONText) {
        let text = StreamText.passing("beat", data)
        let now = clock.now()
        let closers = state.withLock { state in
            // A beat that finds the queue full is left out: the events in it say more.
            for listener in state.listeners.values { listener.queue.yield(.beat(text)) }
            let stalled = state.roster.stalled(at: now, limit: writeLimit)
            return stalled.compactMap { seat in
                // Taking the closer out makes the cut happen, and count, once.
                let closer = state.closers.removeValue(forKey: seat)
                if closer != nil { state.roster.noteCut(.writeLimit) }
                return closer
            }
        }
        for close in closers { close() }
    }

    private func hand(out record: AlarmRecord) {
        state.withLock { state in
            guard record.sequence > state.position else { return }
            state.position = record.sequence
            guard !state.listeners.isEmpty else { return }
            let item = Item.event(record.sequence, StreamText.event(record))
            for (seat, listener) in state.listeners where !listener.hasOverflowed {
                if case .dropped = listener.queue.yield(item) {
                    state.listeners[seat]?.hasOverflowed = true
                    state.roster.noteCut(.overflow)
                    // What is queued is still delivered; the reader resumes behind it.
                    listener.queue.finish()
                }
            }
        }
    }

    // MARK: The reader's side

    /// The last event that streams have been given; while there are none, the last that is committed.
    var position: UInt64 { state.withLock { present(&$0) } }

    private func present(_ state: inout State) -> UInt64 {
        if state.listeners.isEmpty { state.position = max(state.position, feed.committed()) }
        return state.position
    }

    /// - Parameter close: cuts the connection; called at most once, when its writing stands still.
    func admit(close: @escaping @Sendable () -> Void) throws(Problem) -> Seat {
        let number: StreamRoster.Seat? = state.withLock { state in
            guard let number = state.roster.admit() else { return nil }
            state.closers[number] = close
            return number
        }
        guard let number else {
            let capacity = state.withLock { $0.roster.capacity }
            throw Problem(.streamsFull, found: String(capacity), expected: String(capacity))
        }
        return Seat(number: number)
    }

    /// Opens the live end: from here on no event passes the seat by.
    func goLive(_ seat: Seat) -> Live {
        let (items, queue) = AsyncStream.makeStream(of: Item.self, bufferingPolicy: .bufferingOldest(queueCapacity))
        let position = state.withLock { state in
            defer { state.listeners[seat.number] = Listener(queue: queue) }
            return present(&state)
        }
        call.yield()
        return Live(position: position, items: items)
    }

    func hasOverflowed(_ seat: Seat) -> Bool {
        state.withLock { $0.listeners[seat.number]?.hasOverflowed ?? false }
    }

    func leave(_ seat: Seat) {
        state.withLock { state in
            state.listeners.removeValue(forKey: seat.number)?.queue.finish()
            state.closers[seat.number] = nil
            state.roster.leave(seat.number)
        }
    }

    /// Performs one write of a seat under the eye of the watch in ``beat(_:)``.
    func write(_ seat: Seat, _ body: () async throws -> Void) async throws {
        let now = clock.now()
        state.withLock { $0.roster.writeBegan(seat.number, at: now) }
        defer { state.withLock { $0.roster.writeEnded(seat.number) } }
        try await body()
    }

    // MARK: Counts

    func metrics() -> [Metric] {
        let (open, cuts, refused, failures) = state.withLock {
            ($0.roster.count, $0.roster.cuts, $0.roster.refusedCount, $0.readFailures)
        }
        return [
            Metric(
                "hazardd_console_streams", help: "Event streams that are open now.", kind: .gauge, value: Double(open)),
            Metric(
                "hazardd_console_streams_refused_total", help: "Event streams refused because all seats were taken.",
                kind: .counter, value: Double(refused)),
            Metric(
                "hazardd_console_journal_failures_total", help: "Reads of the journal for event streams that failed.",
                kind: .counter, value: Double(failures)),
        ]
            + StreamRoster.Cut.allCases.map { cut in
                Metric(
                    "hazardd_console_streams_cut_total", help: "Event streams ended because their reader was too slow.",
                    kind: .counter, labels: [("reason", cut.rawValue)], value: Double(cuts[cut] ?? 0))
            }
    }
}
