import HTTPTypes
import HummingbirdCore
import PlantModel
import PlantTime
import StationPorts

// Reading alarms and the journal. The head is read before what it speaks for, so that a stream opened after its sequence
// misses nothing; what is then seen twice carries the same sequence.
extension Reception {
    func alarms(_ request: Request) async throws(Problem) -> Response {
        let filter = try AlarmFilter(try Query(request.uri.query, known: AlarmFilter.parameters))
        let head = try await ports.archive.answer { try $0.head() }
        if let unchanged = unchanged(request, since: head) { return unchanged }
        let open = try await ports.archive.answer { try $0.openAlarms() }
        let shown = open.filter {
            filter.shows(state: $0.latest.stateAfter, priority: $0.latest.priority, area: $0.latest.area)
        }
        var response = Response(json: [
            "site": .text(site.id), "journal": .text(head.journalID), "sequence": .unsigned(head.sequence),
            "open": .integer(Int64(open.count)), "alarms": .list(shown.map { $0.json(names: names) }),
        ])
        response.headers[.eTag] = Self.entityTag(head)
        return response
    }

    func alarm(_ name: Route.AlarmName, _ request: Request) async throws(Problem) -> Response {
        _ = try Query(request.uri.query, known: [])
        let view = try await ports.archive.answer { try $0.alarm(rule: name.rule, occurrence: name.occurrence) }
        guard let view else { throw Problem(.noSuchAlarm, found: "\(name)", expected: Route.alarmNameForm) }
        // The tag is what an act names. Comments do not change it, so this answer is never "304": it is small anyway.
        var response = Response(json: view.json(names: names))
        response.headers[.eTag] = view.sight.entityTag
        return response
    }

    func journal(_ request: Request) async throws(Problem) -> Response {
        let query = try Query(request.uri.query, known: ["after", "limit"])
        let after = try query.number("after", in: 0...UInt64(Int64.max)) ?? 0
        let limit = Int(try query.number("limit", in: 1...1000) ?? 100)
        let head = try await ports.archive.answer { try $0.head() }
        if let unchanged = unchanged(request, since: head) { return unchanged }
        let records = try await ports.archive.answer { try $0.records(after: after, limit: limit) }
        var response = Response(json: [
            "site": .text(site.id), "journal": .text(head.journalID), "sequence": .unsigned(head.sequence),
            "records": .list(records.map(\.json)),
            "next": records.count == limit ? records.last.map { .unsigned($0.sequence) } : nil,
        ])
        response.headers[.eTag] = Self.entityTag(head)
        return response
    }

    /// 304 when the reader already has what the journal said at this head.
    private func unchanged(_ request: Request, since head: JournalHead) -> Response? {
        let tag = Self.entityTag(head)
        let known = request.headers[.ifNoneMatch]?.split(separator: ",").contains { $0.trimmingSpaces == tag } ?? false
        return known ? Response(status: .notModified, headers: [.eTag: tag]) : nil
    }

    private static func entityTag(_ head: JournalHead) -> String { "\"\(head.journalID)-\(head.sequence)\"" }
}
