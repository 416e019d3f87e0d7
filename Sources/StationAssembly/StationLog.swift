package import Logging

#if canImport(Glibc)
    import Glibc
#endif

/// The log, as journald reads it from standard error: `<priority>` first, then a constant message and its metadata. The
/// journal of alarms, not this, is the record.
package struct StationLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.info
    private let site: String

    package init(label: String, site: String) { self.site = site }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let fields = all.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
        let line = "<\(Self.priority(of: event.level))>\(event.message) site=\(site)\(fields)\n"
        // One write a line: lines of several threads do not mix, and nothing waits in a buffer when the process dies.
        _ = unsafe line.utf8CString.withUnsafeBufferPointer {
            unsafe write(STDERR_FILENO, $0.baseAddress, $0.count - 1)
        }
    }

    /// syslog(3) numbers.
    private static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }

    private static func quoted(_ text: String) -> String {
        let line = text.replacing("\n", with: "\\n").replacing("\"", with: "'")
        return line.contains(" ") || line.isEmpty ? "\"\(line)\"" : line
    }
}
