import CLinux
import CMosquitto
import Foundation
import Glibc
import Testing

/// A real mosquitto on a free loopback port, with a folder of its own; ended by its process id.
final class TestBroker {
    static let program = "/usr/sbin/mosquitto"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }

    private(set) var port: UInt16 = 0
    private let folder: TemporaryFolder
    private var process: pid_t?

    /// - Parameters:
    ///   - configuration: further lines of its file; `@FOLDER@` stands for its folder.
    ///   - listener: further lines of its one listener.
    init(_ configuration: String = "", listener: String = "", files: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        for (name, text) in files {
            try text.write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
        }
        // mosquitto 2.0 cannot bind port 0: find a free one, give it back, start, see whether it took it; five tries.
        for _ in 0..<5 {
            port = try Self.freePort()
            let text = """
                \(configuration.replacingOccurrences(of: "@FOLDER@", with: folder.path))
                listener \(port) 127.0.0.1
                \(listener)
                allow_anonymous true
                user root
                persistence true
                persistence_location \(folder.path)/
                log_dest file \(folder.path)/log
                log_type all
                """
            try text.write(toFile: "\(folder.path)/conf", atomically: true, encoding: .utf8)
            if try launch() { return }
        }
        throw BrokerTrouble(log: log)
    }

    deinit { stop() }

    struct BrokerTrouble: Error { var log: String }

    var log: String { (try? String(contentsOfFile: "\(folder.path)/log", encoding: .utf8)) ?? "" }

    /// Waits until it has taken a client's farewell: what is published from then on goes into the client's queue, and not into a
    /// socket that nobody reads any more.
    func hasSeenOff(_ client: String) -> Bool {
        for _ in 0..<500 {
            if log.contains("Received DISCONNECT from \(client)") { return true }
            _ = poll(nil, 0, 10)
        }
        return false
    }

    /// Ends it in order, so that it saves its sessions.
    func stop() {
        guard let process else { return }
        kill(process, SIGTERM)
        _ = waitpid(process, nil, 0)
        self.process = nil
    }

    /// Starts it again on the same port and store.
    func start() throws {
        guard try launch() else { throw BrokerTrouble(log: log) }
    }

    private func launch() throws -> Bool {
        let child = try spawn(Self.program, ["-c", "\(folder.path)/conf"])
        process = child
        // Until it takes a connection, or has ended; poll(2) waits between tries.
        for _ in 0..<500 {
            if Self.connects(to: port) { return true }
            if waitpid(child, nil, WNOHANG) != 0 {
                process = nil
                return false
            }
            _ = poll(nil, 0, 10)
        }
        stop()
        return false
    }

    /// A port of this host.
    static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// The address as the calls of sockets want it.
    static func withAddress(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Int32
    ) -> Int32 {
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
        }
    }

    private static func freePort() throws -> UInt16 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard unsafe withAddress(&address, { unsafe bind(socket, $0, size) }) == 0,
            unsafe withAddress(&address, { unsafe getsockname(socket, $0, &size) }) == 0
        else { throw BrokerTrouble(log: "no free port") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func connects(to port: UInt16) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = address(port)
        return unsafe withAddress(&address) {
            unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        } == 0
    }
}

/// Starts a program that says nothing.
private func spawn(_ program: String, _ arguments: [String]) throws -> pid_t {
    let nothing = unsafe open("/dev/null", O_RDWR)
    defer { close(nothing) }
    var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    // No death signal: it would come when this thread of the test runner ends. Whoever starts it ends it.
    let child = unsafe clinux_spawn(program, &words, &environment, nothing, nothing, nothing, 0)
    guard child > 0 else { throw TestBroker.BrokerTrouble(log: "\(program): errno \(-child)") }
    return child
}

/// Runs a program to its end.
func run(_ program: String, _ arguments: String...) throws {
    var status: Int32 = 0
    let child = try spawn(program, arguments)
    guard unsafe waitpid(child, &status, 0) == child, status == 0 else {
        throw TestBroker.BrokerTrouble(log: "\(program) ended with \(status)")
    }
}

/// A device of the field: a plain libmosquitto client that publishes and waits for the broker's acknowledgement.
@safe final class TestDevice {
    // @safe: the handle is made in init, used by the test's thread and freed in deinit only.
    private let handle: OpaquePointer
    private final class Progress {
        var isConnected = false
        var published: Int32 = 0
    }
    private let progress = Progress()

    struct Trouble: Error { var code: Int32 }

    /// - Parameter will: topic on which the broker says `offline`, retained, when the device is cut off.
    init(port: UInt16, will: String? = nil, authority: String? = nil) throws {
        _ = mosquitto_lib_init()
        let user = unsafe Unmanaged.passUnretained(progress).toOpaque()
        guard let handle = unsafe mosquitto_new(nil, true, user) else { throw Trouble(code: -1) }
        unsafe self.handle = handle
        unsafe mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5)
        unsafe mosquitto_connect_callback_set(handle) { _, user, code in
            guard let user = unsafe user, code == 0 else { return }
            unsafe Unmanaged<Progress>.fromOpaque(user).takeUnretainedValue().isConnected = true
        }
        unsafe mosquitto_publish_callback_set(handle) { _, user, _ in
            guard let user = unsafe user else { return }
            unsafe Unmanaged<Progress>.fromOpaque(user).takeUnretainedValue().published += 1
        }
        if let will { unsafe mosquitto_will_set(handle, will, 7, "offline", 1, true) }
        if let authority { unsafe mosquitto_tls_set(handle, authority, nil, nil, nil, nil) }
        let code = unsafe mosquitto_connect(handle, "127.0.0.1", Int32(port), 30)
        guard code == 0 else { throw Trouble(code: code) }
        try loop { progress.isConnected }
    }

    // Freed without a DISCONNECT: to the broker it was cut off.
    deinit { unsafe mosquitto_destroy(handle) }

    func publish(_ text: String, on topic: String, retained: Bool = false) throws {
        try publish(Array(text.utf8), on: topic, retained: retained)
    }

    func publish(_ bytes: [UInt8], on topic: String, retained: Bool = false, quality: Int32 = 1) throws {
        let before = progress.published
        let code = unsafe bytes.withUnsafeBytes {
            unsafe mosquitto_publish(handle, nil, topic, Int32($0.count), $0.baseAddress, quality, retained)
        }
        guard code == 0 else { throw Trouble(code: code) }
        try loop { progress.published > before }
    }

    private func loop(until isDone: () -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while !isDone() {
            let code = unsafe mosquitto_loop(handle, 50, 1)
            guard code == 0, ContinuousClock.now < deadline else { throw Trouble(code: code) }
        }
    }
}
