import Glibc

/// A reader with a bare socket, so that it can refuse to read: curl always reads. The kernel's buffers between the two
/// ends are all that stands between it and the console.
///
/// Its calls block, so each runs on a thread of its own: the threads of Swift's tasks are the console's.
final class SlowReader: @unchecked Sendable {
    // Sendable, because every call is awaited before the next: one thread after the other touches the text.
    struct Failed: Error {
        var doing: String
        var code: Int32
    }

    private let descriptor: Int32
    private var text = ""

    init(socket path: String, after: UInt64) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let connected = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw Failed(doing: "connect", code: errno) }
        let request = Array("GET /api/v1/events?after=\(after) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        guard unsafe send(descriptor, request, request.count, 0) == request.count else {
            throw Failed(doing: "send", code: errno)
        }
    }

    deinit { close(descriptor) }

    /// Reads until the first beat: from then on the stream has its seat.
    func waitForGreeting() async throws {
        try await OpenConsole.onOwnThread { try self.readGreeting() }
    }

    private func readGreeting() throws {
        while !text.contains("event: beat") { guard try readSome() else { throw Failed(doing: "greet", code: 0) } }
    }

    /// Reads until the console ends the stream; the events of the whole stream.
    func readToEnd() async throws -> [ReadEvent] {
        try await OpenConsole.onOwnThread { while try self.readSome() {} }
        var events: [ReadEvent] = []
        var event = ReadEvent()
        // Chunk sizes of the transfer coding lie between: an event's lines never hold them, for each write is one chunk.
        // To Swift "\r\n" is one character, which no line feed splits.
        let lines = text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
        for line in lines {
            if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
            if line.hasPrefix("id: ") { event.id = UInt64(line.dropFirst(4)) }
            if line.hasPrefix("data: ") { event.data = String(line.dropFirst(6)) }
            if line.isEmpty, !event.name.isEmpty {
                events.append(event)
                event = ReadEvent()
            }
        }
        return events
    }

    /// - Returns: false at the end of the stream.
    private func readSome() throws -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw Failed(doing: "read", code: errno) }
        text += String(decoding: bytes.prefix(count), as: UTF8.self)
        return count > 0 && !text.hasSuffix("\r\n0\r\n\r\n")
    }
}
