import DeviceMap
import PlantModel
import PlantTime

@testable import ModbusIntake

/// A gateway whose units share one serial line: it asks one after the other, in the order in which it was asked.
struct SerialGateway {
    /// What it does for its own time-out while a unit does not answer.
    enum Manner: Sendable {
        /// It asks the others meanwhile, as over a line of their own.
        case goesOn
        /// It asks nobody else, and says exception 11 in the end.
        case holdsAndSays
        /// It asks nobody else, and says nothing.
        case holdsAndIsSilent
        /// It asks nobody else, says nothing, and forgets whatever it is asked meanwhile.
        case forgets
    }

    var manner = Manner.goesOn
    var ownTimeout = Duration.zero
    /// What a unit takes to answer.
    var service = Duration.milliseconds(20)
    /// These do not answer for this long.
    var dead: Set<UInt8>
    var death: Range<PlantInstant>
    /// What they take when they have come back.
    var serviceAfterDeath = Duration.milliseconds(20)

    private var freeAt = PlantInstant.distantPast
    /// What is on its way back, the earliest first.
    private var answers: [(at: PlantInstant, header: AnswerHeader)] = []

    init(dead: Set<UInt8>, from began: PlantInstant) {
        self.dead = dead
        death = began..<PlantInstant.distantFuture
    }

    var nextAnswer: PlantInstant? { answers.first?.at }

    mutating func take(_ request: ReadRequest, at now: PlantInstant) {
        if manner == .forgets, freeAt > now { return }
        let begins = max(now, freeAt)
        var header = AnswerHeader(answering: request)
        guard dead.contains(request.unit), begins >= death.lowerBound else {
            freeAt = begins + service
            return send(header, at: freeAt)
        }
        guard begins < death.upperBound else {
            if manner != .goesOn { freeAt = begins + serviceAfterDeath }
            return send(header, at: begins + serviceAfterDeath)
        }
        guard manner != .goesOn else { return }
        freeAt = begins + ownTimeout
        guard manner == .holdsAndSays else { return }
        header.exception = 11
        header.dataBytes = 0
        send(header, at: freeAt)
    }

    /// The connection is closed: what was on its way is lost.
    mutating func close() { answers = [] }

    mutating func takeAnswer() -> AnswerHeader { answers.removeFirst().header }

    private mutating func send(_ header: AnswerHeader, at instant: PlantInstant) {
        answers.append((instant, header))
        answers.sort { $0.at < $1.at }
    }
}

/// What became of the units of a session, each by its place.
struct Course {
    /// When their values were published.
    var read: [[PlantInstant]]
    /// When they were given up.
    var lost: [[PlantInstant]]
    /// When they were found again.
    var found: [[PlantInstant]]
    /// How long the line was kept for each probe.
    var probes: [(wait: Duration, isCut: Bool)] = []

    init(units: Int) {
        read = Array(repeating: [], count: units)
        lost = read
        found = read
    }
}

extension Play {
    /// Plays the session against a gateway, which takes every call.
    mutating func run(_ gateway: inout SerialGateway, until end: PlantInstant) -> Course {
        var course = Course(units: session.units.count)
        pass(to: &gateway, &course)
        while now < end {
            if let answer = gateway.nextAnswer, answer <= session.nextDeadline(at: now) {
                now = max(now, answer)
                _ = after(.answered(gateway.takeAnswer()))
            } else {
                _ = untilNext()
            }
            if session.state == .resolving {
                gateway.close()
                let before = actions + after(.addressFound)
                actions = before + after(.connected)
            }
            pass(to: &gateway, &course)
        }
        return course
    }

    private mutating func pass(to gateway: inout SerialGateway, _ course: inout Course) {
        for action in actions {
            switch action {
            case .send(let request):
                gateway.take(request, at: now)
                guard let entry = session.ledger.outstanding, entry.isProbe else { continue }
                course.probes.append((entry.deadline - entry.sentAt, entry.isCut))
            case .publish(let lane): course.read[session.schedule.lanes[lane].unit].append(now)
            case .note(.unitLost(let unit, _)): course.lost[unit].append(now)
            case .note(.unitAnswers(let unit)): course.found[unit].append(now)
            default: break
            }
        }
        actions = []
    }
}
