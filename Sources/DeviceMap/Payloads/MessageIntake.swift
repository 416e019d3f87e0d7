import PlantModel
package import PlantTime

/// Turns messages into slots: finds the device by its topic, decodes, recognises repeats, follows who is on line.
/// Pure: no socket, no clock, no file. A door's thread owns one; a replay of a capture has its own.
package struct MessageIntake: Sendable {
    /// What is subscribed: one exact topic, and the devices behind it.
    package struct Filter: Sendable {
        package enum Kind: Sendable {
            case telemetry
            case status
            /// The broker's own count of what it dropped (`$SYS`, mosquitto(8)).
            case dropped
            /// How long it is up, which shows that it speaks of itself.
            case uptime
        }

        package var topic: String
        package var kind: Kind
        /// The broker sends what it kept on every connect; telemetry only for a new subscription.
        package var wantsRetained: Bool { kind != .telemetry }
        /// The quality of service that is asked for. What is said every few seconds and worth nothing later need not wait in the
        /// broker's queue while we are away; where the broker queues QoS 0, too, as for Sparkplug, it waits there all the same.
        package var quality: Int32 { kind == .uptime ? 0 : 1 }
        fileprivate var routes: [Int]
    }

    struct Device: Sendable {
        let decoder: PayloadDecoder
        let isSafety: Bool
        /// The places of its points by the name of their metric; of a Sparkplug device only.
        let metrics: [String: [Int]]
        let readers: [ValueReader]
        /// Whether it is on line, as last said to the core; nil before that.
        var isLinked: Bool?
        /// The broker does not let us hear its last will: its link is not whole, whatever it sends.
        var isWillUnheard = false
        var repeats = RepeatWindow()
        var ownCount = OwnCount()
        var route: TopicRoute { decoder.route }

        init(_ route: TopicRoute) {
            decoder = PayloadDecoder(route: route)
            isSafety = route.pointClass.isSafety
            let isSparkplug = route.codec == .sparkplug
            readers = isSparkplug ? route.points.map { ValueReader(point: $0, statusSlot: nil) } : []
            metrics = Dictionary(grouping: isSparkplug ? Array(route.points.indices) : []) { place in
                if case .key(let name)? = route.points[place].path.steps.first { name } else { "" }
            }
        }
    }

    package let filters: [Filter]
    let link: BrokerLink
    let source: UInt16
    private let filterByTopic: [String: [Int]]
    /// The filters with levels that vary.
    private let patterns: [TopicPattern]
    var devices: [Device]
    private var recentQuarantines = RecentCount()
    private var saidQuarantines: SaidCount
    private var recentGaps = RecentCount()
    private var saidGaps: SaidCount
    private var drops: BrokerDrops
    private var saidDrops: SaidCount
    var recalled: RecalledSamples
    /// A number for all the words of the message in hand, once one of its records has asked for it.
    private var wholeWords: UInt64?
    /// Routes of Sparkplug devices by `group/node` and device, and what is known of each node.
    private(set) var sparkplugRoutes: [String: [String: Int]] = [:]
    var sparkplugNodes: [String: SparkplugNode] = [:]
    /// Grows with everything that makes ``sparkplugMemory``'s lives another, and with every message that makes its counts so.
    package internal(set) var sparkplugChanges = (lives: 0, counts: 0)

    /// - Parameters:
    ///   - recalled: what the input log holds of messages that the broker may send again after a restart.
    ///   - droppedBefore: ``droppedTotal`` of the life before.
    ///   - remembered: ``sparkplugMemory`` of the life before.
    package init(
        link: BrokerLink, source: UInt16, recalled: RecalledSamples = RecalledSamples(),
        droppedBefore: DroppedTotal? = nil,
        remembered: SparkplugMemory = SparkplugMemory()
    ) {
        drops = BrokerDrops(after: droppedBefore)
        saidQuarantines = SaidCount(of: link.quarantinePoint)
        saidGaps = SaidCount(of: link.gapPoint)
        saidDrops = SaidCount(of: link.droppedPoint)
        self.link = link
        self.source = source
        self.recalled = recalled
        devices = link.routes.map { Device($0) }
        var filters: [Filter] = []
        func subscribe(_ topic: String, _ kind: Filter.Kind, route: Int) {
            if let known = filters.firstIndex(where: { $0.topic == topic && $0.kind == kind }) {
                filters[known].routes.append(route)
            } else {
                filters.append(Filter(topic: topic, kind: kind, routes: [route]))
            }
        }
        for (index, route) in link.routes.enumerated() {
            if let topic = route.statusTopic { subscribe(topic, .status, route: index) }
            if route.codec == .sparkplug, let (node, device) = SparkplugTopic.subject(ofFilter: route.topic) {
                sparkplugRoutes[node, default: [:]][device ?? ""] = index
                // A node and all its devices count their messages together, so those that are not watched must be heard too;
                // and the node's death is theirs.
                subscribe(SparkplugTopic.filter(ofNode: node), .telemetry, route: index)
            } else {
                subscribe(route.topic, .telemetry, route: index)
            }
        }
        if link.droppedPoint != nil {
            filters.append(Filter(topic: BrokerDrops.topic, kind: .dropped, routes: []))
            filters.append(Filter(topic: BrokerDrops.uptime, kind: .uptime, routes: []))
        }
        self.filters = filters
        filterByTopic = Dictionary(grouping: filters.indices) { filters[$0].topic }
        patterns = filters.indices.compactMap { TopicPattern(filters[$0].topic, filter: $0) }
        for node in sparkplugRoutes.keys {
            guard let life = remembered.lives.nodes[node], let next = remembered.counts[node] else { continue }
            sparkplugNodes[node] = SparkplugNode(remembering: life, next: next)
        }
    }

    // MARK: Messages

    package mutating func take(
        _ message: BrokerMessage, at now: PlantInstant, wall: WallTime, into batch: inout IntakeBatch
    ) {
        // The broker's word on itself is no telemetry.
        if message.topic.utf8.first == UInt8(ascii: "$"),
            message.topic == BrokerDrops.topic || message.topic == BrokerDrops.uptime
        {
            return takeDrops(message, at: now, into: &batch)
        }
        wholeWords = nil
        batch.tally.messages += 1
        if message.isRetained { batch.tally.retained += 1 }
        if !sparkplugRoutes.isEmpty, message.topic.hasPrefix("\(SparkplugTopic.namespace)/") {
            // What is no word of a node, such as another's command, comes with the filter and is none of ours.
            guard let topic = SparkplugTopic(message.topic) else { return }
            return takeSparkplug(message, topic, at: now, wall: wall, into: &batch)
        }
        var places = filterByTopic[message.topic] ?? []
        if !patterns.isEmpty { places += patterns.lazy.filter { $0.matches(message.topic) }.map(\.filter) }
        guard !places.isEmpty else {
            batch.tally.unrouted += 1
            return
        }
        for place in places {
            let filter = filters[place]
            switch filter.kind {
            case .status: takeStatus(message, of: filter.routes, at: now, wall: wall, into: &batch)
            case .telemetry:
                var isOurs = false
                for route in filter.routes
                where takeTelemetry(message, of: route, at: now, wall: wall, into: &batch) { isOurs = true }
                if !isOurs { batch.tally.unrouted += 1 }
            case .dropped, .uptime: break
            }
        }
    }

    /// - Returns: false when the message is about other devices on the same topic.
    private mutating func takeTelemetry(
        _ message: BrokerMessage, of index: Int, at now: PlantInstant, wall: WallTime, into batch: inout IntakeBatch
    ) -> Bool {
        let arrival = PayloadArrival(instant: now, wall: wall, isRetained: message.isRetained)
        let readings: [DecodedPayload]
        do throws(PayloadRefusal) {
            guard message.totalBytes == message.payload.count else {
                throw PayloadRefusal(
                    topic: message.topic, offset: 0, found: "\(message.totalBytes) bytes",
                    wanted: "at most \(PayloadDecoder.payloadBytesMax) bytes")
            }
            readings = try devices[index].decoder.readings(message.payload, topic: message.topic, arrival: arrival)
        } catch {
            quarantine(message, reason: error.description, device: index, at: now, wall: wall, into: &batch)
            guard !message.isRetained else { return true }
            // The device's newest word cannot be read: its points must not go on looking well.
            noteLinked(index, at: now, into: &batch)
            markPoints(of: index, .bad(.decodeFailed), at: now, into: &batch)
            return true
        }
        // What the broker kept is shown, never judged; it says nothing of who is on line.
        if readings.isEmpty {
            if devices[index].route.isSelective { return false }
            if !message.isRetained { noteEmpty(message, of: index, at: now, into: &batch) }
        }
        for reading in readings { take(reading, of: message, index, at: now, into: &batch) }
        return true
    }

    /// A message in which nothing is measured: the device is there, unless it says something else.
    private mutating func noteEmpty(
        _ message: BrokerMessage, of index: Int, at now: PlantInstant, into batch: inout IntakeBatch
    ) {
        guard devices[index].route.codec == .tower else { return noteLinked(index, at: now, into: &batch) }
        switch TowerFrame.word(of: message.payload) {
        case .measurements, .workCycle, .present: noteLinked(index, at: now, into: &batch)
        case .gone: noteUnlinked(index, at: now, into: &batch)
        case .other: batch.tally.framesPassedOver += 1
        }
    }

    private mutating func take(
        _ reading: DecodedPayload, of message: BrokerMessage, _ index: Int, at now: PlantInstant,
        into batch: inout IntakeBatch
    ) {
        switch reading.stamp {
        case .device, .unnamed: break
        case .missing: batch.tally.stampsMissing += 1
        case .unreadable: batch.tally.stampsUnreadable += 1
        case .tooFarAhead: batch.tally.stampsAhead += 1
        }
        var decoded = reading
        // A kept message must not make the live one that it is a copy of look like a repeat.
        if !message.isRetained {
            guard isNews(message, &decoded, of: index, at: now, into: &batch) else { return }
            noteLinked(index, at: now, into: &batch)
            if let number = decoded.sequence, devices[index].ownCount.skips(to: number) {
                noteGap(at: now, into: &batch)
            }
        }
        batch.tally.samples += decoded.samples.count
        for sample in decoded.samples {
            append(sample, of: index, deviceSequence: decoded.sequence ?? 0, into: &batch)
        }
    }

    /// Whether a live payload is to be passed on. A payload equal byte for byte to one of the window is a repeat if a
    /// stamp or a number of its own tells it from a steady value. With a stamp it is dropped; with a number alone it is
    /// flagged and passed on, for a device that restarts counts from 1 again, and must not go unheard for it.
    private mutating func isNews(
        _ message: BrokerMessage, _ decoded: inout DecodedPayload, of index: Int, at now: PlantInstant,
        into batch: inout IntakeBatch
    ) -> Bool {
        guard decoded.stamp == .device || decoded.sequence != nil else { return true }
        // Unacknowledged when the daemon died, yet logged and judged: the broker says it again.
        if recalled.takes(decoded) {
            batch.tally.repeated += 1
            return false
        }
        let key = wording(of: decoded, in: message, devices[index].route)
        guard devices[index].repeats.notes(key, at: now) else { return true }
        if decoded.stamp == .device {
            batch.tally.repeated += 1
            return false
        }
        batch.tally.repeatedPassed += 1
        for place in decoded.samples.indices { decoded.samples[place].flags.insert(.repeated) }
        return true
    }

    /// A number for the words of a reading, with all that tells it from an equal one of another moment. An element that has its own
    /// stamp or number is compared by itself: a device may send it again among others. With a stamp of the whole payload, or in
    /// the topic, its words alone may be said at any time.
    /// - Complexity: the bytes of the element; those of the payload once a message.
    private mutating func wording(of decoded: DecodedPayload, in message: BrokerMessage, _ route: TopicRoute) -> UInt64
    {
        let mark = decoded.stamp == .device ? route.stamp?.path : route.sequencePath
        let isElement = route.each != nil && route.codec == .json
        if isElement, mark?.origin == .element { return StableHash.of(message.payload[decoded.extent]) }
        var words = wholeWords ?? StableHash.of(message.payload)
        wholeWords = words
        if isElement { words = StableHash.mixed(words &+ UInt64(decoded.extent.lowerBound)) }
        return mark?.origin == .topic ? words ^ StableHash.spread(message.topic) : words
    }

    private mutating func takeStatus(
        _ message: BrokerMessage, of routes: [Int], at now: PlantInstant, wall: WallTime, into batch: inout IntakeBatch
    ) {
        var refusal: (reason: PayloadRefusal, route: Int)?
        for route in routes {
            do throws(JSONFault) {
                switch try devices[route].route.statusWords.read(message.payload) {
                case .online: noteLinked(route, at: now, into: &batch)
                case .offline: noteUnlinked(route, at: now, into: &batch)
                case .nothing: break
                }
            } catch {
                let reason = PayloadRefusal(
                    topic: message.topic, offset: error.offset, found: error.found, wanted: error.wanted)
                refusal = refusal ?? (reason, route)
            }
        }
        if let refusal {
            quarantine(
                message, reason: refusal.reason.description, device: refusal.route, at: now, wall: wall, into: &batch)
        }
    }

    mutating func quarantine(
        _ message: BrokerMessage, reason: String, device: Int?, at now: PlantInstant, wall: WallTime,
        into batch: inout IntakeBatch
    ) {
        batch.tally.quarantined += 1
        batch.quarantined.append(
            QuarantinedPayload(
                broker: link.id, topic: message.topic, device: device.map { devices[$0].route.device }, reason: reason,
                arrival: wall, totalBytes: message.totalBytes, head: message.payload))
        recentQuarantines.note(at: now)
        sayQuarantines(at: now, into: &batch)
    }

    // MARK: Links

    /// Time passed: what is counted over the last minutes may have become less.
    package mutating func passTime(at now: PlantInstant, into batch: inout IntakeBatch) {
        if saidQuarantines.isSaid { sayQuarantines(at: now, into: &batch) }
        if saidGaps.isSaid { sayGaps(at: now, into: &batch) }
        if saidDrops.isSaid { sayDrops(at: now, into: &batch) }
        drops.passTime(at: now)
    }

    package mutating func brokerUp(at now: PlantInstant, into batch: inout IntakeBatch) {
        if link.droppedPoint != nil { drops.connected(at: now) }
        appendLink(link.linkPoint, isUp: true, isSafety: link.isSafety, at: now, into: &batch)
    }

    /// Nothing of what stands behind the broker is known from this instant on.
    package mutating func brokerLost(at now: PlantInstant, into batch: inout IntakeBatch) {
        drops.disconnected()
        appendLink(link.linkPoint, isUp: false, isSafety: link.isSafety, at: now, into: &batch)
        for index in devices.indices {
            devices[index].isLinked = nil
            noteUnlinked(index, at: now, into: &batch)
        }
    }

    /// The broker does not let us listen to a filter. Without their telemetry devices are as good as gone, and why is in the
    /// reason; without their last will they are seen, and their going would not be: their links are 0 until it is heard.
    package mutating func filterRefused(_ filter: Int, at now: PlantInstant, into batch: inout IntakeBatch) {
        for index in filters[filter].routes {
            switch filters[filter].kind {
            case .telemetry:
                devices[index].isLinked = nil
                noteUnlinked(index, reason: .misconfigured, at: now, into: &batch)
            case .status:
                devices[index].isWillUnheard = true
                sayLink(of: index, isUp: false, at: now, into: &batch)
            case .dropped, .uptime: break
            }
        }
    }

    /// The broker lets us listen to a filter that it may have refused before.
    package mutating func filterGranted(_ filter: Int, at now: PlantInstant, into batch: inout IntakeBatch) {
        guard filters[filter].kind == .status else { return }
        for index in filters[filter].routes where devices[index].isWillUnheard {
            devices[index].isWillUnheard = false
            if devices[index].isLinked == true { sayLink(of: index, isUp: true, at: now, into: &batch) }
        }
    }

    mutating func noteLinked(_ index: Int, at now: PlantInstant, into batch: inout IntakeBatch) {
        guard devices[index].isLinked != true else { return }
        devices[index].isLinked = true
        if !devices[index].isWillUnheard { sayLink(of: index, isUp: true, at: now, into: &batch) }
    }

    mutating func noteUnlinked(
        _ index: Int, reason: QualityReason = .linkDown, at now: PlantInstant, into batch: inout IntakeBatch
    ) {
        guard devices[index].isLinked != false else { return }
        devices[index].isLinked = false
        markPoints(of: index, .bad(reason), at: now, into: &batch)
        sayLink(of: index, isUp: false, at: now, into: &batch)
    }

    private func sayLink(of index: Int, isUp: Bool, at now: PlantInstant, into batch: inout IntakeBatch) {
        let device = devices[index]
        appendLink(device.route.linkPoint, isUp: isUp, isSafety: device.isSafety, at: now, into: &batch)
    }

    // MARK: Slots

    func markPoints(of index: Int, _ reading: Reading, at now: PlantInstant, into batch: inout IntakeBatch) {
        for point in devices[index].route.allPoints {
            append(Sample(point: point, at: now.wholeMillisecond, reading), of: index, into: &batch)
        }
    }

    func append(
        _ sample: Sample, of index: Int, deviceSequence: UInt64 = 0, into batch: inout IntakeBatch
    ) {
        batch.append(sample, isSafety: devices[index].isSafety, source: source, deviceSequence: deviceSequence)
    }

    private func appendLink(
        _ point: PointIndex, isUp: Bool, isSafety: Bool, at now: PlantInstant, into batch: inout IntakeBatch
    ) {
        let sample = Sample(point: point, at: now.wholeMillisecond, .good(isUp ? 1 : 0))
        batch.append(sample, isSafety: isSafety, source: source)
    }

    private mutating func sayQuarantines(at now: PlantInstant, into batch: inout IntakeBatch) {
        saidQuarantines.say(recentQuarantines.count(at: now), at: now, source: source, into: &batch)
    }

    /// By a device's own numbers, messages of it never came.
    mutating func noteGap(at now: PlantInstant, into batch: inout IntakeBatch) {
        batch.tally.sequenceGaps += 1
        recentGaps.note(at: now)
        sayGaps(at: now, into: &batch)
    }

    private mutating func sayGaps(at now: PlantInstant, into batch: inout IntakeBatch) {
        saidGaps.say(recentGaps.count(at: now), at: now, source: source, into: &batch)
    }

    // MARK: The broker's own losses

    /// How many messages the broker says it has dropped since it was started; nil until it has said so. To be kept over a
    /// restart: its queue for us is full when we do not listen.
    package var droppedTotal: DroppedTotal? { drops.known }
    /// The broker has been there for a minute and has not said it: what it drops, nobody would hear of.
    package var isDroppedTotalUnsaid: Bool { drops.isUnsaid }

    private mutating func takeDrops(_ message: BrokerMessage, at now: PlantInstant, into batch: inout IntakeBatch) {
        if message.topic == BrokerDrops.uptime {
            drops.noteUptime(isKept: message.isRetained)
        } else if !drops.note(message.payload, isKept: message.isRetained, at: now) {
            return
        }
        sayDrops(at: now, into: &batch)
    }

    private mutating func sayDrops(at now: PlantInstant, into batch: inout IntakeBatch) {
        saidDrops.say(drops.recent(at: now), at: now, source: source, into: &batch)
    }
}
