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
        var node = sparkplugNodes[topic.node] ?? SparkplugNode()
        let wasBroken = node.isBroken
        let gaps = node.gaps
        let outcome = node.take(topic, payload, hash: StableHash.of(message.payload), at: now)
        sparkplugNodes[topic.node] = node
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
            let unusable = metrics.filter { $0.metric.isUnusable }
            batch.tally.metricsUnusable += unusable.count
            guard let subject else { return }
            if let first = unusable.first(where: { devices[subject].metrics[$0.name] != nil }) {
                let reason = PayloadRefusal(
                    topic: message.topic, offset: 0, found: "the metric \"\(first.name)\" as \(first.metric.kind)",
                    wanted: "a number, true or false, or a text")
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
