import PlantTime
import Testing

@testable import MQTTIntake

private let start = PlantInstant(milliseconds: 1_795_509_000_000)

private func aSession(filters: Int = 2, stale: Bool = false, isSafety: Bool = true) -> BrokerSession {
    BrokerSession(
        plan: .init(
            filterCount: filters, hasStaleFilters: stale, keepAlive: .seconds(15),
            backOff: BackOff(link: "park-1", isSafety: isSafety)))
}

/// A session whose two filters have been granted at `start`.
private func aLiveSession(filters: Int = 2) -> BrokerSession {
    var session = aSession(filters: filters)
    _ = session.on(.started, at: start)
    _ = session.on(.accepted(sessionPresent: true, keepAlive: nil), at: start)
    for filter in 0..<filters { _ = session.on(.filterAnswered(filter, code: 1), at: start) }
    return session
}

@Suite struct `Session with a broker` {
    @Test func `connects, subscribes and is live when every filter is granted`() {
        var session = aSession()
        #expect(session.on(.started, at: start) == [.connect(attempt: 1)])
        #expect(
            session.on(.accepted(sessionPresent: false, keepAlive: nil), at: start)
                == [.rememberFilters, .subscribe([0, 1])])
        #expect(session.on(.filterAnswered(1, code: 1), at: start) == [])
        #expect(session.on(.filterAnswered(0, code: 1), at: start) == [.reportUp])
    }

    @Test func `asks for its filters again on every connect, session or not`() {
        var session = aLiveSession()
        #expect(session.on(.lost("reset"), at: start) == [.drop("reset"), .reportLost("reset")])
        let again = session.nextDeadline ?? start
        #expect(session.on(.timePassed, at: again) == [.connect(attempt: 2)])
        #expect(
            session.on(.accepted(sessionPresent: true, keepAlive: nil), at: again)
                == [.rememberFilters, .subscribe([0, 1])])
    }

    @Test func `takes filters of an earlier run back, and forgets them only then`() {
        var session = aSession(stale: true)
        _ = session.on(.started, at: start)
        #expect(
            session.on(.accepted(sessionPresent: true, keepAlive: nil), at: start)
                == [.removeStaleFilters, .subscribe([0, 1])])
        _ = session.on(.lost("reset"), at: start)
        _ = session.on(.timePassed, at: start + .seconds(5))
        #expect(
            session.on(.accepted(sessionPresent: true, keepAlive: nil), at: start + .seconds(5)).contains(
                .removeStaleFilters))
        #expect(session.on(.staleFiltersRemoved, at: start + .seconds(6)) == [.rememberFilters])
        #expect(session.on(.staleFiltersRemoved, at: start + .seconds(6)) == [])
    }

    @Test func `needs no removal at a broker that kept no session`() {
        var session = aSession(stale: true)
        _ = session.on(.started, at: start)
        #expect(
            session.on(.accepted(sessionPresent: false, keepAlive: nil), at: start)
                == [.rememberFilters, .subscribe([0, 1])])
    }

    @Test func `names a refused filter once, goes live without it, and asks again each minute`() {
        var session = aSession()
        _ = session.on(.started, at: start)
        _ = session.on(.accepted(sessionPresent: true, keepAlive: nil), at: start)
        #expect(session.on(.filterAnswered(0, code: 0x87), at: start) == [.reportRefused(filter: 0, code: 0x87)])
        #expect(session.on(.filterAnswered(1, code: 0), at: start) == [.reportWeak(filter: 1), .reportUp])
        func hear(at seconds: Int) { session.heard(at: start + .seconds(seconds)) }
        hear(at: 59)
        #expect(session.on(.timePassed, at: start + .seconds(59)) == [])
        #expect(session.on(.timePassed, at: start + .seconds(60)) == [.subscribe([0])])
        #expect(session.on(.filterAnswered(0, code: 0x87), at: start + .seconds(60)) == [])
        hear(at: 119)
        #expect(session.on(.timePassed, at: start + .seconds(120)) == [.subscribe([0])])
        #expect(session.on(.filterAnswered(0, code: 1), at: start + .seconds(120)) == [])
        hear(at: 181)
        #expect(session.on(.timePassed, at: start + .seconds(181)) == [])
    }

    @Test func `gives a broker up that is silent for one and a half keep-alives`() {
        var session = aLiveSession()
        session.heard(at: start + .seconds(10))
        #expect(session.on(.timePassed, at: start + .milliseconds(32_499)) == [])
        let actions = session.on(.timePassed, at: start + .milliseconds(32_500))
        #expect(actions == [.drop("not a byte for 22.5 s"), .reportLost("not a byte for 22.5 s")])
    }

    @Test func `believes a broker that insists on its own keep-alive`() {
        var session = aSession(filters: 0)
        _ = session.on(.started, at: start)
        #expect(
            session.on(.accepted(sessionPresent: true, keepAlive: .seconds(60)), at: start)
                == [.rememberFilters, .reportUp])
        #expect(session.on(.timePassed, at: start + .seconds(89)) == [])
        #expect(session.on(.timePassed, at: start + .seconds(90)).isEmpty == false)
    }

    @Test func `says that the broker is lost once, also when it never came`() {
        var session = aSession()
        _ = session.on(.started, at: start)
        #expect(session.on(.connectFailed("refused"), at: start) == [.drop("refused"), .reportLost("refused")])
        var now = start
        for attempt in 2...20 {
            now = session.nextDeadline ?? now
            #expect(session.on(.timePassed, at: now) == [.connect(attempt: attempt)])
            #expect(session.on(.connectFailed("refused"), at: now) == [.drop("refused")])
        }
    }

    @Test func `waits longer with each failure, five seconds at most where lives depend on it`() {
        for (isSafety, limit) in [(true, Duration.seconds(5)), (false, .seconds(30))] {
            var session = aSession(isSafety: isSafety)
            _ = session.on(.started, at: start)
            var now = start
            var rests: [Duration] = []
            for _ in 0..<12 {
                _ = session.on(.connectFailed("refused"), at: now)
                let next = session.nextDeadline ?? now
                rests.append(next - now)
                now = next
                _ = session.on(.timePassed, at: now)
            }
            #expect(rests[0] >= .milliseconds(160) && rests[0] <= .milliseconds(240))
            #expect(rests.allSatisfy { $0 <= limit })
            #expect(rests.suffix(2).allSatisfy { $0 >= limit * 8 / 10 })
        }
    }

    @Test func `forgets old failures after a minute of health, not before`() {
        for (healthy, attempt) in [(59, 4), (60, 2)] {
            var session = aSession(filters: 0)
            var now = start
            _ = session.on(.started, at: now)
            for _ in 0..<2 {
                _ = session.on(.connectFailed("refused"), at: now)
                now = session.nextDeadline ?? now
                _ = session.on(.timePassed, at: now)
            }
            _ = session.on(.accepted(sessionPresent: true, keepAlive: nil), at: now)
            now = now + .seconds(healthy)
            _ = session.on(.lost("session taken over"), at: now)
            #expect(session.on(.timePassed, at: now + .seconds(30)) == [.connect(attempt: attempt)])
        }
    }

    @Test func `gives up on a connect without an answer and on subscriptions without one`() {
        var session = aSession()
        _ = session.on(.started, at: start)
        #expect(session.on(.timePassed, at: start + .milliseconds(14_999)) == [])
        #expect(session.on(.timePassed, at: start + .seconds(15)).first == .drop("no answer to connect within 15.0 s"))
        session = aSession()
        _ = session.on(.started, at: start)
        _ = session.on(.accepted(sessionPresent: true, keepAlive: .seconds(600)), at: start)
        #expect(session.on(.timePassed, at: start + .seconds(30)).first == .drop("2 subscriptions unanswered"))
    }

    @Test func `once stopped does nothing more`() {
        var session = aLiveSession()
        #expect(session.on(.stopRequested, at: start) == [])
        #expect(session.on(.lost("reset"), at: start) == [])
        #expect(session.on(.timePassed, at: start + .seconds(100)) == [])
        #expect(session.nextDeadline == nil)
    }
}
