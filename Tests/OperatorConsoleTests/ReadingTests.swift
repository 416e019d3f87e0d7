import PlantModel
import StationPorts
import Testing
import WebTransfer

@testable import OperatorConsole

@Suite(.timeLimit(.minutes(1))) struct `What the console shows` {
    @Test func `an open alarm is told with value, unit, limit, colour, time and what to do in both languages`()
        async throws
    {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            let answer = try await open.get("/api/v1/alarms")
            #expect(answer.status == 200)
            #expect(
                answer.text == """
                    {"site":"demo","journal":"j1","sequence":1,"open":1,"alarms":[{"rule":"AT-101.HH","occurrence":7,\
                    "version":1,"state":"unacknowledged","masks":[],"priority":"CRITICAL","colour":"red",\
                    "point":"AT-101","pointName":{"zh-CN":"机房氨","en":"NH3 machine room"},"area":"ammonia-room",\
                    "hazardSource":"ammonia","hazardSourceName":{"zh-CN":"氨站","en":"Ammonia plant"},\
                    "reading":{"value":41.3,"unit":"mg/m3","quality":"good","time":"2026-11-24T00:30:05.120Z"},\
                    "limit":{"kind":"HH","value":40},"occurredAt":"2026-11-24T00:30:05.120Z",\
                    "decidedAt":"2026-11-24T00:30:05.131Z","changedAt":"2026-11-24T00:30:05.120Z","marks":[],\
                    "guidance":{"zh-CN":{"action":"撤离机房,启动排风"},"en":{"action":"evacuate, start the exhaust fan"}},\
                    "respondWithinSeconds":180,"sequence":1}]}
                    """)
            #expect(answer.header("Content-Type") == "application/json")
            #expect(answer.header("X-Content-Type-Options") == "nosniff")
        }
    }

    @Test func `a bad reading has a reason and no number`() async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord(value: 41.3, quality: "bad"))
            let text = try await open.get("/api/v1/alarms/AT-101.HH/7").text
            #expect(text.contains(#""reading":{"unit":"mg/m3","quality":"bad","reason":"link-down","time":"#))
        }
    }

    @Test(arguments: [
        ("", ["A/1", "B/1", "C/1"]), ("?state=unanswered", ["A/1", "C/1"]), ("?state=active", ["A/1", "B/1"]),
        ("?state=returnedUnacknowledged", ["C/1"]), ("?priority=CRITICAL,HIGH", ["A/1", "B/1"]),
        ("?area=ammonia-room&priority=LOW", ["C/1"]), ("?area=tank-farm", []),
    ])
    func `the list shows what its filter names`(query: String, names: [String]) async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord(rule: "A", occurrence: 1))
            open.station.commit(aRecord(rule: "B", occurrence: 1, state: "acknowledged", priority: .high))
            open.station.commit(aRecord(rule: "C", occurrence: 1, state: "returnedUnacknowledged", priority: .low))
            let answer = try await open.get("/api/v1/alarms\(query)")
            let alarms = try members(answer)["alarms"] as? [[String: Any]] ?? []
            #expect(alarms.map { "\($0["rule"] ?? "")/\($0["occurrence"] ?? "")" } == names)
        }
    }

    @Test func `an unchanged journal is answered 304, a moved one afresh`() async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            for path in ["/api/v1/alarms", "/api/v1/journal"] {
                let tag = try #require(try await open.get(path).header("ETag"))
                #expect(try await open.get(path, [WebHeader("If-None-Match", tag)]).status == 304)
                open.station.commit(aRecord("comment"))
                #expect(try await open.get(path, [WebHeader("If-None-Match", tag)]).status == 200)
            }
        }
    }

    @Test func `one alarm carries the tag that an act must name`() async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord(rule: "氨/1.HH", version: 3))
            let answer = try await open.get("/api/v1/alarms/%E6%B0%A8%2F1.HH/7")
            #expect(answer.status == 200)
            #expect(answer.header("ETag") == "\"7.3\"")
        }
    }

    @Test func `the journal is paged by sequence without a hole`() async throws {
        try await OpenConsole.with { open async throws in
            for number in 1...5 { open.station.commit(aRecord("comment", version: UInt32(number))) }
            var seen: [Int] = []
            var after = 0
            for _ in 1...3 {
                let page = try members(try await open.get("/api/v1/journal?after=\(after)&limit=2"))
                seen += (page["records"] as? [[String: Any]] ?? []).compactMap { $0["sequence"] as? Int }
                guard let next = page["next"] as? Int else { break }
                after = next
            }
            #expect(seen == [1, 2, 3, 4, 5])
        }
    }

    @Test func `points go with unit, quality and age; a bad one shows its last usable value apart`() async throws {
        try await OpenConsole.with { open async throws in
            let all = try members(try await open.get("/api/v1/points"))["points"] as? [[String: Any]] ?? []
            #expect(all.count == 3)
            let bad = try await open.get("/api/v1/points?quality=bad").text
            #expect(bad.contains(#""quality":"bad","reason":"link-down","lastUsable":8.41"#))
            #expect(!bad.contains("\"value\""))
            #expect(try await open.get("/api/v1/points/%E6%B3%B5%2F1").text.hasPrefix(#"{"tag":"泵/1""#))
        }
    }

    @Test func `ready and alive say yes with 200, and no with 503 and the reason`() async throws {
        try await OpenConsole.with { open async throws in
            #expect(try await open.get("/livez").status == 200)
            #expect(try await open.get("/readyz", tcp: true).status == 200)
            open.station.change { health in
                health.isReady = false
                health.reasons = ["journal: no commit for 2 s"]
                health.beats = [StageBeat(stage: "journal", ageSeconds: 12, isAlive: false)]
            }
            let ready = try await open.get("/readyz")
            #expect(ready.status == 503)
            #expect(ready.text.contains("journal: no commit for 2 s"))
            let alive = try await open.get("/livez")
            #expect(alive.status == 503)
            #expect(alive.text.contains(#"{"stage":"journal","ageSeconds":12,"alive":false}"#))
            #expect(try await open.get("/api/v1/health").status == 200)
        }
    }

    @Test func `metrics keep the exposition format: families together, text escaped, own figures added`() async throws {
        try await OpenConsole.with { open async throws in
            let answer = try await open.get("/metrics", tcp: true)
            #expect(answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
            #expect(
                answer.text.hasPrefix(
                    #"""
                    # HELP hazardd_samples_total Samples judged.
                    # TYPE hazardd_samples_total counter
                    hazardd_samples_total{quality="good"} 1204331
                    hazardd_samples_total{quality="\"odd\"\n"} 0.5
                    # HELP hazardd_outbox_pending Rows \\ owed.
                    # TYPE hazardd_outbox_pending gauge
                    hazardd_outbox_pending +Inf
                    # HELP hazardd_console_streams Event streams that are open now.
                    # TYPE hazardd_console_streams gauge
                    hazardd_console_streams 0

                    """#))
            #expect(answer.text.contains("hazardd_console_streams_cut_total{reason=\"overflow\"} 0\n"))
        }
    }

    @Test(arguments: [
        ("/", 404, "no-such-page"), ("/api/v1/", 404, "no-such-page"), ("/api/v2/alarms", 404, "no-such-page"),
        ("/api/v1/alarms/AT-101.HH/8", 404, "no-such-alarm"), ("/api/v1/alarms/AT-101.HH/x", 404, "no-such-alarm"),
        ("/api/v1/points/XX", 404, "no-such-point"), ("/api/v1/alarms?prio=LOW", 400, "bad-parameter"),
        ("/api/v1/alarms?state=normal", 400, "bad-parameter"), ("/api/v1/alarms?priority=high", 400, "bad-parameter"),
        ("/api/v1/journal?limit=1001", 400, "bad-parameter"), ("/api/v1/events?after=-1", 400, "bad-parameter"),
        ("/api/v1/alarms/AT-101.HH/7/acknowledge", 405, "verb-not-offered"),
    ])
    func `what cannot be shown is a problem that says what would do`(path: String, status: Int, kind: String)
        async throws
    {
        try await OpenConsole.with { open async throws in
            let answer = try await open.get(path)
            #expect(answer.status == status)
            #expect(answer.header("Content-Type") == "application/problem+json")
            let problem = try members(answer)
            #expect(problem["type"] as? String == "/problems/\(kind)")
            #expect(problem["status"] as? Int == status)
            #expect((problem["expected"] as? String ?? "").isEmpty == false)
        }
    }

    @Test(arguments: [
        ("zh-CN", "zh-CN", "没有此页面"), ("en-GB,en;q=0.9", "en", "no such page"), ("en;q=0.2, zh;q=0.8", "zh-CN", "没有此页面"),
        ("fr", "en", "no such page"),
    ])
    func `a problem speaks the reader's language, else the person's own`(
        accepted: String, language: String, title: String
    ) async throws {
        try await OpenConsole.with { open async throws in
            let answer = try await open.get("/nowhere", [WebHeader("Accept-Language", accepted)])
            #expect(answer.header("Content-Language") == language)
            #expect(try members(answer)["title"] as? String == title)
        }
    }

    @Test func `a journal that cannot be read is a 503, never an empty list`() async throws {
        try await OpenConsole.with { open async throws in
            open.station.becomeUnreadable()
            let answer = try await open.get("/api/v1/alarms")
            #expect(answer.status == 503)
            #expect(answer.header("Retry-After") == "1")
            #expect(try members(answer)["type"] as? String == "/problems/journal-unreadable")
            #expect(try await open.get("/livez").status == 200)
        }
    }

    @Test func `a name that somebody pointed at us is not answered on loopback`() async throws {
        try await OpenConsole.with { open async throws in
            let evil = [WebHeader("Host", "evil.example:8080")]
            #expect(try await open.get("/api/v1/alarms", evil, tcp: true).status == 421)
            #expect(try await open.get("/api/v1/alarms", evil).status == 200)
        }
    }
}
