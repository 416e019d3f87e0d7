import DeviceMap
import Foundation
import Glibc
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

/// Peers that nobody here wrote: pymodbus, as `.ci/setup tests` installs it into a folder that git ignores.
private enum Pymodbus {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static var python: String { root.appending(path: ".build-python/bin/python").path }

    /// A notice instead of a test where it is not installed (no network).
    static var isInstalled: Bool {
        let found = FileManager.default.isExecutableFile(atPath: python)
        if !found { print("notice: pymodbus is not installed (.ci/setup tests would do); its tests are left out") }
        return found
    }

    static func start(_ script: String, _ words: [String], output: Pipe? = nil) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [root.appending(path: "Tests/Interop/\(script)").path] + words
        process.standardError = FileHandle.nullDevice
        if let output { process.standardOutput = output } else { process.standardOutput = FileHandle.nullDevice }
        try process.run()
        return process
    }
}

@Suite(.serialized) struct `Interoperation` {
    @Test(.enabled(if: Pymodbus.isInstalled)) func `a pymodbus server is read in all four tables`() throws {
        let (descriptor, port) = loopbackListener()
        close(descriptor)
        let server = try Pymodbus.start("pymodbus_server.py", ["\(port)"])
        defer {
            // Its event loop takes its time over a plain request to end.
            kill(server.processIdentifier, SIGKILL)
            server.waitUntilExit()
        }
        let unit = Plant.unit(
            1,
            [
                Plant.point(0, at: 4), Plant.point(1, at: 5, .unsigned32, area: .inputRegister),
                Plant.point(2, at: 3, .bit(0), area: .coil), Plant.point(3, at: 13, .bit(0), area: .discreteInput),
                Plant.point(4, at: 400),
            ])
        // It needs seconds to start: the link is down until it listens, and then found.
        try Plant.run([Plant.endpoint(port: port, floor: .milliseconds(300), ceiling: .seconds(2), [unit])]) {
            outlet, _ in
            let expected: [UInt32: Double] = [0: 1004, 1: Double(2005 << 16 | 2006), 2: 1, 3: 1]
            for (point, value) in expected {
                #expect(outlet.waitForValues(of: point, count: 3, upTo: 60), "point \(point)")
                #expect(Set(outlet.values(of: point)) == [value], "point \(point)")
            }
            #expect(
                outlet.wait { $0.contains { $0.point.number == 4 && $0.quality == .bad(.misconfigured) } },
                "it has no register 400")
        }
    }

    @Test func `a libmodbus server answers the same to us and to a pymodbus client`() throws {
        let server = LibmodbusServer()
        let points = [Plant.point(0, at: 4), Plant.point(1, at: 5)]
        try Plant.run([Plant.endpoint(port: server.port, [Plant.unit(1, points)])]) { outlet, _ in
            #expect(outlet.waitForValues(of: 1, count: 2))
            #expect(outlet.values(of: 0).last == 1004 && outlet.values(of: 1).last == 1005)
        }
        // It takes one connection at a time: the client's turn comes when ours has ended.
        if Pymodbus.isInstalled {
            let output = Pipe()
            let client = try Pymodbus.start(
                "pymodbus_client.py", ["\(server.port)", "1", "hr", "4", "2"], output: output)
            let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            client.waitUntilExit()
            #expect(said == "1004 1005\n")
        }
        server.stop()
    }

    @Test func `a libmodbus server with 64 connections answers every one of them rightly`() throws {
        let server = LibmodbusServer(connectionsMax: 64)
        defer { server.stop() }
        let endpoints = (0..<64).map { number in
            let points = (0..<2).map { offset in
                Plant.point(UInt32(number * 10 + offset), at: UInt16((number + offset) % 64), every: .milliseconds(500))
            }
            return Plant.endpoint(
                id: "L-\(number)", port: server.port, floor: .seconds(2), ceiling: .seconds(3),
                [Plant.unit(1, points, link: 9000 + UInt32(number))])
        }
        try Plant.run(endpoints) { outlet, _ in
            for number in 0..<64 {
                let point = UInt32(number * 10)
                #expect(outlet.waitForValues(of: point, count: 4), "connection \(number)")
                #expect(Set(outlet.values(of: point)) == [Double(1000 + number)])
                #expect(Set(outlet.values(of: point + 1)) == [Double(1000 + (number + 1) % 64)])
                #expect(outlet.linkStory(of: 9000 + UInt32(number)) == [1])
            }
            #expect(server.connectionsAtOnce == 64)
        }
    }
}
