package import DeviceMap
package import PlantModel

/// What looks wrong about a live device, as data: the words are the reader's language.
package enum DeviceFinding: Sendable, Equatable {
    /// The device answers with an exception; `start` and `count` as they were asked.
    case exception(area: RegisterArea, start: Int, count: Int, code: UInt8)
    case silent(area: RegisterArea, start: Int, count: Int)
    case fault(area: RegisterArea, start: Int, count: Int, FrameFault)
    case closed(area: RegisterArea, start: Int, count: Int)
    /// An answer to an earlier request came after that was given up.
    case late(area: RegisterArea, start: Int, count: Int)
    /// Every register of the answer is 0, or every one is 0xFFFF: a gateway's word for "nothing there".
    case uniform(area: RegisterArea, start: Int, count: Int, value: UInt16)
    /// The answer took longer than the shortest deadline the profile allows.
    case slow(area: RegisterArea, start: Int, milliseconds: Int, floor: Int)
    case bad(point: String, QualityReason)
    /// Another byte order is clearly more plausible.
    case order(point: String, given: WordOrder, value: Double, better: WordOrder, betterValue: Double)
    /// A point that must move did not.
    case still(point: String, readings: Int)

    /// What one exchange says by itself.
    /// - Parameter floor: the shortest response deadline of the profile; nil without one.
    package static func of(
        _ exchange: ProbedExchange, area: RegisterArea, start: Int, count: Int, floor: Duration?
    ) -> [DeviceFinding] {
        var found: [DeviceFinding] = exchange.late > 0 ? [.late(area: area, start: start, count: count)] : []
        switch exchange.outcome {
        case .exception(let code): found.append(.exception(area: area, start: start, count: count, code: code))
        case .silence: found.append(.silent(area: area, start: start, count: count))
        case .fault(let fault): found.append(.fault(area: area, start: start, count: count, fault))
        case .closed: found.append(.closed(area: area, start: start, count: count))
        case .data(let bytes):
            if let floor, exchange.elapsed > floor {
                found.append(
                    .slow(area: area, start: start, milliseconds: whole(exchange.elapsed), floor: whole(floor)))
            }
            let isUniform = Set(bytes).count == 1 && (bytes[0] == 0 || bytes[0] == 0xFF)
            if !area.holdsBits, count > 1, isUniform {
                found.append(.uniform(area: area, start: start, count: count, value: bytes[0] == 0 ? 0 : 0xFFFF))
            }
        }
        return found
    }

    private static func whole(_ span: Duration) -> Int {
        Int(span.components.seconds * 1000 + span.components.attoseconds / 1_000_000_000_000_000)
    }
}
