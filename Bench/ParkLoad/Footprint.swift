import Glibc
import ParkSimulator

/// What the kernel says of a process, from `/proc`.
struct Footprint {
    let pid: Int32

    /// MiB that are in memory now; the parts of it that are the program's own, and mapped files (libraries, databases).
    struct Memory {
        var resident = 0.0
        var anonymous = 0.0
        var files = 0.0
        /// The most that was resident since the start of the process, or ``forgetPeak()``.
        var peak = 0.0
    }

    var memory: Memory {
        var memory = Memory()
        for line in text("status").split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 2, let kilobytes = Double(words[1]) else { continue }
            switch words[0] {
            case "VmRSS:": memory.resident = kilobytes / 1024
            case "VmHWM:": memory.peak = kilobytes / 1024
            case "RssAnon:": memory.anonymous = kilobytes / 1024
            case "RssFile:": memory.files = kilobytes / 1024
            default: break
            }
        }
        return memory
    }

    /// `peak` begins anew.
    func forgetPeak() {
        let file = unsafe open("/proc/\(pid)/clear_refs", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = unsafe write(file, "5", 1)
    }

    /// CPU seconds of all threads since the start.
    var processorSeconds: Double { Self.seconds(inStat: text("stat")) }

    /// CPU seconds by name of thread; threads of one name are added up.
    var processorSecondsByThread: [String: Double] {
        var seconds: [String: Double] = [:]
        for task in Files.names(in: "/proc/\(pid)/task") {
            let stat = text("task/\(task)/stat")
            guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")") else { continue }
            seconds[String(stat[stat.index(after: open)..<close]), default: 0] += Self.seconds(inStat: stat)
        }
        return seconds
    }

    var descriptors: Int { Files.names(in: "/proc/\(pid)/fd").count }

    private func text(_ name: String) -> String {
        let file = unsafe open("/proc/\(pid)/\(name)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        // Files of /proc say 0 for their size: read until nothing comes.
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        let count = unsafe read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
    }

    /// utime and stime stand 11 and 12 words behind the name, which may hold anything.
    private static func seconds(inStat stat: String) -> Double {
        guard let close = stat.lastIndex(of: ")") else { return .nan }
        let words = stat[stat.index(after: close)...].split(separator: " ")
        guard words.count > 12, let user = Double(words[11]), let system = Double(words[12]) else { return .nan }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
