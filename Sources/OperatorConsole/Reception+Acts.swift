import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import PlantModel
import PlantTime
import StationPorts

// What a person does to an alarm. An act names the alarm as it was seen, carries a key that makes a retry harmless, and
// is answered only with what the journal has committed.
extension Reception {
    static let commentLengthMax = 1000
    private static let keyLengthMax = 128

    func perform(
        _ act: Route.Act, on name: Route.AlarmName, _ request: Request, _ caller: Caller
    ) async throws(Problem) -> Response {
        let person = try mayAct(caller, act, name)
        _ = try Query(request.uri.query, known: [])
        try requireJSON(request)
        let key = try idempotencyKey(request)
        let sight = try sight(request, of: name)
        let comment = try await comment(of: request, for: act)
        let command = OperatorCommand(
            act.verb, rule: name.rule, occurrence: sight.occurrence, version: sight.version, actor: person.id,
            origin: caller.origin, comment: comment, idempotencyKey: key)
        switch await ports.desk.submit(command) {
        case .done(let record): return done(record)
        case .refused(let record, let present): return try refused(record, present, command)
        case .repeated(let record) where record.refusal == nil: return done(record)
        case .repeated(let record):
            let present = try await ports.archive.answer { try $0.alarm(rule: name.rule, occurrence: name.occurrence) }
            return try refused(record, present, command)
        case .keyReused: throw Problem(.keyReused, found: key, expected: "Idempotency-Key: new")
        case .busy: throw Problem(.busy)
        case .unknown: throw Problem(.notKnown, found: key, expected: "Idempotency-Key: \(key)")
        }
    }

    // MARK: Reading an act

    private func mayAct(_ caller: Caller, _ act: Route.Act, _ name: Route.AlarmName) throws(Problem) -> Person {
        do {
            return try person(caller)
        } catch {
            logger.notice(
                "act refused",
                metadata: [
                    "problem": "\(error.type)", "act": "\(act.rawValue)", "alarm": "\(name)",
                    "origin": "\(caller.origin)",
                ])
            throw error
        }
    }

    private func person(_ caller: Caller) throws(Problem) -> Person {
        guard let person = caller.person else {
            switch caller.door {
            case .control(let user):
                throw Problem(
                    .userNotMapped, found: "uid \(user.map(String.init) ?? "?")", expected: "people: unix_user")
            case .loopback where tokens == nil: throw Problem(.controlSocketOnly, expected: "hazardctl ack")
            case .loopback:
                throw Problem(
                    .tokenNeeded, found: "-", expected: "Authorization: Bearer",
                    headers: [.wwwAuthenticate: "Bearer realm=\"hazardd\""])
            }
        }
        guard person.role.mayAcknowledge else {
            let able = Role.allCases.filter(\.mayAcknowledge).map(\.rawValue).joined(separator: ", ")
            throw Problem(.roleMayNot, found: person.role.rawValue, expected: able)
        }
        return person
    }

    /// A page of another site cannot send JSON without asking first, and we never say yes to such a question.
    private func requireJSON(_ request: Request) throws(Problem) {
        let type = request.headers[.contentType] ?? "-"
        guard (type.split(separator: ";").first ?? "").trimmingSpaces.lowercased() == "application/json" else {
            throw Problem(.jsonNeeded, found: type, expected: "application/json")
        }
    }

    private func idempotencyKey(_ request: Request) throws(Problem) -> String {
        let key = request.headers.value(named: "idempotency-key") ?? ""
        guard !key.isEmpty, key.utf8.count <= Self.keyLengthMax, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Problem(
                .keyNeeded, found: key.isEmpty ? "-" : "Idempotency-Key: \(key.prefix(32))",
                expected: "Idempotency-Key: 1-\(Self.keyLengthMax) ASCII")
        }
        return key
    }

    private func sight(_ request: Request, of name: Route.AlarmName) throws(Problem) -> AlarmSight {
        guard let field = request.headers[.ifMatch] else {
            throw Problem(.sightNeeded, expected: "If-Match: \"\(name.occurrence).VERSION\"")
        }
        guard let sight = AlarmSight(entityTag: field), sight.occurrence == name.occurrence else {
            throw Problem(.sightUnreadable, found: field, expected: "\"\(name.occurrence).VERSION\"")
        }
        return sight
    }

    private struct ActBody: Decodable {
        var comment: String?
    }

    private func comment(of request: Request, for act: Route.Act) async throws(Problem) -> String {
        let bytes = try await body(of: request)
        let form = #"{"comment": "..."}"#
        let body: ActBody
        do {
            body = try JSONDecoder().decode(ActBody.self, from: Data(bytes.readableBytesView))
        } catch {
            let head = String(decoding: bytes.readableBytesView.prefix(40), as: UTF8.self)
            throw Problem(.bodyUnreadable, found: head.isEmpty ? "-" : head, expected: form)
        }
        let comment = body.comment ?? ""
        guard comment.count <= Self.commentLengthMax else {
            throw Problem(.commentTooLong, found: String(comment.count), expected: String(Self.commentLengthMax))
        }
        if act == .comments, comment.allSatisfy(\.isWhitespace) {
            throw Problem(.commentNeeded, found: "\"\(comment)\"", expected: form)
        }
        return comment
    }

    private func body(of request: Request) async throws(Problem) -> ByteBuffer {
        // Said before reading, where the length is known; counted while reading, where it is not.
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > bodyBytesMax {
            throw Problem(.bodyTooLarge, found: "\(length) B", expected: "\(bodyBytesMax) B")
        }
        do {
            return try await request.body.collect(upTo: bodyBytesMax)
        } catch {
            throw Problem(.bodyTooLarge, found: "> \(bodyBytesMax) B", expected: "\(bodyBytesMax) B")
        }
    }

    // MARK: Answering it

    private func done(_ record: AlarmRecord) -> Response {
        var response = Response(json: [
            "sequence": .unsigned(record.sequence), "rule": .text(record.rule),
            "occurrence": .unsigned(UInt64(record.occurrence)), "version": .unsigned(UInt64(record.version)),
            "state": .text(record.stateAfter), "at": .text(TimeText.utc(record.occurredAt)),
        ])
        response.headers[.eTag] = AlarmSight(occurrence: record.occurrence, version: record.version).entityTag
        return response
    }

    /// A command that changed nothing. Somebody else was first with the same answer: that is no refusal but news.
    private func refused(
        _ record: AlarmRecord, _ present: AlarmView?, _ command: OperatorCommand
    ) throws(Problem) -> Response {
        let state = present.flatMap { AlarmState(word: $0.latest.stateAfter) }
        if command.verb == .acknowledge, let present, let state, !state.awaitsAnswer,
            present.latest.occurrence == command.occurrence, let answer = present.answer(names: names)
        {
            var response = Response(json: [
                "sequence": .unsigned(record.sequence), "rule": .text(command.rule),
                "occurrence": .unsigned(UInt64(command.occurrence)),
                "version": .unsigned(UInt64(present.latest.version)), "state": .text(state.word), "already": answer,
            ])
            response.headers[.eTag] = present.sight.entityTag
            return response
        }
        let kind = Problem.Kind(refusal: record.refusal ?? "")
        let saw = "\(command.occurrence).\(command.version ?? 0)"
        let now =
            present.map { "\($0.latest.occurrence).\($0.latest.version) \($0.latest.stateAfter)" } ?? record.stateAfter
        switch kind {
        case .noSuchAlarm:
            throw Problem(
                kind, found: "\(command.rule)/\(command.occurrence)", expected: Route.alarmNameForm, present: present,
                sequence: record.sequence)
        case .alarmChanged:
            throw Problem(kind, found: saw, expected: now, present: present, sequence: record.sequence)
        default:
            throw Problem(
                kind, found: "\(command.rule)/\(command.occurrence)", expected: state?.word ?? record.stateAfter,
                present: present, sequence: record.sequence)
        }
    }
}

extension Route.Act {
    fileprivate var verb: OperatorCommand.Verb {
        switch self {
        case .acknowledge: .acknowledge
        case .unacknowledge: .unacknowledge
        case .comments: .comment
        case .reset: .reset
        }
    }
}
