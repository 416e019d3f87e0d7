import Foundation

/// Reading, writing and copying small files, with errors that a person can act on.
package enum Files {
    package static func write(_ text: String, to path: String, mode: Int = 0o600) throws(ParkFailure) {
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        else { throw ParkFailure("\(path) could not be written") }
    }

    /// The text of a file; bytes that are not UTF-8 are replaced.
    package static func text(of path: String) throws(ParkFailure) -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ParkFailure("\(path) could not be read")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    package static func isExecutable(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: path)
    }

    package static func makeFolder(_ path: String) throws(ParkFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw ParkFailure("the folder \(path) could not be made: \(error.localizedDescription)") }
    }

    /// A new, empty folder below the system's temporary folder that only we can read.
    package static func temporaryFolder(_ prefix: String) throws(ParkFailure) -> String {
        let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let path = "\(base)/\(prefix)-\(RandomName.make(letters: 10))"
        try makeFolder(path)
        return path
    }

    package static func copyFolder(_ source: String, to target: String) throws(ParkFailure) {
        do { try FileManager.default.copyItem(atPath: source, toPath: target) } catch {
            throw ParkFailure("\(source) could not be copied to \(target): \(error.localizedDescription)")
        }
    }

    /// The names in a folder, in order; none when it is not there.
    package static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// Removes a folder that ``temporaryFolder(_:)`` made. Nothing to do when it is gone.
    package static func removeFolder(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }
}
