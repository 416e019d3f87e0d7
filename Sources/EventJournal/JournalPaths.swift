import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// Where the journal of a station lies: a folder with the file, the head beside it, and the lock.
package struct JournalPaths: Sendable, Equatable {
    package let folder: String

    package init(folder: String) { self.folder = folder }

    package var file: String { "\(folder)/journal.sqlite" }
    package var head: String { "\(folder)/head" }
    package var lock: String { "\(folder)/lock" }
    /// A file in the making; renamed to ``file`` when it is whole.
    var next: String { "\(folder)/journal.sqlite.next" }

    /// The head file that belongs to a journal file, for readers that were given only that.
    static func head(besideFile file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "head" }
        return file[...slash] + "head"
    }

    func makeFolder() throws(JournalFault) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .notWritable("\(folder): cannot be made: \(error)")
        }
    }

    /// Moves the file and what SQLite keeps beside it to the first free `journal.sqlite.suspect-N`; its name.
    func setAside() throws(JournalFault) -> String {
        var number = 1
        while FileManager.default.fileExists(atPath: "\(file).suspect-\(number)") { number += 1 }
        let aside = "\(file).suspect-\(number)"
        // The file last: as long as it is in its place, another attempt finds everything.
        for suffix in ["-wal", "-shm", ""] where FileManager.default.fileExists(atPath: file + suffix) {
            try move(file + suffix, to: aside + suffix)
        }
        return aside
    }

    /// Puts a file that was made whole in its place.
    func adoptNext() throws(JournalFault) {
        try move(next, to: file)
        syncFolder()
    }

    func discardNext() {
        for suffix in ["", "-journal", "-wal", "-shm"] { _ = unsafe unlink(next + suffix) }
    }

    private func move(_ old: String, to new: String) throws(JournalFault) {
        guard unsafe rename(old, new) == 0 else {
            throw .notWritable("\(old): cannot be renamed to \(new): \(unsafe String(cString: strerror(errno)))")
        }
    }

    /// So that a rename survives a power cut. Some file systems refuse to sync a folder; they need none.
    private func syncFolder() {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
