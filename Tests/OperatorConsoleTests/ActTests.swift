import PlantModel
import StationPorts
import Testing
import WebTransfer

@testable import OperatorConsole

@Suite(.timeLimit(.minutes(1))) struct `Answering an alarm` {
    private let acknowledge = "/api/v1/alarms/AT-101.HH/7/acknowledge"

    @Test
    func `an acknowledgement is answered with its place in the journal and carries who, whence and what was seen`()
        async throws
    {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            let answer = try await open.post(acknowledge, body: #"{"comment":"已派人 crew sent"}"#)
            #expect(answer.status == 200)
            #expect(try members(answer)["sequence"] as? Int == 2)
            #expect(answer.header("ETag") == "\"7.2\"")
            let command = try #require(open.station.commands.first)
            #expect(command.verb == .acknowledge)
            #expect(command.actor == "zhang")
            #expect(command.origin.hasPrefix("control uid "))
            #expect(command.comment == "已派人 crew sent")
            #expect(command.version == 1)
            #expect(command.idempotencyKey == "k1")
        }
    }

    @Test(arguments: zip(Route.Act.allCases, [OperatorCommand.Verb.acknowledge, .unacknowledge, .comment, .reset]))
    func `each act reaches the desk as its verb`(act: Route.Act, verb: OperatorCommand.Verb) async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            let path = "/api/v1/alarms/AT-101.HH/7/\(act.rawValue)"
            #expect(try await open.post(path, body: #"{"comment":"seen"}"#).status == 200)
            #expect(open.station.commands.map(\.verb) == [verb])
        }
    }

    @Test func `the same key again gives the same place; another body under it is refused`() async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            let first = try await open.post(acknowledge, body: #"{"comment":"a"}"#)
            let again = try await open.post(acknowledge, body: #"{"comment":"a"}"#)
            #expect(first.body == again.body)
            #expect(open.station.committed() == 2)
            let other = try await open.post(acknowledge, body: #"{"comment":"b"}"#)
            #expect(other.status == 422)
            #expect(try members(other)["type"] as? String == "/problems/key-reused")
        }
    }

    @Test func `an alarm that escalated since is refused with the alarm as it stands now`() async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            open.station.commit(aRecord("escalate", version: 2))
            let answer = try await open.post(acknowledge)
            #expect(answer.status == 412)
            let problem = try members(answer)
            #expect(problem["type"] as? String == "/problems/alarm-changed")
            #expect(problem["found"] as? String == "7.1")
            #expect(problem["expected"] as? String == "7.2 unacknowledged")
            #expect((problem["present"] as? [String: Any])?["version"] as? Int == 2)
            #expect(answer.header("ETag") == "\"7.2\"")
            // Pressing again acts on what is now seen.
            #expect(try await open.post(acknowledge, sight: "\"7.2\"", key: "k2").status == 200)
        }
    }

    @Test func `whom another has answered reads the winner's name, and it is no failure`() async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            var answer = aRecord("acknowledge", version: 2, state: "acknowledged")
            answer.actor = "li"
            open.station.commit(answer)
            let second = try await open.post(acknowledge)
            #expect(second.status == 200)
            let already = try members(second)["already"] as? [String: Any]
            #expect(already?["by"] as? String == "li")
            #expect(already?["name"] as? String == "李四")
            #expect(already?["at"] as? String == "2026-11-24T00:30:05.120Z")
            // The retry of a lost answer reads the same.
            #expect(try members(try await open.post(acknowledge))["already"] != nil)
        }
    }

    @Test(
        arguments: [
            (nil, "k", "application/json", "{}", 428, "sight-needed"),
            ("\"8.1\"", "k", "application/json", "{}", 400, "sight-unreadable"),
            ("\"6.1\"", "k", "application/json", "{}", 400, "sight-unreadable"),
            ("*", "k", "application/json", "{}", 400, "sight-unreadable"),
            ("W/\"7.1\"", "k", "application/json", "{}", 400, "sight-unreadable"),
            ("\"7.1\"", nil, "application/json", "{}", 400, "key-needed"),
            ("\"7.1\"", "two words", "application/json", "{}", 400, "key-needed"),
            ("\"7.1\"", "k", "text/plain", "{}", 415, "json-needed"), ("\"7.1\"", "k", nil, "{}", 415, "json-needed"),
            ("\"7.1\"", "k", "application/json", "{", 400, "body-unreadable"),
            ("\"7.1\"", "k", "application/json", #"{"comment":7}"#, 400, "body-unreadable"),
            ("\"7.1\"", "k", "application/json; charset=utf-8", "", 400, "body-unreadable"),
        ] as [(String?, String?, String?, String, Int, String)])
    func `an act that is not written as it must be does nothing and says why`(
        sight: String?, key: String?, type: String?, body: String, status: Int, kind: String
    ) async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            let answer = try await open.post(acknowledge, sight: sight, key: key, type: type, body: body)
            #expect(answer.status == status)
            #expect(try members(answer)["type"] as? String == "/problems/\(kind)")
            #expect(open.station.commands.isEmpty)
        }
    }

    @Test func `a comment needs words, and not too many`() async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            let path = "/api/v1/alarms/AT-101.HH/7/comments"
            #expect(try members(try await open.post(path))["type"] as? String == "/problems/comment-needed")
            let long = #"{"comment":"\#(String(repeating: "氨", count: 1001))"}"#
            #expect(
                try members(try await open.post(path, body: long))["type"] as? String == "/problems/comment-too-long")
        }
    }

    @Test func `a body above the limit is turned away`() async throws {
        try await OpenConsole.with(configure: { $0.bodyBytesMax = 1000 }) { open async throws in
            open.station.commit(aRecord())
            let answer = try await open.post(acknowledge, body: String(repeating: " ", count: 1001))
            #expect(answer.status == 413)
        }
    }

    @Test(arguments: [
        (CommandRefusal.unknownAlarm, 404, "no-such-alarm"), (.notActive, 409, "not-active"),
        (.stillActive, 409, "still-active"), (.acknowledgeFirst, 409, "acknowledge-first"),
        (.notLatched, 409, "not-latched"), (.notAcknowledged, 409, "not-acknowledged"),
        (.pointNotUsable, 409, "point-not-usable"), (.notOffered, 409, "not-offered"),
    ])
    func `what the plant refuses is said in words`(refusal: CommandRefusal, status: Int, kind: String) async throws {
        try await OpenConsole.with { open async throws in
            let standing = open.station.commit(aRecord())
            var record = aRecord("refused")
            record.refusal = refusal.word
            open.station.script(.refused(record, present: AlarmView(raise: standing, latest: standing)))
            let answer = try await open.post("/api/v1/alarms/AT-101.HH/7/reset")
            #expect(answer.status == status)
            #expect(try members(answer)["type"] as? String == "/problems/\(kind)")
        }
    }

    @Test(arguments: [(CommandAnswer.busy, 503, "busy"), (.unknown, 504, "not-known")])
    func `what the station cannot say yet may be sent again`(
        answer: CommandAnswer, status: Int, kind: String
    ) async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            open.station.script(answer)
            let response = try await open.post(acknowledge)
            #expect(response.status == status)
            #expect(response.header("Retry-After") == "1")
            #expect(try members(response)["type"] as? String == "/problems/\(kind)")
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Who may answer` {
    private let acknowledge = "/api/v1/alarms/AT-101.HH/7/acknowledge"

    @Test func `a user of this machine whom the site does not know only reads`() async throws {
        try await OpenConsole.with(people: [OpenConsole.li]) { open async throws in
            open.station.commit(aRecord())
            #expect(try await open.get("/api/v1/alarms").status == 200)
            let answer = try await open.post(acknowledge)
            #expect(answer.status == 403)
            #expect(try members(answer)["type"] as? String == "/problems/user-not-mapped")
            #expect(open.station.commands.isEmpty)
        }
    }

    @Test(arguments: Role.allCases) func `only duty officers and safety engineers answer alarms`(role: Role)
        async throws
    {
        let person = Person(id: "p", name: "P", role: role, unixUser: "@self")
        try await OpenConsole.with(people: [person]) { open async throws in
            open.station.commit(aRecord())
            let answer = try await open.post(acknowledge)
            #expect(answer.status == (role.mayAcknowledge ? 200 : 403))
        }
    }

    @Test func `loopback without a token table only reads`() async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            #expect(try await open.get("/api/v1/alarms", tcp: true).status == 200)
            let answer = try await open.post(acknowledge, tcp: true)
            #expect(answer.status == 403)
            #expect(try members(answer)["type"] as? String == "/problems/control-socket-only")
        }
    }

    @Test func `a bearer token acts as its person; none or a wrong one is asked for`() async throws {
        let tokens = OpenConsole.Tokens(people: ["t-zhang": OpenConsole.zhang, "t-li": OpenConsole.li])
        try await OpenConsole.with(tokens: tokens) { open async throws in
            open.station.commit(aRecord())
            for wrong in [
                [], [WebHeader("Authorization", "Bearer nobody")], [WebHeader("Authorization", "Basic t-zhang")],
            ] {
                let answer = try await open.post(acknowledge, wrong, tcp: true)
                #expect(answer.status == 401)
                #expect(answer.header("WWW-Authenticate") == "Bearer realm=\"hazardd\"")
            }
            let auditor = [WebHeader("Authorization", "Bearer t-li")]
            #expect(try await open.post(acknowledge, auditor, tcp: true).status == 403)
            let officer = [WebHeader("Authorization", "bearer t-zhang")]
            #expect(try await open.post(acknowledge, officer, tcp: true).status == 200)
            #expect(open.station.commands.map(\.origin) == ["console 127.0.0.1"])
        }
    }

    @Test func `a page of another site cannot act through a browser on this machine`() async throws {
        let tokens = OpenConsole.Tokens(people: ["t": OpenConsole.zhang])
        try await OpenConsole.with(tokens: tokens) { open async throws in
            open.station.commit(aRecord())
            let token = WebHeader("Authorization", "Bearer t")
            let foreign = try await open.post(
                acknowledge, [token, WebHeader("Origin", "http://evil.example")], tcp: true)
            #expect(foreign.status == 403)
            #expect(try members(foreign)["type"] as? String == "/problems/foreign-origin")
            let own = WebHeader("Origin", "http://127.0.0.1:\(open.doors.port ?? 0)")
            #expect(try await open.post(acknowledge, [token, own], tcp: true).status == 200)
        }
    }
}
