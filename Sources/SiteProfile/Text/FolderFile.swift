import FoundationEssentials
import Glibc
import PlantModel

/// One file of a folder, as it was read: its bytes go into the site's hash, its text into the readers.
struct FolderFile {
    /// As messages name it: `rules/ammonia.yaml`.
    let shown: String
    let bytes: [UInt8]
    private let limit: ConfigurationText.Limit

    /// nil without a word when there is no such file; nil with a diagnostic when it cannot be read.
    static func read(
        _ path: String, shown: String, limit: ConfigurationText.Limit, findings: Findings
    ) -> FolderFile? {
        func refuse(_ message: String) -> FolderFile? {
            findings.error(at: SourceLocation(file: shown, line: 1, column: 1), message)
            return nil
        }
        // Without O_NONBLOCK a pipe put in the folder would hold the station at its door.
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = errno
            return reason == ENOENT || reason == ENOTDIR ? nil : refuse("cannot be opened (error \(reason))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return refuse("not a regular file")
        }
        guard status.st_size <= limit.rawValue else {
            return refuse(
                "the file has \(status.st_size) bytes; \(limit.rawValue / 1_048_576) MiB is the most that is read")
        }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit.rawValue {
            let count = unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return refuse("cannot be read (error \(errno))") }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return FolderFile(shown: shown, bytes: bytes, limit: limit)
    }

    func text(findings: Findings) -> ConfigurationText? {
        do {
            return try ConfigurationText(bytes: bytes, file: shown, limit: limit)
        } catch {
            findings.error(at: error.diagnostic.location, error.diagnostic.message)
            return nil
        }
    }

    /// The names in a folder, in name order; none when there is no such folder. Hidden files are left out.
    static func names(in path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }
}
