import DeviceMap
import Foundation
import ParkSimulator
import Testing

/// The simulated devices before a client that nobody here wrote; left out with a notice where it is not installed.
@Suite struct `A pymodbus client` {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static var python: String { root.appending(path: ".build-python/bin/python").path }
    private static var isInstalled: Bool {
        let found = FileManager.default.isExecutableFile(atPath: python)
        if !found { print("notice: pymodbus is not installed (.ci/setup tests would do); its test is left out") }
        return found
    }

    private func read(_ port: UInt16, _ words: String...) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: Self.python)
        process.arguments =
            [Self.root.appending(path: "Tests/Interop/pymodbus_client.py").path, "\(port)", "1"] + words
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return said
    }

    @Test(.enabled(if: isInstalled)) func `reads a simulated device in all four tables, and hears its exception`()
        throws
    {
        var bank = RegisterBank(coils: 16, discreteInputs: 16, holdingRegisters: 16, inputRegisters: 16)
        bank[.holdingRegister, 3] = 1003
        bank[.inputRegister, 4] = 2004
        bank[bit: .coil, 2] = true
        bank[bit: .discreteInput, 5] = true
        let park = try ModbusPark(devices: [ParkDevice(id: "D", units: [1: bank])])
        defer { park.stop() }
        let port = try #require(park.port(of: "D"))
        #expect(try read(port, "hr", "2", "3") == "0 1003 0\n")
        #expect(try read(port, "ir", "4", "1") == "2004\n")
        #expect(try read(port, "co", "0", "4") == "0 0 1 0\n")
        #expect(try read(port, "di", "4", "2") == "0 1\n")
        #expect(try read(port, "hr", "15", "2") == "exception 2\n")
    }
}
