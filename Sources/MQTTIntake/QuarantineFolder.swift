package import DeviceMap
import FoundationEssentials
import Glibc
import PlantTime
import Synchronization

/// A quarantine of files: one per payload, a few lines of what is known and then its first bytes as they came. The
/// oldest go when the folder is full, so it never fills a disk.
package final class QuarantineFolder: QuarantineStore {
    private struct Kept {
        var name: String
        var bytes: Int
    }

    private struct State {
        var kept: [Kept]
        var bytes: Int
        var nextNumber: Int
    }

    package let path: String
    private let bytesMax: Int
    private let filesMax: Int
    private let state: Mutex<State>

    /// Opens the folder, makes it if need be, and counts what an earlier run left in it.
    package init(path: String, bytesMax: Int = 16 << 20, filesMax: Int = 4096) throws {
        self.path = path
        self.bytesMax = bytesMax
        self.filesMax = filesMax
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".payload") }
            .sorted()
        let kept = names.map { Kept(name: $0, bytes: Self.size(of: "\(path)/\($0)")) }
        let newest = names.last.flatMap { Int($0.prefix { $0 != "." }) } ?? 0
        state = Mutex(State(kept: kept, bytes: kept.reduce(0) { $0 + $1.bytes }, nextNumber: newest + 1))
    }

    /// Bytes of a file; 0 when it is gone.
    private static func size(of path: String) -> Int {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 ? Int(facts.st_size) : 0
    }

    /// Somebody who has read a payload may have removed it: not there is as good as gone.
    private static func remove(_ path: String) throws {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch let fault as CocoaError where fault.code == .fileNoSuchFile {}
    }

    package func keep(_ payload: QuarantinedPayload) throws {
        let head = """
            broker: \(payload.broker)
            topic: \(payload.topic)
            device: \(payload.device ?? "-")
            arrival: \(TimeText.utc(payload.arrival))
            reason: \(payload.reason)
            bytes: \(payload.totalBytes), the first \(payload.head.count) follow the empty line


            """
        let contents = Data(head.utf8) + Data(payload.head)
        try state.withLock { state in
            while !state.kept.isEmpty, state.bytes + contents.count > bytesMax || state.kept.count >= filesMax {
                let oldest = state.kept.removeFirst()
                state.bytes -= oldest.bytes
                try Self.remove("\(path)/\(oldest.name)")
            }
            // Numbers of one width, so that names sort by age.
            let digits = String(state.nextNumber)
            let name = String(repeating: "0", count: max(0, 12 - digits.count)) + digits + ".payload"
            try contents.write(to: URL(filePath: "\(path)/\(name)"))
            state.nextNumber += 1
            state.kept.append(Kept(name: name, bytes: contents.count))
            state.bytes += contents.count
        }
    }
}
