import DeliveryPlan
import PlantTime
import Testing

@Suite struct `The retry schedule` {
    @Test(arguments: [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (1000, 60)])
    func `the wait doubles up to a minute, less at most a quarter`(attempt: Int, seconds: Int64) {
        for recipient in ["zhang", "li", "wang", "zhao", "qian"] {
            let wait = RetrySchedule.wait(afterAttempt: attempt, key: "demo/AT-101.HH/7/raise/0/1/\(recipient)")
            #expect(wait <= .seconds(seconds))
            #expect(wait >= max(.seconds(1), .milliseconds(seconds * 750)))
        }
    }

    @Test func `the same key and attempt always wait the same`() {
        #expect(RetrySchedule.wait(afterAttempt: 5, key: "a") == RetrySchedule.wait(afterAttempt: 5, key: "a"))
        #expect(RetrySchedule.wait(afterAttempt: 7, key: "demo/x") == .milliseconds(58_320))
    }

    @Test func `two hundred recipients are spread over the quarter`() {
        let waits = Set((0..<200).map { RetrySchedule.wait(afterAttempt: 7, key: "recipient \($0)") })
        #expect(waits.count > 100)
    }
}

@Suite struct `The answer of a receiver` {
    private let now = halfPastEight

    private func verdict(_ status: Int, code: Int? = nil, after: String? = nil) -> ReceiverAnswer.Verdict {
        ReceiverAnswer(status: status, businessCode: code, retryAfter: after).verdict(at: now)
    }

    @Test(arguments: [200, 201, 202, 204])
    func `two hundred and something is accepted`(status: Int) { #expect(verdict(status) == .accepted) }

    @Test func `two hundred with a non-zero code is a failure`() {
        #expect(verdict(200, code: 0) == .accepted)
        #expect(verdict(200, code: 310_000) == .retry(after: nil))
    }

    @Test(arguments: [(45_009, 65), (130_101, 600)] as [(Int, Int64)])
    func `a robot that throttles gets the pause it documents`(code: Int, seconds: Int64) {
        #expect(verdict(200, code: code) == .retry(after: .seconds(seconds)))
    }

    @Test(arguments: [301, 302, 307, 401, 403, 404, 408, 409, 429, 500, 502, 503])
    func `what a person can put right is tried again`(status: Int) { #expect(verdict(status) == .retry(after: nil)) }

    @Test(arguments: [400, 413, 422])
    func `a message that the receiver calls malformed is given up and shown`(status: Int) {
        #expect(verdict(status) == .refused)
    }

    @Test(
        arguments: [
            ("30", .seconds(30)), ("0", .zero), ("99999999", .seconds(600)), ("-5", nil), ("soon", nil),
            ("Tue, 24 Nov 2026 00:30:35 GMT", .seconds(30)), ("Mon, 23 Nov 2026 00:30:35 GMT", .zero),
            ("Fri, 31 Dec 9999 23:59:59 GMT", .seconds(600)), ("Mon, 01 Jan 0001 00:00:00 GMT", .zero),
        ] as [(String, Duration?)])
    func `Retry-After is honoured within ten minutes`(text: String, wait: Duration?) {
        #expect(verdict(429, after: text) == .retry(after: wait))
        #expect(verdict(503, after: text) == .retry(after: wait))
    }
}
