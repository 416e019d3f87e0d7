import Glibc

/// Bytes in order: a file, the standard input, or a text that a test has at hand.
package struct ByteSource: ~Copyable {
    /// What messages call it.
    package let name: String
    private let descriptor: Int32
    private let closes: Bool
    private var text: ArraySlice<UInt8>
    /// Bytes read so far.
    private(set) var bytesRead = 0
    /// How many there are; nil where nobody knows (a pipe).
    let bytesTotal: Int?

    /// A text that is already in memory.
    package init(text: String, name: String) { self.init(bytes: Array(text.utf8), name: name) }

    package init(bytes: [UInt8], name: String) {
        self.name = name
        text = bytes[...]
        bytesTotal = bytes.count
        descriptor = -1
        closes = false
    }

    /// - Parameter path: `-` is the standard input.
    package init(path: String) throws(RecordingMistake) {
        text = []
        if path == "-" {
            name = "standard input"
            descriptor = 0
            closes = false
            bytesTotal = Self.size(of: 0)
        } else {
            name = path
            descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
            closes = true
            bytesTotal = Self.size(of: descriptor)
            guard descriptor >= 0 else { throw RecordingMistake(file: path, "cannot be opened: \(systemReason())") }
        }
    }

    private static func size(of descriptor: Int32) -> Int? {
        var status = stat()
        guard descriptor >= 0, unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return Int(status.st_size)
    }

    deinit { if closes, descriptor >= 0 { close(descriptor) } }

    /// Appends up to `count` further bytes to `buffer`.
    /// - Returns: false at the end.
    package mutating func read(_ count: Int, into buffer: inout [UInt8]) throws(RecordingMistake) -> Bool {
        guard descriptor >= 0 else {
            buffer.append(contentsOf: text.prefix(count))
            bytesRead += min(count, text.count)
            defer { text = text.dropFirst(count) }
            return !text.isEmpty
        }
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: count))
        while true {
            let received = unsafe buffer.withUnsafeMutableBytes { bytes in
                // The region of `count` bytes behind `start` was just appended.
                unsafe Glibc.read(descriptor, bytes.baseAddress?.advanced(by: start), count)
            }
            if received < 0, errno == EINTR { continue }
            buffer.removeLast(count - max(0, received))
            bytesRead += max(0, received)
            guard received >= 0 else { throw RecordingMistake(file: name, "cannot be read: \(systemReason())") }
            return received > 0
        }
    }
}

/// The system's word for the error of the last call.
func systemReason() -> String { unsafe String(cString: strerror(errno)) }
