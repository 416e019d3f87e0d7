import Foundation
import Glibc
import PlantModel
import StationPorts
import Testing
import WebTransfer

@testable import OperatorConsole
@testable import hazardctl

/// The program itself, started as a person would, against a real console.
@Suite(.timeLimit(.minutes(2))) struct `What a person types` {
    struct Outcome: Sendable {
        var status: Int32
        var answer: String
        var notes: String
    }

    /// The program beside this test's own.
    private static func program() throws -> URL {
        let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        return try #require(
            [folder, folder.deletingLastPathComponent(), Bundle.main.bundleURL].map { $0.appending(path: "hazardctl") }
                .first { FileManager.default.isExecutableFile(atPath: $0.path) })
    }

    /// Runs `hazardctl` to its end, in English, with the console's control socket.
    static func hazardctl(
        _ arguments: [String], control: String?, language: String = "en_GB.UTF-8"
    ) async throws
        -> Outcome
    {
        let program = try program()
        return try await OpenConsole.onOwnThread {
            let process = Process()
            process.executableURL = program
            process.arguments = arguments
            var environment = ["LC_ALL": language]
            environment["HAZARDD_CONTROL"] = control
            process.environment = environment
            let (answer, notes) = (Pipe(), Pipe())
            process.standardOutput = answer
            process.standardError = notes
            process.standardInput = FileHandle.nullDevice
            try process.run()
            // Short enough for a pipe: read one after the other.
            let told = answer.fileHandleForReading.readDataToEndOfFile()
            let noted = notes.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return Outcome(
                status: process.terminationStatus, answer: String(decoding: told, as: UTF8.self),
                notes: String(decoding: noted, as: UTF8.self))
        }
    }

    private func with(
        people: [Person] = [OpenConsole.zhang, OpenConsole.li], _ body: (OpenConsole) async throws -> Void
    ) async throws { try await OpenConsole.with(people: people, body) }

    @Test func `alarms lists what must be answered, what to do, and how much of the plant that is`() async throws {
        try await with { open async throws in
            open.station.commit(aRecord())
            let outcome = try await Self.hazardctl(["alarms"], control: open.control)
            #expect(outcome.status == 0)
            let lines = outcome.answer.split(separator: "\n")
            try #require(lines.count == 4)
            #expect(lines[0].hasPrefix("PRIORITY"))
            #expect(lines[1].contains("[1] CRITICAL  UNACK  AT-101.HH/7  NH3 machine room  41.3 mg/m³  ≥ 40 HH"))
            #expect(lines[2] == "    → evacuate, start the exhaust fan")
            #expect(lines[3] == "1 open, 1 to answer; 1 of 3 points CANNOT BE JUDGED, newest sample 0.4 s ago")
            #expect(!outcome.answer.contains("\u{1B}"), "no colour without a terminal")
            #expect(outcome.notes.isEmpty)
        }
    }

    @Test func `an empty list says whether it is quiet or blind`() async throws {
        try await with { open async throws in
            let blind = try await Self.hazardctl(["alarms", "--lang", "zh"], control: open.control)
            #expect(blind.answer == "可见范围内没有未结报警:3 个测点中 1 个无法判定,最新数据 0.4 s 前\n")
            open.station.change { $0.pointsLive = 3 }
            let quiet = try await Self.hazardctl(["alarms"], control: open.control)
            #expect(quiet.answer == "no open alarms; 3 points judged, newest sample 0.4 s ago\n")
        }
    }

    @Test func `ack reads the alarm, says what it saw, and answers with the journal's number`() async throws {
        try await with { open async throws in
            open.station.commit(aRecord(version: 3))
            let outcome = try await Self.hazardctl(["ack", "AT-101.HH/7", "-m", "crew sent"], control: open.control)
            #expect(outcome.status == 0)
            #expect(outcome.answer == "acknowledged AT-101.HH/7, journal 2\n")
            #expect(outcome.notes == "you see: AT-101.HH/7 UNACK, version 3: 41.3 mg/m³ ≥ 40 HH\n")
            let command = try #require(open.station.commands.first)
            #expect(command.version == 3)
            #expect(command.comment == "crew sent")
            #expect(command.actor == "zhang")
        }
    }

    @Test func `a rule alone means the alarm that is open now`() async throws {
        try await with { open async throws in
            open.station.commit(aRecord(rule: "氨/1.HH", occurrence: 12))
            let outcome = try await Self.hazardctl(["ack", "氨/1.HH"], control: open.control)
            #expect(outcome.answer == "acknowledged 氨/1.HH/12, journal 2\n")
            let none = try await Self.hazardctl(["ack", "LT-1203.H"], control: open.control)
            #expect(none.status == 1)
            #expect(none.notes.contains("LT-1203.H has no open alarm"))
        }
    }

    @Test func `an alarm that changed under the finger ends with 75`() async throws {
        try await with { open async throws in
            let standing = open.station.commit(aRecord())
            var record = aRecord("refused")
            record.refusal = "alarm-changed"
            open.station.script(.refused(record, present: AlarmView(raise: standing, latest: standing)))
            let outcome = try await Self.hazardctl(["ack", "AT-101.HH/7"], control: open.control)
            #expect(outcome.status == 75)
            #expect(outcome.notes.contains("alarm changed: not done"))
            #expect(outcome.answer.isEmpty)
        }
    }

    @Test func `whom another has answered is told by whom`() async throws {
        try await with { open async throws in
            let raise = open.station.commit(aRecord())
            var record = aRecord("refused")
            record.refusal = "alarm-changed"
            record.sequence = 9
            let view = AlarmView(
                raise: raise, latest: aRecord("acknowledge", version: 2, state: "acknowledged"), acknowledgedBy: "li",
                acknowledgedAt: raise.occurredAt)
            open.station.script(.refused(record, present: view))
            let outcome = try await Self.hazardctl(["ack", "AT-101.HH/7"], control: open.control)
            #expect(outcome.status == 0)
            #expect(outcome.answer.hasPrefix("李四 acknowledged AT-101.HH/7 before you, at "))
            #expect(outcome.answer.hasSuffix("08:30:05; your attempt is journal 9\n"))
        }
    }

    @Test func `while nobody knows whether it arrived, the same act is sent again under the same key`() async throws {
        try await with { open async throws in
            open.station.commit(aRecord())
            open.station.script(.unknown, .busy)
            let outcome = try await Self.hazardctl(["ack", "AT-101.HH/7"], control: open.control)
            #expect(outcome.status == 0)
            #expect(open.station.commands.count == 3)
            #expect(Set(open.station.commands.map(\.idempotencyKey)).count == 1)
        }
    }

    @Test func `a user who may only read ends with 77`() async throws {
        try await with(people: []) { open async throws in
            open.station.commit(aRecord())
            let outcome = try await Self.hazardctl(["ack", "AT-101.HH/7", "--lang", "zh"], control: open.control)
            #expect(outcome.status == 77)
            #expect(outcome.notes.contains("此用户只可读取"))
        }
    }

    @Test func `a station that is not there ends with 69`() async throws {
        let outcome = try await Self.hazardctl(["alarms"], control: "/tmp/no-hazardd-here.sock")
        #expect(outcome.status == 69)
        #expect(outcome.notes.hasPrefix("hazardctl: station not reached through /tmp/no-hazardd-here.sock: "))
        #expect(outcome.answer.isEmpty)
    }

    @Test(arguments: [["alarms", "--priority", "URGENT"], ["ack"], ["comment", "A/1"], ["nonsense"]])
    func `wrong usage ends with 64`(arguments: [String]) async throws {
        #expect(try await Self.hazardctl(arguments, control: nil).status == 64)
    }

    @Test func `help teaches with examples and lists every exit status`() async throws {
        let help = try await Self.hazardctl(["--help"], control: nil)
        #expect(help.status == 0)
        for status in ExitStatus.allCases { #expect(help.answer.contains("\n  \(status.rawValue) ")) }
        #expect(help.answer.contains("hazardctl ack AT-101.HH/7 -m \"crew sent\""))
        #expect(try await Self.hazardctl(["completion", "bash"], control: nil).answer.contains("hazardctl"))
        #expect(try await Self.hazardctl(["version"], control: nil).answer.hasPrefix("hazardctl "))
    }

    @Test func `points --bad names the blind ones and answers no`() async throws {
        try await with { open async throws in
            let outcome = try await Self.hazardctl(["points", "--bad"], control: open.control)
            #expect(outcome.status == 1)
            #expect(outcome.answer.contains("LT-1203  12 号罐液位 [zh]  ? (8.41 m)  BAD (link-down)  32 s"))
            #expect(!outcome.answer.contains("AT-101"))
        }
    }

    @Test(arguments: [[], ["--json"], ["--csv"]])
    func `a counter has more digits than a double, and all are shown`(form: [String]) async throws {
        try await with { open async throws in
            #expect(try await open.get("/api/v1/points").text.contains("\"value\":9007199254740993,"))
            let outcome = try await Self.hazardctl(["points"] + form, control: open.control)
            #expect(outcome.answer.contains("9007199254740993") && outcome.answer.contains("41.3"))
        }
    }

    @Test func `health says awake or impaired, and the status says the same`() async throws {
        try await with { open async throws in
            let awake = try await Self.hazardctl(["health"], control: open.control)
            #expect(awake.status == 0)
            #expect(awake.answer.hasPrefix("the watch is awake: demo, "))
            open.station.change { $0.storageLost = true }
            let impaired = try await Self.hazardctl(["health"], control: open.control)
            #expect(impaired.status == 1)
            #expect(impaired.answer.contains("storage LOST"))
        }
    }

    @Test func `the journal is shown, and exported with UTC times and quoted comments`() async throws {
        try await with { open async throws in
            open.station.commit(aRecord())
            open.station.commit(aRecord("comment", comment: "valve \"V-12\", closed"))
            let shown = try await Self.hazardctl(["journal", "show"], control: open.control)
            #expect(shown.answer.split(separator: "\n").count == 3)
            let export = ["journal", "export", "--from", "2026-11-24", "--to", "2026-11-25"]
            let day = try await Self.hazardctl(export, control: open.control)
            #expect(day.answer.contains("\n2,2026-11-24T00:30:05.120Z,"))
            #expect(day.answer.contains(#","valve ""V-12"", closed","#))
            let other = ["journal", "export", "--to", "2026-11-24"]
            #expect(try await Self.hazardctl(other, control: open.control).answer.split(separator: "\n").count == 1)
        }
    }

    @Test func `json is one object a line, whole`() async throws {
        try await with { open async throws in
            open.station.commit(aRecord(rule: "A"))
            open.station.commit(aRecord(rule: "B"))
            let outcome = try await Self.hazardctl(["alarms", "--json"], control: open.control)
            let lines = outcome.answer.split(separator: "\n")
            #expect(lines.count == 2)
            for line in lines {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                #expect(object?["respondWithinSeconds"] as? Int == 180)
                #expect(object?["hazardSource"] as? String == "ammonia")
            }
        }
    }

    @Test func `verify of what is no journal is said plainly`() async throws {
        let outcome = try await Self.hazardctl(["journal", "verify", "--state", "/tmp/no-hazardd-here"], control: nil)
        #expect(outcome.status == 69)
        #expect(outcome.notes.contains("/tmp/no-hazardd-here: no journal there"))
    }

    @Test func `--watch follows live, says when the line is lost, and an interrupt marks what was printed as partial`()
        async throws
    {
        try await with { open async throws in
            open.station.commit(aRecord("comment"))
            let process = Process()
            process.executableURL = try Self.program()
            process.arguments = ["alarms", "--watch", "--control", open.control, "--lang", "en"]
            let (answer, notes) = (Pipe(), Pipe())
            process.standardOutput = answer
            process.standardError = notes
            try process.run()
            // It has its seat once the console counts a stream.
            while !(try await open.get("/metrics").text.contains("\nhazardd_console_streams 1\n")) {
                try Task.checkCancellation()
            }
            open.station.commit(aRecord(version: 2))
            let told = try await Self.read(answer, until: "#2")
            #expect(told.contains("[1] CRITICAL  raised  AT-101.HH/7  NH3 machine room  41.3 mg/m³  ≥ 40 HH  #2"))
            await open.console.stop()
            let lost = try await Self.read(notes, until: "trying again")
            #expect(lost.contains("CONNECTION LOST. Picture of "))
            process.interrupt()
            let end = try await Self.read(notes, until: "partial")
            #expect(end.contains("interrupted, what stands above is partial / 已中断"))
            try await OpenConsole.onOwnThread { [process] in process.waitUntilExit() }
            #expect(process.terminationStatus == 130)
        }
    }

    /// Reads what a program says until a word comes, or it ends.
    private static func read(_ pipe: Pipe, until word: String) async throws -> String {
        try await OpenConsole.onOwnThread {
            var text = ""
            var bytes = [UInt8](repeating: 0, count: 65_536)
            while !text.contains(word) {
                let count = unsafe Glibc.read(pipe.fileHandleForReading.fileDescriptor, &bytes, bytes.count)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
                text += String(decoding: bytes.prefix(count), as: UTF8.self)
            }
            return text
        }
    }
}
