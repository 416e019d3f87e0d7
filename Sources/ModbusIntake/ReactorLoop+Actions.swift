import DeviceMap
import Glibc
import Logging
import PlantModel
import PlantTime

extension ReactorLoop {
    /// Performs what a session has asked for, in order. What that brings about at once (a dotted address is known, a
    /// connection is refused) goes back into the session, and its answer to the end of the same list.
    func performActions(of line: Int, at now: PlantInstant) {
        var next = 0
        while next < actions.count {
            perform(actions[next], of: line, at: now)
            next += 1
        }
        actions.removeAll(keepingCapacity: true)
    }

    private func perform(_ action: EndpointSession.Action, of line: Int, at now: PlantInstant) {
        switch action {
        case .resolve: resolve(line, now)
        case .awaitCall: openDoor(of: line, now)
        case .connect: connect(line, now)
        case .disconnect: lines[line].socket = nil
        case .adopt: adoptCaller(line)
        case .send(let read): send(read, line, now)
        case .publish(let lane): publishAnswer(lane, line, now)
        case .spoil(let lane, let reason):
            samples.removeAll(keepingCapacity: true)
            lines[line].decoders[lane].spoil(reason, at: now, into: &samples)
            report(unit: lines[line].session.schedule.lanes[lane].unit, line, now)
        case .spoilUnit(let unit, let reason):
            samples.removeAll(keepingCapacity: true)
            for point in lines[line].endpoint.units[unit].points {
                samples.append(Sample(point: point.point, at: now.wholeMillisecond, .bad(reason)))
            }
            report(unit: unit, line, now)
        case .reportLink(let unit, let isUp):
            samples.removeAll(keepingCapacity: true)
            let point = lines[line].endpoint.units[unit].linkPoint
            samples.append(Sample(point: point, at: now.wholeMillisecond, .good(isUp ? 1 : 0)))
            report(unit: unit, line, now)
        case .lanesChanged:
            lines[line].decoders = Self.decoders(of: lines[line].session)
        case .note(let notice):
            log(notice, line, now)
        }
    }

    /// One decoder per lane of a session's schedule.
    static func decoders(of session: EndpointSession) -> [BlockDecoder] {
        session.schedule.lanes.map { BlockDecoder(block: $0.block, unit: session.endpoint.units[$0.unit]) }
    }

    func tell(_ line: Int, _ event: EndpointSession.Event, _ now: PlantInstant) {
        lines[line].session.handle(event, at: now, into: &actions)
    }
}

// MARK: - The link

extension ReactorLoop {
    private func connect(_ line: Int, _ now: PlantInstant) {
        guard let address = lines[line].address else { return tell(line, .lost(.nameUnknown), now) }
        do throws(LinkLoss) {
            let socket = try ModbusSocket.connecting(
                to: address, port: lines[line].session.address.port, limit: descriptorLimit)
            lines[line].generation &+= 1
            lines[line].socket = socket
            waiter.watch(
                socket: socket.descriptor, token: UInt64(line) << 32 | UInt64(lines[line].generation))
        } catch {
            tell(line, .lost(error), now)
        }
    }

    private func send(_ read: ReadRequest, _ line: Int, _ now: PlantInstant) {
        read.write(over: &request)
        guard let socket = lines[line].socket else { return tell(line, .lost(.closedByPeer), now) }
        if let loss = socket.send(request, count: ReadRequest.length) { tell(line, .lost(loss), now) }
    }
}

// MARK: - Into the ring

extension ReactorLoop {
    private func publishAnswer(_ lane: Int, _ line: Int, _ now: PlantInstant) {
        samples.removeAll(keepingCapacity: true)
        let decoder = lines[line].decoders[lane]
        let data = AnswerHeader.dataOffset..<(AnswerHeader.dataOffset + decoder.dataBytes)
        let unit = lines[line].session.schedule.lanes[lane].unit
        decoder.decode(
            frame.span.extracting(data), at: now, statuses: &lines[line].statuses[unit], into: &samples)
        // A value that finds no room is skipped and counted: the next poll brings a newer one.
        guard payOwed(of: unit, line), publish(unit: unit, line, now) else {
            skipped += samples.count
            return
        }
    }

    /// Publishes the samples in hand; what finds no room is owed.
    private func report(unit: Int, _ line: Int, _ now: PlantInstant) {
        guard payOwed(of: unit, line), publish(unit: unit, line, now) else {
            fillSlots(now)
            if lines[line].owed[unit].isEmpty, !slots.isEmpty { owing += 1 }
            lines[line].owed[unit].keep(slots)
            return
        }
    }

    private func publish(unit: Int, _ line: Int, _ now: PlantInstant) -> Bool {
        guard !samples.isEmpty else { return true }
        fillSlots(now)
        let isSafety = lines[line].endpoint.units[unit].pointClass.isSafety
        guard case .accepted = outlet.publish(slots, safety: isSafety) else { return false }
        published += samples.count
        return true
    }

    /// - Parameter read: when the frame was complete.
    private func fillSlots(_ read: PlantInstant) {
        let published = clock.now()
        // In hand while they are filled: a property of a shared object is asked for its use slot by slot.
        var filled: [InputSlot] = []
        swap(&filled, &slots)
        filled.removeAll(keepingCapacity: true)
        for sample in samples {
            var slot = InputSlot(sample, source: source, published: published)
            slot.stamp(read: read, published: published)
            filled.append(slot)
        }
        swap(&filled, &slots)
    }

    /// Tries to put in what units owe.
    func payOwed() {
        for line in lines.indices {
            for unit in lines[line].owed.indices where !lines[line].owed[unit].isEmpty { _ = payOwed(of: unit, line) }
        }
    }

    /// - Returns: whether the unit owes nothing now.
    private func payOwed(of unit: Int, _ line: Int) -> Bool {
        guard !lines[line].owed[unit].isEmpty else { return true }
        let owed = lines[line].owed[unit].slots
        let isSafety = lines[line].endpoint.units[unit].pointClass.isSafety
        guard case .accepted = outlet.publish(owed, safety: isSafety) else { return false }
        published += owed.count
        lines[line].owed[unit].settle()
        owing -= 1
        return true
    }
}

// MARK: - Log

extension ReactorLoop {
    private func log(_ notice: LinkNotice, _ line: Int, _ now: PlantInstant) {
        switch notice {
        case .connected:
            log(.info, "modbus link connected", line, now)
        case .failedOver:
            log(.warning, "modbus link serves by its backup address", line, now)
        case .returned:
            log(.info, "modbus link is back on its first address", line, now)
        // Said once, when the port was found taken.
        case .lost(.cannotListen): break
        case .lost(let loss):
            var details: Logger.Metadata = ["reason": "\(loss.word)"]
            if let number = loss.errorNumber { details["errno"] = "\(number)" }
            log(.warning, "modbus link lost", line, now, details)
        case .unitLost(let unit, let reason):
            log(.warning, "modbus unit does not answer", line, unit: unit, now, ["reason": "\(reason)"])
        case .unitAnswers(let unit):
            log(.info, "modbus unit answers", line, unit: unit, now)
        case .blockRefused(let lane, let exception):
            let unit = lines[line].session.schedule.lanes[lane].unit
            log(.error, "modbus device refuses a block", line, unit: unit, now, details(lane, exception, line))
        case .blockDivided(let lane, let exception):
            let unit = lines[line].session.schedule.lanes[lane].unit
            log(
                .warning, "modbus block divided after an exception", line, unit: unit, now,
                details(lane, exception, line))
        case .burstRefused(let unit, let smallest):
            var details: Logger.Metadata = ["share": "\(Int((Admission.utilisationLimit * 100).rounded())) %"]
            if let burst = lines[line].endpoint.units[unit].burstPeriod { details["burst"] = "\(burst)" }
            details["wouldDo"] = smallest.map { "\($0)" } ?? "no shorter period than its usual one"
            log(.warning, "modbus link has no time to read a pre-alarm faster", line, unit: unit, now, details)
        case .burstNotRefused(let unit, let isReadFaster):
            let why = isReadFaster ? "it is read faster now" : "no pre-alarm asks for it"
            log(.info, "modbus link refuses no faster reading any more", line, unit: unit, now, ["reason": "\(why)"])
        case .blockSilent(let lane, let reason):
            let unit = lines[line].session.schedule.lanes[lane].unit
            var details = details(lane, line)
            details["reason"] = "\(reason)"
            log(.warning, "modbus block brings nothing; its points are bad", line, unit: unit, now, details)
        case .blockReadAgain(let lane):
            let unit = lines[line].session.schedule.lanes[lane].unit
            log(.info, "modbus block is read again", line, unit: unit, now, details(lane, line))
        case .nameAwaited:
            log(.warning, "modbus host name not answered yet; its points are bad", line, now)
        }
    }

    private func details(_ lane: Int, _ exception: UInt8, _ line: Int) -> Logger.Metadata {
        var details = details(lane, line)
        details["exception"] = "\(exception)"
        return details
    }

    private func details(_ lane: Int, _ line: Int) -> Logger.Metadata {
        let block = lines[line].session.schedule.lanes[lane].block
        return ["area": "\(block.area.word)", "address": "\(block.start.offset)", "count": "\(block.count)"]
    }

    func log(
        _ level: Logger.Level, _ message: String, _ line: Int, unit: Int? = nil, _ now: PlantInstant,
        _ details: Logger.Metadata = [:]
    ) {
        let subject = LogGate.Subject(message: message, endpoint: line, unit: unit ?? -1)
        guard let heldBack = gate.admit(subject, at: now) else { return }
        var metadata = details
        metadata["link"] = "\(lines[line].endpoint.id)"
        if let unit { metadata["device"] = "\(lines[line].endpoint.units[unit].device)" }
        if heldBack > 0 { metadata["heldBack"] = "\(heldBack)" }
        logger.log(level: level, "\(message)", metadata: metadata)
    }
}
