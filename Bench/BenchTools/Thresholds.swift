import Glibc

/// The committed limits of the figures: `Bench/thresholds`, one line each.
package struct Thresholds {
    private enum Bound { case atLeast(Double), atMost(Double) }

    private var bounds: [String: Bound] = [:]
    package private(set) var failures: [String] = []

    /// nil, with a word on standard error, when the file cannot be read or understood.
    package init?(path: String) {
        guard let text = Self.read(path) else {
            complain("\(path): error: cannot be read; run this from the top of the repository (make bench)")
            return nil
        }
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: " ")
            guard let name = words.first, !name.hasPrefix("#") else { continue }
            guard words.count == 3, let limit = Double(words[2]) else {
                complain("\(path):\(number + 1):1: error: a line is: name at-least|at-most number")
                return nil
            }
            bounds[String(name)] = words[1] == "at-least" ? .atLeast(limit) : .atMost(limit)
        }
    }

    /// Prints a figure beside its threshold and notes it when it fails.
    package mutating func check(_ name: String, _ figure: Double, _ explanation: String) {
        let (passes, limit): (Bool, String) =
            switch bounds[name] {
            case .atLeast(let least): (figure >= least, "at least \(least)")
            case .atMost(let most): (figure <= most, "at most \(most)")
            case nil: (false, "no threshold of this name")
            }
        report("\(passes ? "ok  " : "FAIL") \(name) \(shown(figure)) (\(limit)): \(explanation)")
        if !passes { failures.append(name) }
    }

    private static func read(_ path: String) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}

/// A number with three figures or so.
package func shown(_ number: Double) -> String {
    let scale = abs(number) >= 100 ? 1.0 : abs(number) >= 10 ? 10 : 100
    return "\((number * scale).rounded() / scale)"
}

/// A line of the result, at once: whoever waits sees how far it is.
package func report(_ line: String) { put(line, on: STDOUT_FILENO) }

package func complain(_ line: String) { put(line, on: STDERR_FILENO) }

private func put(_ line: String, on descriptor: Int32) {
    let bytes = Array("\(line)\n".utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
}

/// CPU seconds of this process.
package func processorSeconds() -> Double {
    var now = timespec()
    _ = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}

package func median(_ numbers: [Double]) -> Double {
    let sorted = numbers.sorted()
    return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
}
