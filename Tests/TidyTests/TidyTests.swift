import Foundation
import Testing

/// The source tree, read as text: what the compiler does not hold us to.
@Suite struct `The house` {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let files = SourceFile.all(below: root)
    static let plan = FloorPlan(manifest: root.appending(path: "Package.swift"))

    @Test func `is read at all`() {
        #expect(Self.files.count > 50)
        #expect(Self.plan.floor(of: "MonitorCore") == 4)
        #expect(Self.plan.floor(of: "PlantModel") == 1)
        #expect(Self.plan.uses(of: "MonitorCore").contains("AlarmLogic"))
    }

    @Test func `lets a room import only from floors below its own`() {
        for file in Self.files {
            guard let room = file.room, let floor = Self.plan.floor(of: room) else { continue }
            for name in file.imports {
                guard let other = Self.plan.floor(of: name) else { continue }
                #expect(other < floor, "\(file.path): \(room) (floor \(floor)) imports \(name) (floor \(other))")
            }
        }
    }

    @Test func `declares every import in Package swift, and no more`() {
        for (room, uses) in Self.plan.rooms where Self.plan.floor(of: room) != nil {
            let imported = Set(Self.files.filter { $0.room == room }.flatMap(\.imports))
            for name in imported where Self.plan.floor(of: name) != nil {
                #expect(uses.contains(name), "\(room) imports \(name) without declaring it")
            }
            for name in uses where Self.plan.floor(of: name) != nil {
                #expect(imported.contains(name), "\(room) declares \(name) and does not import it")
            }
        }
    }

    @Test func `explains every unchecked Sendable where it stands`() {
        for file in Self.files where !file.isTest {
            for (place, number, line) in file.lines(with: ["@unchecked Sendable"]) {
                guard !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") else { continue }
                let near = file.lines[max(0, number - 12)...min(file.lines.count - 1, number + 4)]
                #expect(near.contains { $0.contains("// @unchecked Sendable") }, "\(place)")
            }
        }
    }

    @Test func `never sleeps in its tests`() {
        let sleeps = ["Task" + ".sleep", "Thread" + ".sleep", "us" + "leep(", " sl" + "eep("]
        for file in Self.files where file.isTest { expectNone(of: sleeps, in: file) }
    }

    @Test func `keeps clocks, sockets, files and threads off the quiet floors`() {
        let banned = [
            "import Foundation", "import Glibc", "Date()", "ContinuousClock", "pthread_", "Task {", "DispatchQueue",
        ]
        let quiet = ["PlantModel", "AlarmLogic", "DeviceMap", "DeliveryPlan", "MonitorCore"]
        for file in Self.files where !file.isTest && quiet.contains(file.room ?? "") {
            expectNone(of: banned, in: file)
        }
    }

    @Test func `sends no write code to any device`() {
        let writers = ["modbus_write", "modbus_mask_write", "modbus_send_raw_request"]
        for file in Self.files where !file.isTest { expectNone(of: writers, in: file) }
    }

    @Test func `leaves no note to finish later`() {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        for file in Self.files {
            for (place, _, line) in file.lines(with: words) {
                #expect(!line.split { !$0.isLetter }.contains { words.contains(String($0)) }, "\(place)")
            }
        }
    }

    private func expectNone(of words: [String], in file: SourceFile) {
        let found = file.lines(with: words).map(\.place)
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `keeps every file short enough to read`() {
        for file in Self.files where !file.isTest {
            #expect(file.lines.count <= 450, "\(file.path) has \(file.lines.count) lines")
        }
    }
}
