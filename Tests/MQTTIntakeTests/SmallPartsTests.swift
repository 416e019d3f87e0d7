import DeviceMap
import Foundation
import PlantModel
import PlantTesting
import PlantTime
import Testing

@testable import MQTTIntake

private let now = PlantInstant(milliseconds: 1_795_509_000_000)

/// A folder of its own that goes with the test.
final class TemporaryFolder {
    let path: String
    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "hazardd-mqtt-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct `Window of repeats` {
    @Test func `keeps the newest 4,096 and no more`() {
        var window = RepeatWindow()
        for key in UInt64(0)..<5000 { #expect(window.notes(key, at: now) == false) }
        #expect(window.notes(4999, at: now) == true)
        #expect(window.notes(904, at: now) == true)
        #expect(window.notes(903, at: now) == false)
    }

    @Test func `keeps ten minutes and no longer`() {
        var window = RepeatWindow()
        #expect(window.notes(1, at: now) == false)
        #expect(window.notes(1, at: now + .seconds(600)) == true)
        #expect(window.notes(1, at: now + .seconds(601)) == false)
    }
}

@Suite struct `Log budget of a device` {
    @Test func `is ten lines a minute, and says what it withheld`() {
        var budget = LineBudget()
        for _ in 0..<10 { #expect(budget.spend(at: now) == 0) }
        for _ in 0..<7 { #expect(budget.spend(at: now) == nil) }
        #expect(budget.spend(at: now + .seconds(60)) == 7)
        #expect(budget.spend(at: now + .seconds(60)) == 0)
    }
}

@Suite struct `Memory of what a broker dropped` {
    @Test func `is of that broker alone, and none where it is damaged`() throws {
        let folder = try TemporaryFolder()
        let memory = DropMemory(path: "\(folder.path)/filters-b.dropped", address: "mq.example:1883")
        #expect(memory.recall() == nil)
        try memory.remember(.unchanged)
        #expect(memory.recall() == .unchanged)
        try memory.remember(.number(905))
        try memory.remember(.number(906))
        #expect(memory.recall() == .number(906))
        #expect(DropMemory(path: memory.path, address: "mq.example:8883").recall() == nil)
        for damage in ["", "906", "mq.example:1883 -1", "mq.example:1883 many", "mq.example:1883 9 0"] {
            try damage.write(toFile: memory.path, atomically: true, encoding: .utf8)
            #expect(memory.recall() == nil)
        }
    }
}

@Suite struct `Slots on their way into the ring` {
    private func batch(safety: Int, ordinary: Int) -> IntakeBatch {
        var batch = IntakeBatch()
        for number in 0..<safety {
            batch.append(aSample(of: UInt32(number), at: 0, .good(1)), isSafety: true, source: 0)
        }
        for number in 0..<ordinary {
            batch.append(aSample(of: UInt32(1000 + number), at: 0, .good(1)), isSafety: false, source: 0)
        }
        return batch
    }

    @Test func `stay in order until they fit, those of SIS and gas first`() {
        let outlet = CapturingOutlet()
        var pending = PendingSlots()
        let read = now + .milliseconds(-3)
        pending.append(batch(safety: 2, ordinary: 600), readAt: read)
        outlet.pretendFull(true)
        #expect(pending.publish(into: outlet, at: now) == nil)
        #expect(pending.count == 602)
        outlet.pretendFull(false)
        #expect(pending.publish(into: outlet, at: now) == 602)
        #expect(pending.isEmpty)
        #expect(outlet.slots.map(\.point) == [0, 1] + (1000..<1600).map { UInt32($0) })
        #expect(outlet.slots.allSatisfy { $0.published == now && $0.read == read }, "it waited at the door")
    }
}

@Suite struct `Quarantine folder` {
    private func payload(_ text: String) -> QuarantinedPayload {
        QuarantinedPayload(
            broker: "site", topic: "park/1/t", device: "A", reason: "offset 0: found x",
            arrival: WallTime(milliseconds: 1_795_509_000_000), totalBytes: text.utf8.count, head: Array(text.utf8))
    }

    private func files(_ folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test func `keeps what is known of a payload and its first 4 KiB`() throws {
        let folder = try TemporaryFolder()
        try QuarantineFolder(path: folder.path).keep(payload(String(repeating: "z", count: 5000)))
        let text = try String(contentsOfFile: "\(folder.path)/000000000001.payload", encoding: .utf8)
        #expect(
            text == """
                broker: site
                topic: park/1/t
                device: A
                arrival: 2026-11-24T08:30:00.000Z
                reason: offset 0: found x
                bytes: 5000, the first 4096 follow the empty line


                """ + String(repeating: "z", count: 4096))
    }

    @Test func `is bounded by number and by size, and the oldest go, over restarts too`() throws {
        let folder = try TemporaryFolder()
        let byNumber = try QuarantineFolder(path: folder.path, filesMax: 3)
        for _ in 0..<5 { try byNumber.keep(payload("x")) }
        #expect(try files(folder) == ["000000000003.payload", "000000000004.payload", "000000000005.payload"])
        let bySize = try QuarantineFolder(path: folder.path, bytesMax: 400)
        try bySize.keep(payload("y"))
        #expect(try files(folder) == ["000000000005.payload", "000000000006.payload"])
    }

    @Test func `goes on keeping when somebody has cleared it`() throws {
        let folder = try TemporaryFolder()
        let quarantine = try QuarantineFolder(path: folder.path, filesMax: 3)
        for _ in 0..<3 { try quarantine.keep(payload("x")) }
        for name in try files(folder) { try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)") }
        for _ in 0..<4 { try quarantine.keep(payload("y")) }
        #expect(try files(folder) == ["000000000005.payload", "000000000006.payload", "000000000007.payload"])
    }
}

@Suite struct `Memory of filters` {
    @Test func `survives a restart, and is empty when there is none`() throws {
        let folder = try TemporaryFolder()
        let memory = FilterMemory(path: "\(folder.path)/site.filters")
        #expect(memory.recall() == [])
        try memory.remember(["park/b", "park/a"])
        #expect(FilterMemory(path: memory.path).recall() == ["park/a", "park/b"])
        try Data([0xFF, 0xFE]).write(to: URL(filePath: memory.path))
        #expect(memory.recall() == [])
    }
}
