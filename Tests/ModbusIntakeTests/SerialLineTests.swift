import DeviceMap
import PlantModel
import PlantTesting
import PlantTime
import Testing

@testable import ModbusIntake

/// 32 units are read each second over one serial line that is busy for 0.64 of its time, each answer takes 20 ms. The third
/// answers for 20 s, and then no more: there is no pause in which it could be asked for nothing.
@Suite struct `A unit that dies on a busy serial line` {
    private static let place = 2
    private static let lifetime = Duration.seconds(20)

    private static func begin(
        _ pointClass: Point.Class, _ floor: Duration = .milliseconds(200), _ ceiling: Duration = .milliseconds(1500),
        dead: Set<UInt8> = [3],
        itsPeriod: Duration = .seconds(1), _ manners: (inout LinkManners) -> Void = { _ in }
    ) throws -> (play: Play, gateway: SerialGateway) {
        let units = (UInt8(1)...32).map { number in
            Plant.unit(
                number, [Plant.point(UInt32(number), at: 7, every: number == 3 ? itsPeriod : .seconds(1))],
                class: pointClass,
                link: 900 + UInt32(number))
        }
        var endpoint = Plant.endpoint(floor: floor, ceiling: ceiling, units)
        endpoint.manners.cost = ReadCost(perRequest: .milliseconds(20), perRegister: .zero)
        manners(&endpoint.manners)
        var play = try Play(endpoint)
        _ = play.connect()
        return (play, SerialGateway(dead: dead, from: play.now + lifetime))
    }

    /// What a gateway does about it, and what that may cost.
    struct Case: CustomTestStringConvertible, Sendable {
        var pointClass: Point.Class
        /// As a profile has them that states nothing.
        var floor = Duration.milliseconds(200)
        var ceiling = Duration.milliseconds(1500)
        var manner = SerialGateway.Manner.goesOn
        var ownTimeout = Duration.zero
        /// Of the siblings' period, from the death on.
        var p99: Double
        var worst: Double
        /// Slots of the siblings in the first 6 s, and in all that follows.
        var missed = (atFirst: 0, later: 0)
        /// Siblings that are taken for dead for a moment.
        var lost = 0
        var testDescription: String {
            "\(pointClass), \(floor) to \(ceiling), \(manner)" + (ownTimeout > .zero ? " for \(ownTimeout)" : "")
        }

        static let all = [Point.Class.level, .gas].flatMap { pointClass in
            [
                Case(
                    pointClass: pointClass, floor: .milliseconds(60), ceiling: .milliseconds(90), p99: 1.07, worst: 1.1),
                Case(pointClass: pointClass, p99: 1.1, worst: 1.1),
                // The line is the gateway's for as long as it waits itself, however short our own wait.
                Case(
                    pointClass: pointClass, manner: .holdsAndSays, ownTimeout: .milliseconds(300), p99: 1.27,
                    worst: 1.28),
                Case(
                    pointClass: pointClass, manner: .holdsAndIsSilent, ownTimeout: .milliseconds(300), p99: 1.27,
                    worst: 1.28),
                // One probe in an hour finds out that those behind it are forgotten.
                Case(
                    pointClass: pointClass, manner: .forgets, ownTimeout: .milliseconds(300), p99: 1.29, worst: 2.6),
                Case(
                    pointClass: pointClass, manner: .forgets, ownTimeout: .milliseconds(500), p99: 1.49, worst: 2.3),
                // A whole period each time: three requests in vain until the unit is known to be dead are three periods.
                Case(
                    pointClass: pointClass, manner: .holdsAndSays, ownTimeout: .milliseconds(1000), p99: 1.97,
                    worst: 3, missed: (62, 0)),
                Case(
                    pointClass: pointClass, manner: .holdsAndIsSilent, ownTimeout: .milliseconds(1000), p99: 1.95,
                    worst: 3.2, missed: (62, 12), lost: 1),
            ]
        }
    }

    @Test(arguments: Case.all)
    func `leaves its siblings their period as far as the gateway does`(given: Case) throws {
        var (play, gateway) = try Self.begin(given.pointClass, given.floor, given.ceiling)
        gateway.manner = given.manner
        gateway.ownTimeout = given.ownTimeout
        let diesAt = gateway.death.lowerBound
        let dying = play.run(&gateway, until: diesAt + .seconds(6))
        let missedAtFirst = play.session.schedule.missed
        let after = play.run(&gateway, until: diesAt + .seconds(320))
        let missedLater = play.session.schedule.missed - missedAtFirst
        let siblings = play.session.units.indices.filter { $0 != Self.place }
        let all = Evenness(of: siblings.map { dying.read[$0].filter { $0 >= diesAt } + after.read[$0] })
        let later = Evenness(of: siblings.map { after.read[$0] })
        print(
            "siblings of a dead unit on a busy serial line, \(given.testDescription): \(all); missed \(missedAtFirst)")
        print("    from 6 s on: \(later); missed \(missedLater)")
        #expect(play.session.units[Self.place].breaker.isOpen && dying.lost[Self.place].count == 1)
        #expect(siblings.allSatisfy { play.session.units[$0].link == .up && after.lost[$0].isEmpty })
        #expect(siblings.count { !dying.lost[$0].isEmpty } <= given.lost)
        #expect(all.p99 <= given.p99 && all.worst <= given.worst)
        #expect(missedAtFirst <= given.missed.atFirst && missedLater <= given.missed.later)
        #expect(play.session.counts.losses == 0)
        let probes = dying.probes + after.probes
        switch given.manner {
        case .goesOn: #expect(probes.contains(where: \.isCut) == (given.ceiling > .milliseconds(100)))
        // Where waiting less gains nothing, the first such probe finds it out.
        case .forgets: #expect(probes.count(where: \.isCut) == 1)
        // Here by a sibling that is answered later than usual.
        case .holdsAndSays, .holdsAndIsSilent: break
        }
    }

    /// Back after a minute, as fast as before or slower than its probes are waited for.
    @Test(arguments: [Point.Class.level, .gas], [20, 150, 700, 1400])
    func `is found again when it comes back, however slow`(pointClass: Point.Class, milliseconds: Int) throws {
        // It is read seldom: at 1 Hz, so slow a unit would take all of the line.
        var (play, gateway) = try Self.begin(pointClass, itsPeriod: .seconds(10))
        let backAt = gateway.death.lowerBound + .seconds(60)
        gateway.death = gateway.death.lowerBound..<backAt
        gateway.serviceAfterDeath = .milliseconds(milliseconds)
        let dead = play.run(&gateway, until: backAt)
        #expect(dead.lost[Self.place].count == 1 && play.session.units[Self.place].breaker.isOpen)
        let back = play.run(&gateway, until: backAt + .seconds(120))
        let found = try #require(back.found[Self.place].first)
        print("found \((found - backAt).seconds) s after its return: \(pointClass), answers in \(milliseconds) ms")
        // A pause between probes, the second that a probe waits for one in which it delays nobody, and two probes.
        #expect(found - backAt <= BackOff.longest(isSafety: pointClass.isSafety) + .seconds(5))
        #expect(back.found[Self.place].count == 1 && back.lost[Self.place].isEmpty, "once found it stays")
        #expect(play.session.units[Self.place].link == .up)
        #expect(back.read[Self.place].count >= 8)
    }

    @Test func `with seventeen others takes neither the connection nor the period from the rest`() throws {
        let dead = Set(UInt8(1)...18)
        var (play, gateway) = try Self.begin(.gas, dead: dead)
        let began = gateway.death.lowerBound + .seconds(60)
        _ = play.run(&gateway, until: began)
        #expect(play.session.units.filter(\.breaker.isOpen).count == 18)
        let course = play.run(&gateway, until: began + .seconds(300))
        let evenness = Evenness(of: Array(course.read[18...]))
        print("siblings of eighteen dead units: \(evenness); \(course.probes.count) probes in 300 s")
        #expect(evenness.worst <= 1.1 && play.session.counts.losses == 0)
        gateway.death = gateway.death.lowerBound..<play.now
        let back = play.run(&gateway, until: play.now + .seconds(60))
        #expect(back.found[..<18].allSatisfy { $0.count == 1 })
    }

    /// Each probe that is given up early may be answered late: the ledger must have room for all of them.
    @Test func `is waited for in full while the ledger has little room`() throws {
        var (play, gateway) = try Self.begin(.gas)
        _ = play.run(&gateway, until: gateway.death.lowerBound + .seconds(20))
        while play.session.ledger.outstanding != nil { _ = play.run(&gateway, until: play.now + .milliseconds(1)) }
        for _ in 0..<ExchangeLedger.tombstoneLimit / 2 {
            let number = play.session.ledger.takeTransaction(at: play.now)
            play.session.ledger.open(`Exchange ledger`.entry(number, sentAt: play.now))
            _ = play.session.ledger.bury(at: play.now)
        }
        let narrow = play.run(&gateway, until: play.now + .seconds(29))
        #expect(narrow.probes.count >= 4 && !narrow.probes.contains { $0.isCut })
        let wide = play.run(&gateway, until: play.now + .seconds(30))
        #expect(wide.probes.contains { $0.isCut })
    }

    /// Half an answer at the end of a wait costs the connection.
    @Test func `is waited for in full when its answer has begun to come`() throws {
        var (play, gateway) = try Self.begin(.gas)
        _ = play.run(&gateway, until: gateway.death.lowerBound + .seconds(5))
        while !(play.session.ledger.outstanding?.isCut ?? false) {
            if play.request == nil { _ = play.untilNext() } else { _ = play.answer() }
        }
        let request = try #require(play.request)
        let entry = try #require(play.session.ledger.outstanding)
        #expect(entry.deadline < entry.sentAt + entry.patience)
        play.now = entry.deadline.advanced(byNanoseconds: -1)
        _ = play.after(.fragmentWaits)
        play.now = entry.deadline
        #expect(play.after(.timePassed) == [])
        let actions = play.after(.answered(AnswerHeader(answering: request)))
        #expect(actions.links == ["2+"] && play.session.isConnected)
    }

    /// Where a late answer would not be known, or would come to a connection that is closed, a slow unit could never show itself.
    @Test(arguments: [true, false])
    func `is waited for in full where its late answer would be lost`(isWithoutNumbers: Bool) throws {
        var (play, gateway) = try Self.begin(.gas) {
            if isWithoutNumbers { $0.transactions = .ignore } else { $0.session = .closesWhenIdle(for: .seconds(60)) }
        }
        let course = play.run(&gateway, until: gateway.death.lowerBound + .seconds(60))
        #expect(course.probes.count >= 8 && course.probes.allSatisfy { !$0.isCut && $0.wait >= .milliseconds(200) })
        #expect(course.probes.contains { $0.wait >= .milliseconds(300) }, "doubled, as any wait")
    }
}
