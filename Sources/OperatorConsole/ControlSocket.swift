import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// The Unix control socket as the kernel sees it. All calls to C of this room are in this file.
enum ControlSocket {
    private static let backlog: Int32 = 64

    /// Binds and listens at a path, mode 0660, and replaces a socket that nobody answers any more.
    /// - Returns: the listening descriptor; the caller owns it.
    static func listen(at path: String) throws(ConsoleFault) -> Int32 {
        let address = try address(path)
        try clearDeadSocket(at: path, address)
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .socket(doing: "open", path: path, code: errno) }
        do throws(ConsoleFault) {
            guard unsafe call(address, { unsafe bind(descriptor, $0, $1) }) == 0 else {
                throw .socket(doing: "bind", path: path, code: errno)
            }
            guard unsafe chmod(path, 0o660) == 0 else { throw .socket(doing: "set mode 0660", path: path, code: errno) }
            guard Glibc.listen(descriptor, backlog) == 0 else {
                throw .socket(doing: "listen", path: path, code: errno)
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Makes a descriptor of systemd's ours: closed in children, never blocking.
    static func adopt(_ descriptor: Int32) throws(ConsoleFault) -> Int32 {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) >= 0,
            fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) >= 0
        else { throw .socket(doing: "adopt", path: "descriptor \(descriptor)", code: errno) }
        return descriptor
    }

    static func remove(at path: String) { unsafe unlink(path) }

    /// The user at the other end of a connection, as the kernel noted it at connect.
    static func user(of connection: Int32) -> UInt32? {
        UInt32(exactly: clinux_peer_uid(connection))
    }

    static func ownUser() -> UInt32 { geteuid() }

    /// May ask a directory server: at start only.
    static func user(named name: String) -> UInt32? {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var room = [CChar](repeating: 0, count: 16_384)
        // The pointers live for the call; of the answer only a number is kept.
        let code = unsafe getpwnam_r(name, &entry, &room, room.count, &found)
        return unsafe code == 0 && found != nil ? entry.pw_uid : nil
    }

    private static func address(_ path: String) throws(ConsoleFault) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard !bytes.isEmpty, bytes.count <= room, !bytes.contains(0) else {
            throw .pathTooLong(path, bytesMax: room)
        }
        // In bounds: at most all but the last byte of the array inside, which stays 0.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return address
    }

    /// A socket file outlives its process. If somebody answers it, it is another station's and stays.
    private static func clearDeadSocket(at path: String, _ address: sockaddr_un) throws(ConsoleFault) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw .socket(doing: "replace what is no socket", path: path, code: EEXIST)
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw .socket(doing: "open", path: path, code: errno) }
        defer { close(probe) }
        // A full backlog (EAGAIN) is an answer too; only a refusal says that nobody is there.
        if unsafe call(address, { unsafe connect(probe, $0, $1) }) == 0 || errno != ECONNREFUSED {
            throw .answeredByAnother(path: path)
        }
        unsafe unlink(path)
    }

    private static func call(
        _ address: sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        unsafe withUnsafePointer(to: address) { pointer in
            // A sockaddr_un begins with the fields of a sockaddr: the cast that every call of the family asks for.
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
