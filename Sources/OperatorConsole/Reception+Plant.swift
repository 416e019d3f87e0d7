import HTTPTypes
import HummingbirdCore
import NIOCore
import PlantModel
import PlantTime
import StationPorts

// What stands on the board, whether we still watch, and the stream of what happens.
extension Reception {
    func points(_ request: Request) throws(Problem) -> Response {
        let query = try Query(request.uri.query, known: ["quality", "area"])
        let words = ["good", "uncertain", "bad"]
        let qualities = try query.list("quality", words: words) { word in words.first { $0 == word } }
        let area = query.text("area")
        let shown = ports.board.points().filter { point in
            (qualities?.contains(point.quality) ?? true)
                && (area.map { $0 == site.point(tagged: point.tag)?.area } ?? true)
        }
        return Response(json: [
            "site": .text(site.id), "time": .text(TimeText.utc(clock.wallNow())), "points": .list(shown.map(\.json)),
        ])
    }

    func point(_ tag: String) throws(Problem) -> Response {
        guard let point = ports.board.point(tagged: tag) else {
            throw Problem(.noSuchPoint, found: tag, expected: "/api/v1/points")
        }
        return Response(json: point.json)
    }

    func health() -> Response {
        let health = ports.health.health()
        return Response(json: [
            "site": .text(site.id), "siteName": site.name.json, "time": .text(TimeText.utc(clock.wallNow())),
            "utcOffsetSeconds": .integer(Int64(site.utcOffsetSeconds)), "sequence": .unsigned(ports.feed.committed()),
            "ready": .boolean(health.isReady), "reasons": .list(health.reasons.map { .text($0) }),
            "storageLost": .boolean(health.storageLost), "pointsLive": .integer(Int64(health.pointsLive)),
            "pointsTotal": .integer(Int64(health.pointsTotal)), "sourcesUp": .integer(Int64(health.sourcesUp)),
            "sourcesTotal": .integer(Int64(health.sourcesTotal)),
            "newestSampleAgeSeconds": health.newestSampleAgeSeconds.map { .number($0) },
            "outboxPending": .integer(Int64(health.outboxPending)),
            "outboxOldestSeconds": .number(health.outboxOldestSeconds), "beats": .list(health.beats.map(\.json)),
        ])
    }

    /// 200 while every stage beats. The body names the one that does not.
    func alive() -> Response {
        let beats = ports.health.health().beats
        let isAlive = beats.allSatisfy(\.isAlive)
        return Response(
            json: ["alive": .boolean(isAlive), "beats": .list(beats.map(\.json))],
            status: isAlive ? .ok : .serviceUnavailable)
    }

    /// 200 while we watch, record and tell. The body says why not.
    func ready() -> Response {
        let health = ports.health.health()
        return Response(
            json: [
                "ready": .boolean(health.isReady), "reasons": .list(health.reasons.map { .text($0) }),
                "pointsLive": .integer(Int64(health.pointsLive)), "pointsTotal": .integer(Int64(health.pointsTotal)),
                "storageLost": .boolean(health.storageLost),
            ], status: health.isReady ? .ok : .serviceUnavailable)
    }

    /// What a beat tells: the daemon's time, how far the journal and this stream are, and whether samples still come.
    func beatJSON() -> JSONText {
        let health = ports.health.health()
        return [
            "time": .text(TimeText.utc(clock.wallNow())), "sequence": .unsigned(hub.position),
            "committed": .unsigned(ports.feed.committed()), "ready": .boolean(health.isReady),
            "storageLost": .boolean(health.storageLost), "pointsLive": .integer(Int64(health.pointsLive)),
            "pointsTotal": .integer(Int64(health.pointsTotal)),
            "newestSampleAgeSeconds": health.newestSampleAgeSeconds.map { .number($0) },
        ]
    }

    /// Opens a stream. `Last-Event-ID` comes before `after`: a browser that reconnects sends the first address again.
    func events(_ request: Request, _ channel: any Channel) async throws(Problem) -> Response {
        let query = try Query(request.uri.query, known: ["after"])
        let start = try resume(request, query) ?? ports.feed.committed()
        if request.method == .head { return Response(status: .ok, headers: Self.streamHeaders) }
        let seat = try hub.admit { channel.close(promise: nil) }
        // However the connection ends, even before its first byte: the seat is free again.
        let hub = hub
        channel.closeFuture.whenComplete { _ in hub.leave(seat) }
        let stream = EventStream(hub: hub, archive: ports.archive, seat: seat, greeting: beatJSON())
        let body = request.body
        return Response(
            status: .ok, headers: Self.streamHeaders,
            body: ResponseBody { writer in
                defer { hub.leave(seat) }
                try await body.consumeWithCancellationOnInboundClose { _ in
                    try await stream.run(after: start, into: &writer)
                }
                try await writer.finish(nil)
            })
    }

    private func resume(_ request: Request, _ query: Query) throws(Problem) -> UInt64? {
        guard let text = request.headers.value(named: "last-event-id") else {
            return try query.number("after", in: 0...UInt64(Int64.max))
        }
        guard let sequence = UInt64(text), sequence <= UInt64(Int64.max) else {
            throw Problem(.badParameter, found: "Last-Event-ID: \(text)", expected: "0 ... \(Int64.max)")
        }
        return sequence
    }

    private static let streamHeaders: HTTPFields = [
        .contentType: StreamText.contentType, .cacheControl: "no-store, no-transform",
    ]
}

extension StageBeat {
    fileprivate var json: JSONText {
        ["stage": .text(stage), "ageSeconds": .number(ageSeconds), "alive": .boolean(isAlive)]
    }
}

extension HTTPFields {
    /// The value of a field that HTTPTypes has no constant for.
    /// - Parameter name: in lower case.
    func value(named name: String) -> String? { first { $0.name.canonicalName == name }?.value }
}
