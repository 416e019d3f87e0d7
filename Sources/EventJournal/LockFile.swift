import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// The lock that makes one process the writer of a state folder: held by `flock`, so that it ends with the process however
/// that ends; the pid inside is for the message only.
struct LockFile: ~Copyable {
    private let descriptor: CInt

    init(path: String) throws(JournalFault) {
        let opened = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            throw .notWritable("\(path): cannot be opened for writing: \(unsafe String(cString: strerror(errno)))")
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let held = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
            close(opened)
            throw .heldElsewhere(pid: held.flatMap { Int32($0.filter { $0.isNumber }) })
        }
        let line = Array("\(getpid())\n".utf8)
        ftruncate(opened, 0)
        // A pid that cannot be written only makes a poorer message.
        _ = unsafe line.withUnsafeBytes { unsafe pwrite(opened, $0.baseAddress, $0.count, 0) }
        descriptor = opened
    }

    deinit {
        // A program that another thread is starting may still have the descriptor, and the lock with it, until it runs.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
