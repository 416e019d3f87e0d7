import FuzzTargets
import Glibc

/// What libFuzzer calls: it has the main function, mutates by coverage, and keeps an input that ends the program.
///
/// The environment names the target: `FUZZ_TARGET=frames`. A broken promise ends the program like a crash.
enum Guided {
    /// libFuzzer calls on one thread only, and the target is made before the first call: nothing is shared.
    nonisolated(unsafe) static let target: any FuzzTarget = {
        let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
        guard let target = FuzzTargets.named(name) else {
            say("FUZZ_TARGET is \"\(name)\"; one of \(FuzzTargets.names.joined(separator: " ")) would do")
            exit(64)
        }
        return target
    }()

    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
