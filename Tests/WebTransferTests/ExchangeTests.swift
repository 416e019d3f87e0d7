import ParkSimulator
import Synchronization
import Testing
import WebTransfer

@Suite struct `An exchange with a server` {
    @Test func `sends method, headers and body, and brings back status, headers and body`() throws {
        let seen = Mutex<HTTPQuestion?>(nil)
        let server = try LoopbackHTTPServer { question in
            seen.withLock { $0 = question }
            return .answer(status: 201, headers: ["Retry-After": "7"], body: "{\"ok\":true}")
        }
        defer { server.stop() }
        var session = WebSession()
        let response = try session.send(
            WebRequest(
                .post, "http://127.0.0.1:\(server.port)/alarms",
                headers: [WebHeader("Idempotency-Key", "demo/1/zhang")],
                body: Array("报警\0x".utf8)))
        #expect(response.status == 201 && response.text == "{\"ok\":true}")
        #expect(response.header("retry-after") == "7")
        let question = try #require(seen.withLock { $0 })
        #expect(question.method == "POST" && question.target == "/alarms" && question.text == "报警\0x")
        #expect(question.headers["idempotency-key"] == "demo/1/zhang" && question.headers["expect"] == nil)
    }

    @Test(arguments: WebRequest.Method.allCases, [nil, [], [0x61]] as [[UInt8]?])
    func `every method works with and without a body`(method: WebRequest.Method, body: [UInt8]?) throws {
        let seen = Mutex<HTTPQuestion?>(nil)
        let server = try LoopbackHTTPServer { question in
            seen.withLock { $0 = question }
            return .answer(status: 204)
        }
        defer { server.stop() }
        var session = WebSession()
        _ = try session.send(WebRequest(method, "http://127.0.0.1:\(server.port)/", body: body))
        let question = try #require(seen.withLock { $0 })
        #expect(question.method == method.rawValue && question.body == body ?? [])
    }

    @Test(arguments: [400, 404, 500, 503]) func `an unfriendly status is an answer, not a fault`(status: Int) throws {
        try withServer(answering: .answer(status: status, body: "no")) { _, url in
            var session = WebSession()
            let response = try session.send(WebRequest(.get, url))
            #expect(response.status == status && response.text == "no")
        }
    }

    @Test func `a redirect is shown and never followed`() throws {
        let target = try LoopbackHTTPServer { _ in .answer(status: 200, body: "secret") }
        defer { target.stop() }
        let location = ["Location": "http://127.0.0.1:\(target.port)/"]
        try withServer(answering: .answer(status: 302, headers: location)) { _, url in
            var session = WebSession()
            let response = try session.send(WebRequest(.get, url))
            #expect(response.status == 302)
        }
        #expect(target.connectionsAccepted == 0)
    }

    @Test func `one connection serves many requests`() throws {
        try withServer(answering: .answer(status: 200, body: "x")) { server, url in
            var session = WebSession()
            for _ in 0..<5 { _ = try session.send(WebRequest(.post, url, body: [1, 2, 3])) }
            #expect(server.connectionsAccepted == 1)
        }
    }

    @Test func `a Unix socket carries requests too`() throws {
        let folder = try Files.temporaryFolder("web")
        defer { Files.removeFolder(folder) }
        let server = try LoopbackHTTPServer(unixSocket: "\(folder)/control.sock") {
            .answer(status: 200, body: $0.target)
        }
        defer { server.stop() }
        var session = WebSession(route: WebRoute(unixSocket: "\(folder)/control.sock"))
        let response = try session.send(WebRequest(.get, "http://hazardd/api/v1/alarms"))
        #expect(response.text == "/api/v1/alarms")
    }
}

@Suite struct `A server that misbehaves` {
    @Test func `an endless body is cut at 64 KiB`() throws {
        try withServer(answering: .endless) { _, url in
            #expect(fault(url) == .answerTooLong(host: "127.0.0.1", limit: 65_536))
        }
    }

    @Test func `an answer of just under the limit is taken whole`() throws {
        try withServer(answering: .answer(status: 200, body: String(repeating: "x", count: 65_000))) { _, url in
            var session = WebSession()
            let response = try session.send(WebRequest(.get, url))
            #expect(response.body.count == 65_000)
        }
    }

    @Test func `an endless head is cut as well`() throws {
        let head =
            "HTTP/1.1 200 OK\r\n" + String(repeating: "X-Fill: \(String(repeating: "y", count: 1000))\r\n", count: 100)
        try withServer(answering: .raw(head)) { _, url in
            #expect(fault(url) == .answerTooLong(host: "127.0.0.1", limit: 65_536))
        }
    }

    @Test(arguments: [HTTPReaction.silence, .trickle(every: .milliseconds(50))])
    func `silence and one byte at a time both end at the limit`(reaction: HTTPReaction) throws {
        try withServer(answering: reaction) { _, url in
            let started = ContinuousClock.now
            #expect(fault(url, timeout: .milliseconds(400)) == .timedOut(host: "127.0.0.1", after: .milliseconds(400)))
            #expect(ContinuousClock.now - started < .seconds(5))
        }
    }

    @Test(arguments: [
        HTTPReaction.hangUp, .raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .raw("SSH-2.0-x\r\n"),
    ])
    func `an answer that breaks off, or is none, is named`(reaction: HTTPReaction) throws {
        try withServer(answering: reaction) { _, url in
            guard case .answerBroken(let host, let reason) = fault(url) else {
                Issue.record("another fault")
                return
            }
            #expect(host == "127.0.0.1" && !reason.isEmpty && !reason.contains("\n"))
        }
    }

    @Test func `a closed port is named with the system's reason`() throws {
        let port = try withServer(answering: .hangUp) { server, _ in server.port }
        #expect(
            fault("http://127.0.0.1:\(port)/?token=canary")
                == .notConnected(host: "127.0.0.1:\(port)", reason: "connection refused"))
    }

    @Test func `a running exchange is ended by this station`() throws {
        let stop = TransferStop()
        let server = try LoopbackHTTPServer { _ in
            stop.request()
            return .silence
        }
        defer { server.stop() }
        #expect(fault("http://127.0.0.1:\(server.port)/", timeout: .seconds(60), stop: stop) == .stopped)
    }
}

@Suite struct `A request that must not be sent` {
    @Test(
        arguments: [
            ("ftp://127.0.0.1/", .refusedProtocol("ftp")), ("file:///etc/passwd", .refusedProtocol("file")),
            ("gopher://127.0.0.1/", .refusedProtocol("gopher")),
            (
                "http://169.254.169.254/latest/meta-data",
                .refusedAddress(host: "169.254.169.254", address: "169.254.169.254")
            ),
            ("http://[fe80::1]/", .refusedAddress(host: "[fe80::1]", address: "fe80:0:0:0:0:0:0:1")),
        ] as [(String, TransferFault)])
    func `another protocol and link-local addresses are refused`(url: String, expected: TransferFault) {
        #expect(fault(url, timeout: .seconds(2)) == expected)
    }

    @Test(arguments: ["", "http://", "not a url", "https://user name@host/"])
    func `a URL that cannot be read is refused`(url: String) {
        guard case .unreadableRequest = fault(url) else {
            Issue.record("another fault")
            return
        }
    }

    @Test(arguments: ["a\r\nX: y", "a\nb", "a\0b"])
    func `a header with a line end is refused`(value: String) throws {
        try withServer(answering: .answer(status: 200)) { server, url in
            var session = WebSession()
            #expect(throws: TransferFault.unreadableRequest("header X-Comment holds a line end")) {
                try session.send(WebRequest(.get, url, headers: [WebHeader("X-Comment", value)]))
            }
            #expect(server.connectionsAccepted == 0)
        }
    }

    @Test func `no fault tells the path, the query or the token of a URL`() {
        for url in ["ftp://h/canary?canary", "http://127.0.0.1:1/canary?canary", "canary canary"] {
            #expect(fault(url).map { !"\($0)".contains("canary") } == true)
        }
    }
}

@Suite struct `The addresses that a name may lead to` {
    @Test(
        arguments: [
            ("8.8.8.8", .everywhere), ("10.1.2.3", .site), ("172.16.0.1", .site), ("172.32.0.1", .everywhere),
            // Each range at its first and last address, and the neighbours on both sides.
            ("9.255.255.255", .everywhere), ("10.0.0.0", .site), ("10.255.255.255", .site), ("11.0.0.0", .everywhere),
            ("172.15.255.255", .everywhere), ("172.31.255.255", .site), ("192.167.255.255", .everywhere),
            ("192.168.255.255", .site), ("192.169.0.0", .everywhere), ("100.63.255.255", .everywhere),
            ("100.127.255.255", .site), ("100.128.0.0", .everywhere), ("126.255.255.255", .everywhere),
            ("128.0.0.0", .everywhere), ("0.255.255.255", .thisMachine), ("169.253.255.255", .everywhere),
            ("169.254.0.0", .linkLocal), ("169.255.0.0", .everywhere), ("223.255.255.255", .everywhere),
            ("fe7f::1", .everywhere), ("febf::1", .linkLocal), ("fec0::1", .site), ("fbff::1", .everywhere),
            ("fc00::1", .site), ("fdff::1", .site), ("::2", .nowhere), ("::ffff:172.31.0.1", .site),
            ("192.168.1.1", .site), ("100.64.0.1", .site), ("127.0.0.1", .thisMachine), ("127.9.9.9", .thisMachine),
            ("0.0.0.0", .thisMachine), ("169.254.169.254", .linkLocal), ("224.0.0.1", .nowhere),
            ("255.255.255.255", .nowhere),
            ("::1", .thisMachine), ("::", .thisMachine), ("fe80::1", .linkLocal), ("fd00::1", .site),
            ("ff02::1", .nowhere),
            ("2001:db8::1", .everywhere), ("::ffff:127.0.0.1", .thisMachine), ("::ffff:169.254.1.1", .linkLocal),
            ("[::1]", .thisMachine),
        ] as [(String, NetworkAddress.Reach)])
    func `each address has its reach`(text: String, reach: NetworkAddress.Reach) throws {
        #expect(try #require(NetworkAddress(written: text)).reach == reach)
    }

    @Test(arguments: ["localhost", "10.1", "example.com", "", "1.2.3.4.5"])
    func `a name is no address`(text: String) { #expect(NetworkAddress(written: text) == nil) }

    @Test func `a name leads out, or to the site when that is permitted; link-local never`() throws {
        let site = try #require(NetworkAddress(written: "10.1.2.3"))
        let outside = try #require(NetworkAddress(written: "203.0.113.7"))
        let metadata = try #require(NetworkAddress(written: "169.254.169.254"))
        #expect(!AddressPolicy.publicUnlessWritten.permits(site, writtenInURL: false))
        #expect(AddressPolicy.publicUnlessWritten.permits(site, writtenInURL: true))
        #expect(AddressPolicy.privatePermitted.permits(site, writtenInURL: false))
        #expect(AddressPolicy.publicUnlessWritten.permits(outside, writtenInURL: false))
        #expect(!AddressPolicy.privatePermitted.permits(metadata, writtenInURL: true))
    }
}
