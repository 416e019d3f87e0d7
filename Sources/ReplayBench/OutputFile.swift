import Glibc

/// Puts a finished file in its place whole: nobody ever sees half of it.
package enum OutputFile {
    /// - Parameter path: `-` is the standard output.
    package static func write(_ bytes: [UInt8], to path: String) throws(OutputRefused) {
        if path == "-" {
            try write(bytes, into: 1, path: "standard output")
            return
        }
        let temporary = "\(path).\(getpid()).part"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw OutputRefused(path: path, reason: systemReason()) }
        defer { close(descriptor) }
        do throws(OutputRefused) {
            try write(bytes, into: descriptor, path: path)
            guard fsync(descriptor) == 0, unsafe rename(temporary, path) == 0 else {
                throw OutputRefused(path: path, reason: systemReason())
            }
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
    }

    private static func write(_ bytes: [UInt8], into descriptor: Int32, path: String) throws(OutputRefused) {
        var written = 0
        while written < bytes.count {
            let sent = unsafe bytes.withUnsafeBytes { buffer in
                // Behind `written` lie the bytes that have not been taken yet.
                unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if sent < 0, errno == EINTR { continue }
            guard sent >= 0 else { throw OutputRefused(path: path, reason: systemReason()) }
            written += sent
        }
    }
}

package struct OutputRefused: Error, Equatable, CustomStringConvertible {
    package var path: String
    package var reason: String

    package var description: String { "\(path): error: cannot be written: \(reason)" }
}
