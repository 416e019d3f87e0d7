import Foundation
import HTTPTypes
import PlantModel
import PlantTime
import Testing
import WebTransfer

@testable import OperatorConsole

@Suite struct `JSON on its way out` {
    @Test(
        arguments: [
            (JSONText.number(40), "40"), (.number(41.3), "41.3"), (.number(-0.5), "-0.5"), (.number(.nan), "null"),
            (.number(.infinity), "null"), (.number(1e300), "1e+300"), (.unsigned(.max), "18446744073709551615"),
            (.text("a\"b\\c\n\t\u{1}\u{2028}氨"), #""a\"b\\c\n\t\u0001\u2028氨""#), ([], "[]"), ([:], "{}"),
            (["b": .boolean(true), "a": nil, "c": .null], #"{"b":true,"c":null}"#),
        ] as [(JSONText, String)])
    func `is compact, ordered and readable by any reader`(value: JSONText, text: String) throws {
        #expect(value.encoded == text)
        _ = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }
}

@Suite struct `The table of routes` {
    @Test(arguments: [
        ("/livez", Route.alive), ("/readyz", .ready), ("/metrics", .metrics), ("/api/v1/alarms", .alarms),
        ("/api/v1/alarms/A%20%2F%E6%B0%A8/4294967295", .alarm(.init(rule: "A /氨", occurrence: .max))),
        ("/api/v1/events", .events), ("/api/v1/journal", .journal), ("/api/v1/points", .points),
        ("/api/v1/points/LT-1203", .point("LT-1203")), ("/api/v1/health", .health),
    ])
    func `reads every page`(path: String, route: Route) throws {
        #expect(try Route(method: .get, path: path) == route)
        #expect(try Route(method: .head, path: path) == route)
        #expect(throws: Problem.self) { try Route(method: .post, path: path) }
    }

    @Test(arguments: Route.Act.allCases) func `takes every act by POST alone`(act: Route.Act) throws {
        let path = "/api/v1/alarms/A/1/\(act.rawValue)"
        #expect(try Route(method: .post, path: path) == .act(act, .init(rule: "A", occurrence: 1)))
        for method in [HTTPRequest.Method.get, .put, .delete, .patch, .options] {
            #expect(throws: Problem.self) { try Route(method: method, path: path) }
        }
    }

    @Test(arguments: [
        "", "alarms", "/api/v1/alarms/", "//api/v1/alarms", "/api/v1/alarms/%zz/1", "/api/v1/alarms/%ff/1",
        "/api/v1/alarms/A/1/shelve", "/api/v1/alarms/A/1/acknowledge/x", "/api/v1/alarms/A/4294967296", "/%6Civez/",
    ])
    func `knows nothing else`(path: String) {
        #expect(throws: Problem.self) { try Route(method: .get, path: path) }
    }
}

@Suite struct `What a person saw` {
    @Test(
        arguments: [
            ("\"7.3\"", AlarmSight(occurrence: 7, version: 3)), (" \"0.0\"\t", AlarmSight(occurrence: 0, version: 0)),
            ("7.3", nil), ("\"7\"", nil), ("\"7.3.1\"", nil), ("\"+7.3\"", nil), ("\"7.4294967296\"", nil), ("*", nil),
            ("W/\"7.3\"", nil), ("\"7.3\", \"7.4\"", nil), ("", nil),
        ] as [(String, AlarmSight?)])
    func `is one strong tag`(field: String, sight: AlarmSight?) {
        #expect(AlarmSight(entityTag: field) == sight)
        if let sight { #expect(AlarmSight(entityTag: sight.entityTag) == sight) }
    }
}

@Suite struct `The console's words` {
    @Test(arguments: BilingualText.Language.allCases)
    func `say every kind of problem`(language: BilingualText.Language) {
        #expect(Set(Wording.table(language).keys) == Set(Problem.Kind.allCases))
        for wording in Wording.table(language).values { #expect(!wording.title.isEmpty && !wording.detail.isEmpty) }
    }

    @Test(arguments: Problem.Kind.allCases)
    func `name the same found and expected in both languages`(kind: Problem.Kind) throws {
        let chinese = try #require(Wording.chinese[kind])
        let english = try #require(Wording.english[kind])
        for place in ["{found}", "{expected}"] {
            #expect(chinese.detail.contains(place) == english.detail.contains(place), "\(place)")
        }
        #expect(chinese != english)
    }

    /// A kind that nothing says is dead; each is named somewhere in the room outside its own declaration and tables.
    @Test func `are all used`() throws {
        let room = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/OperatorConsole")
        let files = try FileManager.default.contentsOfDirectory(at: room, includingPropertiesForKeys: nil)
            .filter { !$0.lastPathComponent.hasPrefix("Wording+") }
        let text = try files.map { try String(contentsOf: $0, encoding: .utf8) }.joined()
        for kind in Problem.Kind.allCases {
            let uses = text.components(separatedBy: ".\(kind)").count - 1
            // Once in the table of statuses, at least once where it is said.
            #expect(uses >= 2, "\(kind)")
        }
    }

    @Test(
        arguments: [
            ("zh", .chinese), ("zh-TW,en;q=0.9", .chinese), ("en-US", .english), ("en;q=0.5,zh;q=0.4", .english),
            ("de, en;q=0.1", .english), ("zh;q=0,en;q=0.1", .english), ("fr", nil), ("", nil), ("en;q=x", nil),
        ] as [(String, BilingualText.Language?)])
    func `follow the reader's wish`(field: String, language: BilingualText.Language?) {
        #expect(BilingualText.Language(acceptLanguage: field) == language)
    }
}

@Suite struct `People on the control socket` {
    private let people = [
        Person(id: "me", name: "Me", role: .dutyOfficer, unixUser: ControlPeople.ownUser),
        Person(id: "zhang", name: "张三", role: .safetyEngineer, unixUser: "zhang"),
        Person(id: "twin", name: "Twin", role: .wall, unixUser: "zhang"),
        Person(id: "ghost", name: "Ghost", role: .auditor, unixUser: "ghost"),
        Person(id: "remote", name: "Remote", role: .auditor, unixUser: nil),
    ]

    @Test func `are known by their user number; the first of two keeps it, and unknown users are named`() {
        let table = ControlPeople(people, own: 1000) { $0 == "zhang" ? 1001 : nil }
        #expect(table.person(ofUser: 1000)?.id == "me")
        #expect(table.person(ofUser: 1001)?.id == "zhang")
        #expect(table.person(ofUser: 65_534) == nil)
        #expect(table.person(ofUser: nil) == nil)
        #expect(table.unknownUsers == ["ghost"])
    }

    @Test func `root is found in this machine's own table of users`() {
        #expect(ControlSocket.user(named: "root") == 0)
        #expect(ControlSocket.user(named: "no-such-user-of-this-plant") == nil)
    }
}

@Suite struct `The doors of the console` {
    @Test func `the control socket has mode 0660 and is gone after the stop`() async throws {
        try await OpenConsole.with { open async throws in
            let attributes = try FileManager.default.attributesOfItem(atPath: open.control)
            #expect(attributes[.posixPermissions] as? Int == 0o660)
            #expect(attributes[.type] as? FileAttributeType == .typeSocket)
            await open.console.stop()
            #expect(!FileManager.default.fileExists(atPath: open.control))
        }
    }

    @Test func `a socket that nobody answers is replaced, one that is answered stays`() async throws {
        try await OpenConsole.with { open async throws in
            #expect(throws: ConsoleFault.answeredByAnother(path: open.control)) {
                try ControlSocket.listen(at: open.control)
            }
        }
        let path = "/tmp/hazardd-\(UUID().uuidString.prefix(8)).sock"
        close(try ControlSocket.listen(at: path))
        let second = try ControlSocket.listen(at: path)
        ControlSocket.remove(at: path)
        close(second)
    }

    @Test func `a socket handed over by systemd is served`() async throws {
        let path = "/tmp/hazardd-\(UUID().uuidString.prefix(8)).sock"
        let descriptor = try ControlSocket.listen(at: path)
        defer { ControlSocket.remove(at: path) }
        try await OpenConsole.with(configure: { $0.control = .descriptor(descriptor) }) { open async throws in
            let answer = try await OpenConsole.onOwnThread {
                var session = WebSession(route: WebRoute(unixSocket: path))
                return try session.send(WebRequest(.get, "http://localhost/livez"))
            }
            #expect(answer.status == 200)
            #expect(open.doors.controlPath == nil)
        }
    }

    @Test(arguments: [
        (["LISTEN_PID": "7", "LISTEN_FDS": "1"], true), (["LISTEN_PID": "8", "LISTEN_FDS": "1"], false),
        (["LISTEN_PID": "7", "LISTEN_FDS": "2"], false), ([:], false),
    ])
    func `only a single socket meant for this process is taken`(environment: [String: String], isTaken: Bool) {
        let taken = ConsoleConfiguration.handedOver(environment: environment, processID: 7)
        #expect(taken == (isTaken ? .descriptor(3) : nil))
    }

    @Test func `an address that others can reach is refused`() async {
        await #expect(throws: ConsoleFault.notLoopback(host: "0.0.0.0")) {
            try await OpenConsole.with(configure: { $0.host = "0.0.0.0" }) { _ in }
        }
    }

    @Test func `a path too long for a socket is refused with the bound`() {
        let path = "/tmp/" + String(repeating: "x", count: 110)
        #expect(throws: ConsoleFault.pathTooLong(path, bytesMax: 107)) { try ControlSocket.listen(at: path) }
    }

    @Test func `dates are those of HTTP`() {
        #expect(HTTPDate.text(WallTime(milliseconds: 1_795_480_205_120)) == "Tue, 24 Nov 2026 00:30:05 GMT")
        #expect(HTTPDate.text(WallTime(milliseconds: -1)) == "Wed, 31 Dec 1969 23:59:59 GMT")
    }
}
