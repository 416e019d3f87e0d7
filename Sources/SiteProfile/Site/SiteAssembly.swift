import DeviceMap
import PlantModel

/// Gives every point its number and builds the links from the drafts.
struct SiteAssembly {
    let findings: Findings
    private(set) var points: [Point] = []
    private(set) var endpoints: [ModbusEndpoint] = []
    private var endpointPlaces: [String: SourceLocation] = [:]
    private(set) var brokers: [BrokerLink] = []
    private(set) var systemPoints = SystemPoints()
    private(set) var systemRules: [Rule] = []
    /// Of words, and of contacts with a role.
    private(set) var namedBits: [PointIndex: [NamedBit]] = [:]
    /// By tag, for the checks of rules.
    private(set) var details: [String: PointDetail] = [:]

    /// On-delays that the site gives to shipped rules, by rule id.
    private let systemDelays: [String: Duration]
    private let systemLocation: SourceLocation
    /// A link without devices is only worth a word when all devices could be read.
    private let hasBrokenDevices: Bool

    init(
        endpoints drafts: [EndpointDraft], brokers givenBrokers: [(link: BrokerLink, place: SourceLocation)],
        devices: [DeviceDraft], broken: Set<String>, systemDelays: [String: Duration], systemLocation: SourceLocation,
        findings: Findings
    ) {
        self.findings = findings
        self.systemDelays = systemDelays
        self.systemLocation = systemLocation
        hasBrokenDevices = !broken.isEmpty
        for device in devices { addPoints(of: device) }
        for device in devices { addLink(of: device) }
        for broker in givenBrokers { addLinks(of: broker.link, devices: devices) }
        for point in StationPoint.allCases {
            systemPoints.station[point] = add(
                Point(
                    index: PointIndex(0), tag: point.tag, name: SystemRules.name(of: point), pointClass: .system))
            addRule(SystemRules.row(of: point), tag: point.tag)
        }
        for draft in drafts { addEndpoint(draft, devices: devices) }
        checkAddresses()
        checkCallers()
        for broker in givenBrokers { addBroker(broker, devices: devices) }
    }

    // MARK: Points

    private mutating func addPoints(of device: DeviceDraft) {
        for point in device.points {
            var detail = PointDetail(point, of: device)
            let index = add(
                Point(
                    index: PointIndex(0), tag: device.tag(of: point.id), name: point.name,
                    pointClass: point.pointClass, unit: point.unit, range: point.range,
                    staleAfter: detail.staleAfter, hazardSource: device.hazardSource, area: device.area,
                    device: device.id))
            detail.index = index
            details[device.tag(of: point.id)] = detail
        }
        namedBits.merge(device.namedBits { details[$0]?.index }) { first, _ in first }
    }

    /// A derived point: it belongs to no device, and grows stale with what it is made of.
    mutating func addDerived(_ entry: ParsedEntry) {
        guard let derived = entry.derived else { return }
        let inputs = derived.inputs.compactMap { details[$0]?.index }.map { points[$0.offset] }
        let staleAfter = derived.maxAge ?? inputs.compactMap(\.staleAfter).max()
        let keepsUnit =
            switch derived.operation {
            case .sum, .difference, .mean, .counter, .unwrap, .minimum, .maximum: true
            case .linear, .table, .product, .inverse, .slope: false
            }
        var unit = entry.unit.map { EngineeringUnit(symbol: $0) } ?? (keepsUnit ? inputs.first?.unit : nil)
        if case .slope = derived.operation, entry.unit == nil { unit = inputs.first?.unit.perSecond }
        // What lies between two temperatures has no zero of its own: 5 K, not 5 degC.
        if case .difference = derived.operation, entry.unit == nil, unit?.symbol == "degC" {
            unit = EngineeringUnit(symbol: "K")
        }
        let index = add(
            Point(
                index: PointIndex(0), tag: derived.name,
                name: entry.shownName ?? BilingualText(chinese: derived.name, english: derived.name),
                pointClass: inputs.map(\.pointClass).min() ?? .other, unit: unit ?? .none, range: entry.range,
                staleAfter: staleAfter, hazardSource: inputs.first?.hazardSource, area: inputs.first?.area ?? ""))
        var detail = PointDetail(index: index, staleAfter: staleAfter)
        let sources = derived.inputs.compactMap { details[$0] }
        detail.period = sources.compactMap(\.period).min()
        detail.conversion = keepsUnit ? sources.first?.conversion : nil
        details[derived.name] = detail
    }

    @discardableResult
    private mutating func add(_ point: Point) -> PointIndex {
        var point = point
        point.index = PointIndex(offset: points.count)
        points.append(point)
        if details[point.tag] == nil { details[point.tag] = PointDetail(index: point.index) }
        details[point.tag]?.index = point.index
        return point.index
    }

    private func index(_ tag: String) -> PointIndex { details[tag]?.index ?? PointIndex(0) }

    // MARK: What the station says of its links

    private mutating func addLink(of device: DeviceDraft) {
        let tag = "sys.\(device.id).link"
        systemPoints.links[device.id] = add(
            Point(
                index: PointIndex(0), tag: tag, name: SystemRules.linkName(device.id), pointClass: .system,
                hazardSource: device.hazardSource, area: device.area))
        addRule(
            SystemRules.linkDown(device.id, isSafety: device.profile.pointClass.isSafety, isBroker: false), tag: tag)
    }

    private mutating func addLinks(of broker: BrokerLink, devices: [DeviceDraft]) {
        let isSafety = devices.contains {
            if case .mqtt(broker.id, _) = $0.link { $0.profile.pointClass.isSafety } else { false }
        }
        let tag = "sys.\(broker.id).link"
        systemPoints.links[broker.id] = add(
            Point(index: PointIndex(0), tag: tag, name: SystemRules.linkName(broker.id), pointClass: .system))
        addRule(SystemRules.linkDown(broker.id, isSafety: isSafety, isBroker: true), tag: tag)
        let quarantine = "sys.\(broker.id).quarantined"
        systemPoints.quarantines[broker.id] = add(
            Point(
                index: PointIndex(0), tag: quarantine, name: SystemRules.quarantineName(broker.id),
                pointClass: .system))
        addRule(SystemRules.quarantined, tag: quarantine)
        let dropped = "sys.\(broker.id).dropped"
        systemPoints.drops[broker.id] = add(
            Point(index: PointIndex(0), tag: dropped, name: SystemRules.dropName(broker.id), pointClass: .system))
        addRule(SystemRules.dropped, tag: dropped)
        let gaps = "sys.\(broker.id).gaps"
        systemPoints.gaps[broker.id] = add(
            Point(index: PointIndex(0), tag: gaps, name: SystemRules.gapName(broker.id), pointClass: .system))
        addRule(SystemRules.gaps, tag: gaps)
    }

    private mutating func addRule(_ row: SystemRules.Row, tag: String) {
        systemRules.append(
            SystemRules.rule(row, tag: tag, onDelay: systemDelays["\(tag).\(row.word)"], location: systemLocation))
    }

    // MARK: Modbus

    private mutating func addEndpoint(_ draft: EndpointDraft, devices: [DeviceDraft]) {
        var units: [ModbusUnit] = []
        var manners: [ModbusManners] = []
        var places: [SourceLocation] = []
        for device in devices {
            guard case .modbus(draft.id, let unit, let own) = device.link else { continue }
            if let other = units.first(where: { $0.unit == unit }) {
                findings.error(at: device.place, "unit \(unit) of endpoint \"\(draft.id)\" is \(other.device) already")
            }
            units.append(self.unit(unit, own, of: device))
            manners.append(own)
            places.append(device.place)
        }
        guard !units.isEmpty else {
            if !hasBrokenDevices { findings.warning(at: draft.place, "endpoint \"\(draft.id)\" has no devices") }
            return
        }
        // One connection serves all: the most patient device sets the manners.
        var endpoint = ModbusEndpoint(
            id: draft.id, host: draft.host, port: draft.port,
            connectTimeout: draft.connectTimeout ?? manners.map(\.connectTimeout).max() ?? .seconds(3),
            responseFloor: draft.responseFloor ?? manners.map(\.responseFloor).max() ?? .milliseconds(200),
            responseCeiling: draft.responseCeiling ?? manners.map(\.responseCeiling).max() ?? .milliseconds(1500),
            pauseAfterConnect: draft.pauseAfterConnect ?? manners.map(\.pauseAfterConnect).max() ?? .zero,
            pauseBetween: draft.pauseBetween ?? manners.map(\.pauseBetween).max() ?? .zero, units: units)
        endpoint.manners = linkManners(draft, manners)
        if endpoint.responseCeiling < endpoint.responseFloor {
            findings.error(
                at: draft.place,
                "endpoint \"\(draft.id)\" has a response ceil of \(written(endpoint.responseCeiling)), below its floor "
                    + "of \(written(endpoint.responseFloor))")
        }
        if let trip = draft.roundTrip, trip >= endpoint.responseCeiling {
            findings.error(
                at: draft.place,
                "endpoint \"\(draft.id)\" has a round_trip of \(written(trip)), and its answers are waited for "
                    + "\(written(endpoint.responseCeiling)) at most; a longer response ceil would do")
        }
        admit(endpoint, draft: draft, places: places)
        endpoints.append(endpoint)
        endpointPlaces[draft.id] = draft.place
    }

    /// The most careful of the devices sets the manners of the connection that they share.
    private func linkManners(_ draft: EndpointDraft, _ manners: [ModbusManners]) -> LinkManners {
        var link = LinkManners()
        link.backup = draft.backup
        link.dialIn = draft.dialIn
        if let cost = draft.cost { link.cost = cost }
        if let trip = draft.roundTrip {
            // On the way to a gateway it comes on top of its line.
            link.cost.perRequest = trip + (draft.cost?.perRequest ?? .zero)
        }
        link.unitTurnaround = draft.unitTurnaround ?? manners.map(\.unitTurnaround).max() ?? .zero
        let echoes = Set(manners.map(\.transactions)).subtracting([.strict])
        if echoes.count > 1 {
            findings.error(
                at: draft.place, "endpoint \"\(draft.id)\" has devices of tid zero and of tid ignore; one kind would do"
            )
        }
        link.transactions = echoes.first ?? .strict
        if manners.contains(where: { $0.unitEcho == .any }) {
            link.unitEcho = .any
            if manners.count > 1 {
                findings.error(
                    at: draft.place,
                    "endpoint \"\(draft.id)\" has \(manners.count) devices, and unit_echo any could not tell whose answer "
                        + "came; an endpoint of its own for such a device would do")
            }
        }
        let idle = manners.compactMap { if case .closesWhenIdle(let span) = $0.session { span } else { nil } }
        // Whoever calls us is not sent away between two reads: when he calls again is his business.
        if let shortest = idle.min(), draft.dialIn == nil { link.session = .closesWhenIdle(for: shortest) }
        return link
    }

    /// Two endpoints with one address: a copy whose address was forgotten shows one device under two names, and many devices
    /// take one connection only.
    private func checkAddresses() {
        for (place, endpoint) in endpoints.enumerated() where endpoint.manners.dialIn == nil && !endpoint.host.isEmpty {
            guard
                let other = endpoints[..<place].first(where: {
                    $0.manners.dialIn == nil && $0.host == endpoint.host && $0.port == endpoint.port
                })
            else { continue }
            let twice = endpoint.units.compactMap { own in
                other.units.first { $0.unit == own.unit }.map {
                    "; \(own.device) would be the same device as \($0.device)"
                }
            }
            findings.warning(
                at: endpointPlaces[endpoint.id] ?? systemLocation,
                "endpoint \"\(endpoint.id)\" has the address of \"\(other.id)\", \(endpoint.host):\(endpoint.port)"
                    + "\(twice.first ?? ""); its own address, or one endpoint for both, would do")
        }
    }

    /// Two devices that call at one address must not say the same.
    private func checkCallers() {
        for (place, endpoint) in endpoints.enumerated() {
            guard let own = endpoint.manners.dialIn else { continue }
            for other in endpoints[..<place] {
                guard let known = other.manners.dialIn, known.port == own.port else { continue }
                let everywhere = LinkManners.DialIn.everyAddress
                if known.host != own.host {
                    guard known.host == everywhere || own.host == everywhere else { continue }
                    findings.error(
                        at: endpointPlaces[endpoint.id] ?? systemLocation,
                        "endpoint \"\(endpoint.id)\" listens on \(own.host):\(own.port) and \"\(other.id)\" on "
                            + "\(known.host):\(known.port), and \(everywhere) takes the port of every address; one "
                            + "listen address for both would do")
                    continue
                }
                let common = min(own.registration.count, known.registration.count)
                if own.registration[..<common] == known.registration[..<common] {
                    findings.error(
                        at: endpointPlaces[endpoint.id] ?? systemLocation,
                        "endpoint \"\(endpoint.id)\" registers with the bytes, or the first bytes, of \"\(other.id)\"; bytes that "
                            + "neither begins with would do")
                }
            }
        }
    }

    /// Whether its requests can be planned, and fit into its time.
    private func admit(_ endpoint: ModbusEndpoint, draft: EndpointDraft, places: [SourceLocation]) {
        var plans: [ReadPlan] = []
        for (unit, place) in zip(endpoint.units, places) {
            do {
                plans.append(try ReadPlan(unit: unit, cost: endpoint.planningCost))
            } catch {
                findings.error(at: place, error.text { points[$0.offset].tag })
            }
        }
        guard plans.count == endpoint.units.count else { return }
        do {
            _ = try Admission(endpoint: endpoint, plans: plans)
        } catch {
            findings.error(at: draft.place, "endpoint \(error.text)")
        }
    }

    private func unit(_ unit: UInt8, _ manners: ModbusManners, of device: DeviceDraft) -> ModbusUnit {
        let registers = device.points.compactMap { point -> RegisterPoint? in
            guard case .register(let wire) = point.wire else { return nil }
            return register(
                point, wire, of: device, period: manners.period(ofRate: wire.rate) ?? .seconds(1),
                snapshot: manners.snapshot(of: point.id))
        }
        var described = ModbusUnit(
            device: device.id, unit: unit, pointClass: device.profile.pointClass, points: registers.fitted,
            maxRegisters: manners.maxRegisters, maxBits: manners.maxBits, maxGap: manners.maxGap,
            linkPoint: index("sys.\(device.id).link"))
        described.forbidden = manners.forbidden
        described.burstPeriod = manners.burst
        return described
    }

    private func register(
        _ point: ProfilePoint, _ wire: RegisterWire, of device: DeviceDraft, period: Duration, snapshot: Int? = nil
    ) -> RegisterPoint {
        let status = point.qualifiedBy
        var described = RegisterPoint(
            point: index(device.tag(of: point.id)), area: wire.area, address: wire.address, type: wire.type,
            order: wire.order, field: wire.field, scaling: point.scaling, curve: point.curve,
            sentinels: wire.sentinels, states: wire.states, validRaw: wire.validRaw,
            expectedText: wire.expectedText, range: point.range, clampAbove: point.clampAbove,
            clampBelow: point.clampBelow, status: status.map { index(device.tag(of: $0)) },
            statusEffects: status.flatMap { device.point($0)?.effects } ?? [],
            period: period, snapshotGroup: snapshot)
        described.isStatusApart = point.isQualifiedApart
        described.word = point.word
        return described
    }

    // MARK: MQTT

    private mutating func addBroker(_ given: (link: BrokerLink, place: SourceLocation), devices: [DeviceDraft]) {
        var broker = given.link
        broker.linkPoint = index("sys.\(broker.id).link")
        broker.quarantinePoint = index("sys.\(broker.id).quarantined")
        broker.droppedPoint = index("sys.\(broker.id).dropped")
        broker.gapPoint = index("sys.\(broker.id).gaps")
        var filters = FilterTree()
        var units: [String: String] = [:]
        for device in devices {
            guard case .mqtt(broker.id, let manners) = device.link else { continue }
            let route = route(manners, of: device)
            for topic in [route.topic, route.statusTopic].compactMap({ $0 }) {
                // Devices that each choose their own element of a payload share a topic.
                let own = FilterTree.Owner(device: device.id, isSelective: route.isSelective, filter: topic)
                guard let other = filters.add(own) else { continue }
                let both = topic == other.filter ? "is" : "hears \(other.filter) too, which is"
                findings.error(
                    at: device.place, "topic \(topic) \(both) \(other.device)'s already; {device} in it would do")
            }
            for unit in Set(route.blobs.compactMap(\.answer?.unit)) {
                if let owner = units.updateValue(device.id, forKey: "\(route.topic) \(unit)") {
                    findings.error(
                        at: device.place,
                        "unit \(unit) on topic \(route.topic) is \(owner)'s already; its own unit would do")
                }
            }
            broker.routes.append(route)
        }
        if broker.routes.isEmpty, !hasBrokenDevices {
            findings.warning(at: given.place, "broker \"\(broker.id)\" has no devices")
        }
        brokers.append(broker)
    }

    private func route(_ manners: MQTTManners, of device: DeviceDraft) -> TopicRoute {
        let payload = device.points.compactMap { point -> PayloadPoint? in
            guard case .payload(let path, let type, let sentinels) = point.wire else { return nil }
            let status = point.qualifiedBy.flatMap { device.point($0) }
            return PayloadPoint(
                point: index(device.tag(of: point.id)), path: manners.filled(path), type: type, scaling: point.scaling,
                range: point.range, clampAbove: point.clampAbove, sentinels: sentinels,
                status: status.map { index(device.tag(of: $0.id)) }, statusEffects: status?.effects ?? [],
                statusValues: status?.values ?? [:])
        }
        let blobs = manners.blobs.map { name, blob in
            PayloadBlob(
                path: blob.path.map(manners.filled), encoding: blob.encoding, start: blob.start, answer: blob.answer,
                points: device.points.filter { $0.blob == name }.compactMap { point in
                    guard case .register(let wire) = point.wire else { return nil }
                    return register(point, wire, of: device, period: manners.expectedPeriod)
                })
        }
        var route = TopicRoute(
            device: device.id, pointClass: device.profile.pointClass, topic: manners.topic, points: payload,
            stamp: manners.stamp.map { StampField(path: manners.filled($0.path), format: $0.format) },
            sequencePath: manners.sequence.map(manners.filled), statusTopic: manners.statusTopic,
            expectedPeriod: manners.expectedPeriod, maxFuture: manners.maxFuture,
            linkPoint: index("sys.\(device.id).link"), blobs: blobs.filter { !$0.points.isEmpty },
            codec: manners.codec, each: manners.each.map(manners.filled), captures: manners.captures)
        route.statusWords = manners.statusWords
        if let path = route.statusWords.path { route.statusWords.path = manners.filled(path) }
        return route
    }
}

extension Array {
    /// The same without the room that is left from growing: what a site keeps, it keeps for months.
    var fitted: [Element] { map { $0 } }
}
