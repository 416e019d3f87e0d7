import FoundationEssentials
import StationPorts

#if canImport(Glibc)
    import Glibc
#endif

/// The small `head` file beside the journal: where it ended after the last commit (operations.md, fact 1). It is written
/// after each commit and not synced: it may be behind the journal after a power cut, and is never ahead of an honest one.
struct HeadFile: ~Copyable {
    private let descriptor: CInt

    init(path: String) throws(JournalFault) {
        let opened = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            throw .notWritable("\(path): cannot be opened for writing: \(unsafe String(cString: strerror(errno)))")
        }
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// One line of fixed length in one write, so that a reader never sees half of it.
    /// - Returns: whether it was written. A failure is no fault of the commit: the next commit writes it again.
    func write(_ head: JournalHead) -> Bool {
        let line = Self.line(for: head)
        return unsafe line.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) } == line.count
    }

    /// The id, the sequence in twenty digits, the hash: written before anybody is told, so made of bytes.
    static func line(for head: JournalHead) -> [UInt8] {
        let digits = String(head.sequence).utf8
        var line: [UInt8] = []
        line.reserveCapacity(128)
        line += head.journalID.utf8
        line.append(0x20)
        line += repeatElement(0x30, count: 20 - digits.count)
        line += digits
        line.append(0x20)
        line += head.hash.utf8
        line.append(0x0A)
        return line
    }

    /// The head in a file; nil when there is none or it is not one.
    static func read(path: String) -> JournalHead? {
        guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let sequence = UInt64(words[1]), sequence < Outbox.sequenceEnd,
            words[2].utf8.count == 64
        else { return nil }
        return JournalHead(journalID: String(words[0]), sequence: sequence, hash: String(words[2]))
    }
}
