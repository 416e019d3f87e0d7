import PlantModel
import PlantTime

/// Sparkplug B: what a node and its devices say, by births, data and deaths.
extension MessageIntake {
    mutating func takeSparkplug(
        _ message: BrokerMessage, _ topic: SparkplugTopic, at now: PlantInstant, wall: WallTime,
        into batch: inout IntakeBatch
    ) {
        guard let routes = sparkplugRoutes[topic.node] else {
            batch.tally.unrouted += 1
            return
        }
        // Sparkplug forbids retained births and data: one that was kept says nothing of now.
        guard !message.isRetained else { return }
        let subject = routes[topic.device ?? ""]
        let payload: SparkplugPayload
        do throws(ProtobufFault) {
            guard message.totalBytes == message.payload.count else {
                throw ProtobufFault(
                    offset: 0, found: "\(message.totalBytes) bytes",
                    wanted: "at most \(PayloadDecoder.payloadBytesMax) bytes")
            }
            payload = try SparkplugPayload(message.payload)
        } catch {
            let reason = PayloadRefusal(
                topic: message.topic, offset: error.offset, found: error.found, wanted: error.wanted)
            quarantine(message, reason: reason.description, device: subject, at: now, wall: wall, into: &batch)
            if let subject { markPoints(of: subject, .bad(.decodeFailed), at: now, into: &batch) }
            return
        }
        // Taken out and put back, so that what it took lately is not copied for each message.
        var node = sparkplugNodes.removeValue(forKey: topic.node) ?? SparkplugNode()
        let (wasBroken, gaps, changes) = (node.isBroken, node.gaps, node.changes)
        let outcome = node.take(
            topic, payload, hash: StableHash.of(message.payload), isWatched: subject != nil, at: now)
        if case .alive(_, let unknown) = outcome, unknown > 0, !node.isToldUnknown {
            node.isToldUnknown = true
            batch.unnamed.append(UnnamedNumbers(broker: link.id, node: topic.node, device: topic.device))
        }
        sparkplugNodes[topic.node] = node
        sparkplugChanges.lives += node.changes - changes
        sparkplugChanges.counts += outcome == .nothing ? 0 : 1
        if node.gaps > gaps { noteGap(at: now, into: &batch) }
        if node.isBroken, !wasBroken {
            for route in routes.values.sorted() { noteUnlinked(route, reason: .stale, at: now, into: &batch) }
        }
        switch outcome {
        case .nothing: batch.tally.repeated += 1
        case .gone:
            let gone = topic.device == nil ? routes.values.sorted() : [subject].compactMap { $0 }
            for route in gone { noteUnlinked(route, at: now, into: &batch) }
        case .alive(let metrics, let unknown):
            // A data set has no one value. Unmapped it is counted; mapped, its point is bad and a line says why.
            batch.tally.metricsUnnamed += unknown
            let unusable = metrics.filter { $0.uselessness != nil }
            batch.tally.metricsUnusable += unusable.count
            guard let subject else { return }
            if let first = unusable.first(where: { devices[subject].metrics[$0.name] != nil }) {
                let reason = PayloadRefusal(
                    topic: message.topic, offset: 0,
                    found: "the metric \"\(first.name)\" as \(first.uselessness ?? "nothing")",
                    wanted: "a number of known type, true or false, or a text")
                quarantine(message, reason: reason.description, device: subject, at: now, wall: wall, into: &batch)
            }
            let arrival = PayloadArrival(instant: now, wall: wall)
            let samples = samples(of: metrics, payload, subject, arrival: arrival, tally: &batch.tally)
            // Numbers without names are no sign that its points are seen, nor is what it only tells of the past.
            let speaksOfNow = metrics.isEmpty || metrics.contains { !$0.metric.isHistorical }
            if speaksOfNow && unknown == 0 || samples.contains(where: { !$0.flags.contains(.historical) }) {
                noteLinked(subject, at: now, into: &batch)
            }
            // Unacknowledged when the daemon died, yet logged and judged: the broker says it again. The node has been told,
            // for it knew nothing yet; the samples are no news.
            let said = DecodedPayload(
                samples: samples,
                stamp: samples.allSatisfy { !$0.flags.contains(.timeFromArrival) } ? .device : .missing,
                sequence: payload.number, extent: 0..<message.payload.count)
            guard !recalled.takes(said) else {
                batch.tally.repeated += 1
                return
            }
            batch.tally.samples += samples.count
            for sample in samples { append(sample, of: subject, deviceSequence: said.sequence ?? 0, into: &batch) }
        }
    }

    /// What is worth keeping over a restart: the nodes that were born, and whose messages have been followed since.
    package var sparkplugMemory: SparkplugMemory {
        var memory = SparkplugMemory()
        for (name, node) in sparkplugNodes {
            guard let next = node.nextExpected else { continue }
            memory.lives.nodes[name] = node.life
            memory.counts[name] = next
        }
        return memory
    }

    /// Some device of the broker's is of Sparkplug.
    package var hearsSparkplug: Bool { !sparkplugRoutes.isEmpty }

    /// The broker has kept nothing for us since it was last heard: a death or a birth of then never comes, so no number that
    /// was given before stands for anything.
    package mutating func sessionMissing() {
        for name in sparkplugNodes.keys {
            let changes = sparkplugNodes[name]?.changes ?? 0
            sparkplugNodes[name]?.loseTrack()
            sparkplugChanges.lives += (sparkplugNodes[name]?.changes ?? 0) - changes
        }
    }

    /// One sample for each metric that a point stands for; what was not reported has not changed. A metric of the past says
    /// so in its flag: its sample is logged, and judged as late (semantics.md D).
    private func samples(
        of metrics: [SparkplugNode.Named], _ payload: SparkplugPayload, _ index: Int, arrival: PayloadArrival,
        tally: inout IntakeTally
    ) -> [Sample] {
        let device = devices[index]
        var samples: [Sample] = []
        for named in metrics {
            for place in device.metrics[named.name] ?? [] {
                var (time, stamp) = (arrival.instant.wholeMillisecond, DecodedPayload.Stamp.missing)
                if let given = (named.metric.timestamp ?? payload.timestamp).flatMap({ Int64(exactly: $0) }),
                    given < Int64.max / 1_000_000
                {
                    (time, stamp) = PayloadDecoder.place(
                        WallTime(milliseconds: given), arrival: arrival, maxFuture: device.route.maxFuture)
                }
                switch stamp {
                case .device, .unnamed: break
                case .missing: tally.stampsMissing += 1
                case .unreadable: tally.stampsUnreadable += 1
                case .tooFarAhead: tally.stampsAhead += 1
                }
                let reader = device.readers[place]
                var (value, quality, flags) = reader.reading(
                    reader.raw(named.value, in: payload.bytes), status: nil)
                if let reason = named.metric.reason { (value, quality) = (.none, .bad(reason)) }
                if stamp != .device { flags.insert(.timeFromArrival) }
                if named.metric.isHistorical { flags.insert(.historical) }
                samples.append(
                    Sample(
                        point: reader.point.point, time: time, arrival: arrival.instant.wholeMillisecond,
                        payload: value, quality: quality, flags: flags))
            }
        }
        return samples
    }
}
