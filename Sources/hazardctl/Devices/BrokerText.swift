import DeviceMap
import PlantModel
import PlantTime
import SiteProfile

/// How devices at a broker are heard: the connection, each device's topic, and where in its payloads every point stands.
struct BrokerText {
    let language: Language
    /// By device id.
    let profiles: [String: ProfileReference]
    /// In index order.
    let points: [Point]
    let namedBits: [PointIndex: [NamedBit]]

    /// - Parameter device: only this one; nil: all.
    func text(_ broker: BrokerLink, device: String? = nil) -> String {
        let routes = broker.routes.filter { device == nil || $0.device == device }
        return ([connection(broker)] + routes.map(text)).joined(separator: "\n\n")
    }

    // MARK: The connection

    private func connection(_ broker: BrokerLink) -> String {
        let address = broker.host.isEmpty ? "-" : PlaceText.address(broker.host, broker.port)
        return [
            ExplainPhrase.broker(
                language, ["id": broker.id, "address": address, "devices": "\(broker.routes.count)"]),
            security(broker), identity(broker),
            ExplainPhrase.session(
                language,
                [
                    "expiry": ExactText.span(broker.sessionExpiry),
                    // The library takes no less.
                    "alive": ExactText.span(max(broker.keepAlive, .seconds(5))),
                    "most": "\(broker.receiveMaximum)",
                ]),
            ExplainPhrase.drops(language, ["broker": broker.id]), ExplainPhrase.noWill(language),
        ].joined(separator: "\n")
    }

    /// Names of files and credentials; what is in them is nobody's business here.
    private func security(_ broker: BrokerLink) -> String {
        guard let authority = broker.certificateAuthority else { return ExplainPhrase.noTLS(language) }
        var text = ExplainPhrase.tls(language, ["authority": authority])
        if let certificate = broker.clientCertificate {
            text += ExplainPhrase.clientCertificate(
                language, ["certificate": certificate, "key": broker.clientKeyCredential ?? "-"])
        }
        return text
    }

    private func identity(_ broker: BrokerLink) -> String {
        var text = ExplainPhrase.client(language, ["client": broker.clientID])
        if let user = broker.username {
            text += ExplainPhrase.user(language, ["user": user])
        } else if let credential = broker.usernameCredential {
            text += ExplainPhrase.userCredential(language, ["credential": credential])
        } else {
            text += ExplainPhrase.noUser(language)
        }
        if let password = broker.passwordCredential {
            text += ExplainPhrase.password(language, ["credential": password])
        }
        return text
    }

    // MARK: One device

    func text(_ route: TopicRoute) -> String {
        let profile = profiles[route.device].map { "\($0.id) (\($0.pin))" } ?? ""
        var lines = [
            ExplainPhrase.route(
                language, ["device": route.device, "profile": profile, "points": "\(route.allPoints.count)"]),
            subscription(route), payload(route), time(route),
        ]
        lines += [captures(route), sequence(route), lastWill(route)].compactMap { $0 }
        lines += route.blobs.map(blob)
        lines.append(table(of: route))
        return lines.joined(separator: "\n")
    }

    private func subscription(_ route: TopicRoute) -> String {
        var text = ExplainPhrase.subscribed(
            language, ["topic": route.topic, "period": ExactText.span(route.expectedPeriod)])
        if let stale = route.allPoints.compactMap({ points[$0.offset].staleAfter }).max() {
            text += ExplainPhrase.staleAfter(language, ["span": ExactText.span(stale)])
        }
        return route.isSelective ? text + "\n" + ExplainPhrase.shared(language) : text
    }

    private func payload(_ route: TopicRoute) -> String {
        let codec: ExplainPhrase =
            switch route.codec {
            case .json: .json
            case .tower: .tower
            case .sparkplug: .sparkplug
            case .registers: .registers
            }
        guard let each = route.each else { return codec(language) }
        return codec(language) + ExplainPhrase.each(language, ["path": each.text])
    }

    private func time(_ route: TopicRoute) -> String {
        let ahead = ExactText.span(route.maxFuture)
        if route.codec == .sparkplug { return ExplainPhrase.metricTime(language, ["ahead": ahead]) }
        guard let stamp = route.stamp else { return ExplainPhrase.noTime(language) }
        let form =
            switch stamp.format {
            case .epochSeconds: ExplainPhrase.epoch(language, ["unit": "s"])
            case .epochMilliseconds: ExplainPhrase.epoch(language, ["unit": "ms"])
            case .epochMicroseconds: ExplainPhrase.epoch(language, ["unit": "us"])
            case .epochNanoseconds: ExplainPhrase.epoch(language, ["unit": "ns"])
            case .iso8601: ExplainPhrase.iso8601(language)
            case .pattern(let pattern, let offset):
                ExplainPhrase.pattern(language, ["pattern": pattern, "zone": TimeText.offset(offset)])
            }
        return ExplainPhrase.time(language, ["path": stamp.path.text, "form": form, "ahead": ahead])
    }

    private func captures(_ route: TopicRoute) -> String? {
        guard !route.captures.isEmpty else { return nil }
        let levels = route.captures.map {
            ExplainPhrase.capture(language, ["name": $0.name, "level": "\($0.level + 1)"])
        }
        return ExplainPhrase.captures(language, ["levels": levels.joined(separator: ", ")])
    }

    private func sequence(_ route: TopicRoute) -> String? {
        if route.codec == .sparkplug { return ExplainPhrase.ownSequence(language) }
        return route.sequencePath.map { ExplainPhrase.sequence(language, ["path": $0.text]) }
    }

    private func lastWill(_ route: TopicRoute) -> String {
        guard let topic = route.statusTopic else {
            switch route.codec {
            case .sparkplug: return ExplainPhrase.deaths(language)
            case .tower: return ExplainPhrase.logOut(language)
            case .json, .registers: return ExplainPhrase.noStatus(language)
            }
        }
        let quoted = { (words: [String]) in words.map { "\"\($0)\"" }.joined(separator: " ") }
        return ExplainPhrase.status(
            language,
            [
                "topic": topic, "path": route.statusWords.path.map { " \($0.text)" } ?? "",
                "online": quoted(route.statusWords.online), "offline": quoted(route.statusWords.offline),
            ])
    }

    private func blob(_ blob: PayloadBlob) -> String {
        var text = ExplainPhrase.blob(
            language,
            [
                "place": place(of: blob), "encoding": blob.encoding.rawValue, "start": "\(blob.start.offset)",
                "points": "\(blob.points.count)",
            ])
        if let answer = blob.answer {
            text += ExplainPhrase.answerOf(language, ["form": answer.form.rawValue, "unit": "\(answer.unit)"])
        }
        return text
    }

    private func place(of blob: PayloadBlob) -> String { blob.path?.text ?? ExplainPhrase.wholePayload(language) }

    // MARK: Its points

    /// A row for each point, wherever it stands.
    func readings(of route: TopicRoute) -> [PointReading] {
        route.points.map { PointReading($0, codec: route.codec, language) }
            + route.blobs.flatMap { blob in
                blob.points.map { PointReading($0, blob: blob.path?.text, language) }
            }
    }

    private func table(of route: TopicRoute) -> String {
        ReadingTable(
            language: language, points: points, namedBits: namedBits, device: route.device, pointClass: route.pointClass
        ).text(readings(of: route))
    }
}

/// Points with where they are read and what they count as.
struct ReadingTable {
    let language: Language
    /// In index order.
    let points: [Point]
    let namedBits: [PointIndex: [NamedBit]]
    let device: String
    /// Of the device: a point of another class says so.
    let pointClass: Point.Class

    func text(_ readings: [PointReading]) -> String {
        let columns = [
            DevicePhrase.point(language), ExplainPhrase.readAt(language), ExplainPhrase.asWhat(language),
            ExplainPhrase.scaled(language), ExplainPhrase.unit(language), ExplainPhrase.range(language),
            ExplainPhrase.noValue(language), ExplainPhrase.statusColumn(language), ExplainPhrase.counts(language),
        ]
        let lines = readings.map { reading -> TextTable.Line in
            let point = points[reading.point.offset]
            let qualified = readings.filter { $0.status == reading.point }
            return TextTable.Line(
                [
                    name(reading.point), reading.place, reading.form, reading.scaling, point.unit.shown, reading.range,
                    reading.refused, reading.status.map(name) ?? "", counts(point, qualified),
                ], below: below(reading.point, qualified))
        }
        return TextTable(columns: columns.map { .init($0) }, lines: lines).withoutEmptyColumns.text()
    }

    private func name(_ point: PointIndex) -> String { ExactText.name(points[point.offset].tag, within: device) }

    private func counts(_ point: Point, _ qualified: [PointReading]) -> String {
        var words: [String] = []
        if point.pointClass != pointClass { words.append(point.pointClass.rawValue) }
        if !qualified.isEmpty { words.append(ExplainPhrase.isStatus(language)) }
        if point.staleAfter == nil { words.append(ExplainPhrase.byException(language)) }
        return words.joined(separator: ", ")
    }

    private func below(_ point: PointIndex, _ qualified: [PointReading]) -> String? {
        let bits = BitText(language: language, points: points).lines(namedBits[point] ?? [])
        let lines = [qualifies(qualified)].compactMap { $0 } + bits
        return lines.isEmpty ? nil : lines.joined(separator: "\n    ")
    }

    /// What a status says of others: once, under it, and not with each of them.
    private func qualifies(_ qualified: [PointReading]) -> String? {
        guard let meaning = qualified.first?.meaning else { return nil }
        let names = qualified.map { name($0.point) }.joined(separator: " ")
        return ExplainPhrase.qualifies(
            language, ["points": names, "meaning": meaning.isEmpty ? ExplainPhrase.mustBeReadable(language) : meaning])
    }
}
