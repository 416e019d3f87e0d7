import DeviceMap
import PlantModel
import PlantTime

/// The Modbus side of a capture: exchanges of one endpoint through the frame checks and block decoders of the daemon.
///
/// A capture may hold requests that hazardd would cut otherwise: every point that lies whole in what was asked for is
/// decoded, with its status if that was asked for too.
struct CapturedUnits {
    /// Three failures in a row and a unit counts as gone, as with the daemon's breaker.
    static let failuresMax = 3

    private struct Unit {
        let described: ModbusUnit
        var decoders: [Span: BlockDecoder] = [:]
        var statuses = StatusMemory()
        var failures = 0
        /// nil before the first answer or loss.
        var isUp: Bool?
    }

    /// What a request asked for.
    private struct Span: Hashable {
        var area: RegisterArea
        var start: UInt16
        var count: UInt16
    }

    /// Why an exchange was not taken for one.
    struct Refused: Error, Equatable { var message: String }

    private var units: [Unit]
    private let manners: LinkManners

    init(_ endpoint: ModbusEndpoint) {
        units = endpoint.units.map { Unit(described: $0) }
        manners = endpoint.manners
    }

    /// The samples of one exchange.
    mutating func take(
        _ request: [UInt8], _ response: [UInt8]?, at now: PlantInstant, into samples: inout [Sample]
    ) throws(Refused) {
        let (transaction, number, span) = try Self.asked(request)
        guard let place = units.firstIndex(where: { $0.described.unit == number }) else {
            throw Refused(message: "the endpoint has no unit \(number) in this site")
        }
        guard let response else { return noteFailure(place, .linkDown, at: now, into: &samples) }
        let header = try Self.answer(response)
        if let fault = manners.fault(of: header, to: (transaction, number, span.area)) {
            throw Refused(message: fault.rawValue)
        }
        let decoder = decoder(place, span)
        guard let code = header.exception else {
            guard header.dataBytes == decoder.dataBytes else { throw Refused(message: FrameFault.foreignSize.rawValue) }
            noteAnswer(place, at: now, into: &samples)
            decoder.decode(
                response.span.extracting(AnswerHeader.dataOffset...), at: now, statuses: &units[place].statuses,
                into: &samples)
            return
        }
        switch ExceptionMeaning(code: code) {
        case .busy: noteAnswer(place, at: now, into: &samples)
        case .deviceFault:
            noteAnswer(place, at: now, into: &samples)
            decoder.spoil(.deviceFault, at: now, into: &samples)
        case .refused:
            noteAnswer(place, at: now, into: &samples)
            decoder.spoil(.misconfigured, at: now, into: &samples)
        case .noTarget:
            decoder.spoil(.noTarget, at: now, into: &samples)
            noteFailure(place, .noTarget, at: now, into: &samples)
        }
    }

    /// The connection went: nothing behind it is known any more.
    mutating func lose(at now: PlantInstant, into samples: inout [Sample]) {
        for place in units.indices { markDown(place, .linkDown, at: now, into: &samples) }
    }

    // MARK: Frames

    private static func asked(_ frame: [UInt8]) throws(Refused) -> (UInt16, UInt8, Span) {
        func word(_ place: Int) -> UInt16 { UInt16(frame[place]) << 8 | UInt16(frame[place + 1]) }
        guard frame.count == ReadRequest.length, word(2) == 0, word(4) == 6, let area = RegisterArea(rawValue: frame[7])
        else { throw Refused(message: "request is no read of registers or bits; 12 bytes of Modbus/TCP would do") }
        return (word(0), frame[6], Span(area: area, start: word(8), count: word(10)))
    }

    private static func answer(_ frame: [UInt8]) throws(Refused) -> AnswerHeader {
        switch AnswerHeader.progress(of: frame.span) {
        case .complete(frame.count): return AnswerHeader(completeFrame: frame.span)
        case .complete, .incomplete: throw Refused(message: "response is not one whole frame")
        case .faulty(let fault): throw Refused(message: "response: \(fault.rawValue)")
        }
    }

    private mutating func decoder(_ place: Int, _ span: Span) -> BlockDecoder {
        if let known = units[place].decoders[span] { return known }
        let unit = units[place].described
        let (start, end) = (Int(span.start), Int(span.start) + Int(span.count))
        func isInside(_ point: RegisterPoint) -> Bool {
            let first = Int(point.address.offset)
            return point.area == span.area && first >= start && first + point.type.registerCount <= end
        }
        let members = unit.points.indices.filter { place in
            let point = unit.points[place]
            let status = unit.points.first { $0.point == point.status }
            return isInside(point) && (point.isStatusApart || (status.map(isInside) ?? true))
        }
        let block = ReadBlock(
            area: span.area, start: RegisterAddress(span.start), count: Int(span.count), period: .seconds(1),
            members: members.sorted { unit.points[$0].address < unit.points[$1].address })
        let decoder = BlockDecoder(block: block, unit: unit)
        units[place].decoders[span] = decoder
        return decoder
    }

    // MARK: Links

    private mutating func noteAnswer(_ place: Int, at now: PlantInstant, into samples: inout [Sample]) {
        units[place].failures = 0
        guard units[place].isUp != true else { return }
        units[place].isUp = true
        samples.append(Sample(point: units[place].described.linkPoint, at: now.wholeMillisecond, .good(1)))
    }

    private mutating func noteFailure(
        _ place: Int, _ reason: QualityReason, at now: PlantInstant, into samples: inout [Sample]
    ) {
        units[place].failures += 1
        if units[place].failures >= Self.failuresMax { markDown(place, reason, at: now, into: &samples) }
    }

    private mutating func markDown(
        _ place: Int, _ reason: QualityReason, at now: PlantInstant, into samples: inout [Sample]
    ) {
        guard units[place].isUp != false else { return }
        units[place].isUp = false
        for point in units[place].described.points {
            samples.append(Sample(point: point.point, at: now.wholeMillisecond, .bad(reason)))
        }
        samples.append(Sample(point: units[place].described.linkPoint, at: now.wholeMillisecond, .good(0)))
    }
}
