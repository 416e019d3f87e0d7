import NIOPosix
import StationPorts

/// The journal, read on threads of its own: a disk that hangs holds up these reads and nothing else of the console, so
/// that /livez and the beats go on and tell of it.
struct ArchiveReader: Sendable {
    private let archive: any AlarmArchive
    private let threads: NIOThreadPool

    init(_ archive: any AlarmArchive, threads: NIOThreadPool) {
        self.archive = archive
        self.threads = threads
    }

    func read<Answer: Sendable>(_ body: @escaping @Sendable (any AlarmArchive) throws -> Answer) async throws -> Answer
    {
        let archive = archive
        return try await threads.runIfActive { try body(archive) }
    }

    /// For answers to people: a journal that cannot be read is a problem, not a silence.
    func answer<Answer: Sendable>(
        _ body: @escaping @Sendable (any AlarmArchive) throws -> Answer
    ) async throws(Problem) -> Answer {
        do {
            return try await read(body)
        } catch {
            throw Problem(.journalUnreadable, found: "\(error)")
        }
    }
}
