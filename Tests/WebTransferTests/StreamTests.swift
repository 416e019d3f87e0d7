import ParkSimulator
import Testing
import WebTransfer

@Suite struct `A stream of events` {
    private func lines(of reaction: HTTPReaction, stopAfter: Int = .max) throws -> (WebResponse, [String]) {
        try withServer(answering: reaction) { _, url in
            let kept = Kept()
            var session = WebSession()
            let response = try session.stream(WebRequest(.get, url), silenceLimit: .seconds(10)) { line in
                kept.lines.append(line)
                return kept.lines.count >= stopAfter ? .stop : .goOn
            }
            return (response, kept.lines)
        }
    }

    private final class Kept { var lines: [String] = [] }

    @Test func `comes line by line until the server ends it`() throws {
        let sent = ["id: 7", "event: alarm", "data: {\"报警\":1}", "", ": beat"]
        let (response, lines) = try lines(of: .lines(sent))
        #expect(lines == sent && response.status == 200 && response.body.isEmpty)
    }

    @Test func `ends when its reader has had enough, though the server goes on`() throws {
        let (response, lines) = try lines(of: .lines(["one", "two", "three"], staysOpen: true), stopAfter: 2)
        #expect(lines == ["one", "two"] && response.status == 200)
    }

    @Test func `a refusal is the server's explanation`() throws {
        let (response, lines) = try lines(of: .answer(status: 503, body: "200 streams already"))
        #expect(lines.isEmpty && response.status == 503 && response.text == "200 streams already")
    }

    @Test func `a line without end is cut`() throws {
        try withServer(answering: .endless) { _, url in
            var session = WebSession()
            #expect(throws: TransferFault.answerTooLong(host: "127.0.0.1", limit: 65_536)) {
                try session.stream(WebRequest(.get, url), silenceLimit: .seconds(10)) { _ in .goOn }
            }
        }
    }

    @Test func `silence longer than the beat ends it`() throws {
        try withServer(answering: .lines([": beat"], staysOpen: true)) { _, url in
            var session = WebSession()
            #expect(throws: TransferFault.timedOut(host: "127.0.0.1", after: .seconds(1))) {
                try session.stream(WebRequest(.get, url), silenceLimit: .seconds(1)) { _ in .goOn }
            }
        }
    }
}
