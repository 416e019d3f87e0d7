import DeviceMap
import ModbusIntake
import PlantModel
import PlantTime

/// The stream that a device sends: through the frame check, the session that knows what was asked for, and the block decoder.
///
/// An input is a play: each step is a byte of directions (``Direction``), a byte of length and that many bytes which come
/// over the wire.
package struct FrameTarget: FuzzTarget {
    package static let name = "frames"

    /// What else happens before the bytes of a step come.
    private struct Direction: OptionSet {
        let rawValue: UInt8
        /// The bytes carry the transaction number, or unit and function, of the request that is out.
        static let ownTransaction = Direction(rawValue: 1)
        static let ownUnit = Direction(rawValue: 2)
        /// Length field and byte count are made to fit the bytes.
        static let sound = Direction(rawValue: 4)
        /// Time goes to the session's next deadline.
        static let wait = Direction(rawValue: 8)
        static let connectionLost = Direction(rawValue: 16)
    }

    package struct Answer: Equatable {
        fileprivate(set) var samples: [Sample] = []
        fileprivate(set) var actions: [EndpointSession.Action] = []
    }

    private let fresh: EndpointSession
    private let start = PlantInstant(milliseconds: 1_795_509_000_000)
    private static let stepsMax = 64

    package init() {
        let endpoint = FuzzPlant.endpoint
        let plans = endpoint.units.map { unit in
            guard let plan = try? ReadPlan(unit: unit) else { preconditionFailure("the fuzz plant cannot be planned") }
            return plan
        }
        fresh = EndpointSession(endpoint: endpoint, plans: plans, startingAt: start)
    }

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> Answer {
        var play = Play(session: fresh, now: start)
        try play.connect()
        var rest = input[...]
        for _ in 0..<Self.stepsMax {
            guard let first = rest.popFirst(), let length = rest.popFirst() else { break }
            let bytes = Array(rest.prefix(Int(length)))
            rest = rest.dropFirst(Int(length))
            try play.step(Direction(rawValue: first), bytes)
        }
        return play.answer
    }

    /// A session, its stream, and what was asked for last.
    private struct Play {
        var session: EndpointSession
        var now: PlantInstant
        var stream: [UInt8] = []
        var request: ReadRequest?
        var answer = Answer()

        mutating func connect() throws(BrokenPromise) {
            stream = []
            request = nil
            var tries = 0
            while session.state != .resolving {
                guard tries < 8 else { throw BrokenPromise("a lost connection is not tried again") }
                now = max(now, session.nextDeadline(at: now))
                try happen(.timePassed)
                tries += 1
            }
            try happen(.addressFound)
            try happen(.connected)
            now = max(now, session.nextDeadline(at: now))
            try happen(.timePassed)
        }

        mutating func step(_ direction: Direction, _ given: [UInt8]) throws(BrokenPromise) {
            if direction.contains(.connectionLost) {
                try happen(.lost(.closedByPeer))
                try connect()
            }
            if direction.contains(.wait) {
                now = max(now, session.nextDeadline(at: now))
                try happen(.timePassed)
            }
            if !session.isConnected { try connect() }
            stream += dressed(given, direction)
            try readStream()
            if session.isConnected, case .ready = session.state {
                now = max(now, session.nextDeadline(at: now))
                try happen(.timePassed)
            }
        }

        /// The bytes with what a mutation would need luck for already in them.
        private func dressed(_ given: [UInt8], _ direction: Direction) -> [UInt8] {
            var bytes = given
            guard stream.isEmpty, let request, bytes.count >= AnswerHeader.dataOffset else { return bytes }
            if direction.contains(.ownTransaction) {
                bytes[0] = UInt8(request.transaction >> 8)
                bytes[1] = UInt8(truncatingIfNeeded: request.transaction)
            }
            if direction.contains(.ownUnit) {
                bytes[6] = request.unit
                bytes[7] = request.area.functionCode | bytes[7] & 0x80
            }
            if direction.contains(.sound) {
                let data = bytes[7] & 0x80 != 0 ? 0 : min(bytes.count - AnswerHeader.dataOffset, 251)
                bytes.replaceSubrange(2..<6, with: [0, 0, 0, UInt8(3 + data)])
                if bytes[7] & 0x80 == 0 { bytes[8] = UInt8(data) }
            }
            return bytes
        }

        private mutating func readStream() throws(BrokenPromise) {
            while session.isConnected {
                try FrameTarget.checkGrowth(stream)
                switch AnswerHeader.progress(of: stream.span) {
                case .incomplete:
                    if !stream.isEmpty { try happen(.fragmentWaits) }
                    return
                case .faulty(let fault):
                    try happen(.lost(.framing(fault)))
                case .complete(let count):
                    guard count <= AnswerHeader.longestFrame else {
                        throw BrokenPromise("a frame of \(count) bytes was called sound")
                    }
                    let header = AnswerHeader(completeFrame: stream.span)
                    try happen(.answered(header))
                    stream.removeFirst(min(count, stream.count))
                }
            }
            stream = []
        }

        /// Lets the session act, and holds each action against what was asked for.
        private mutating func happen(_ event: EndpointSession.Event) throws(BrokenPromise) {
            var actions: [EndpointSession.Action] = []
            session.handle(event, at: now, into: &actions)
            for action in actions {
                switch action {
                case .send(let next): request = next
                case .publish(let lane): try publish(lane, event)
                case .resolve, .awaitCall, .connect, .disconnect, .adopt, .spoil, .spoilUnit, .reportLink,
                    .lanesChanged, .note:
                    break
                }
            }
            answer.actions += actions
        }

        private mutating func publish(_ lane: Int, _ event: EndpointSession.Event) throws(BrokenPromise) {
            guard case .answered(let header) = event, let request else {
                throw BrokenPromise("values were published though nothing was asked for or answered")
            }
            let block = session.schedule.lanes[lane].block
            let unit = session.endpoint.units[session.schedule.lanes[lane].unit]
            guard header.transaction == request.transaction, header.unit == request.unit,
                header.function == request.area.functionCode, header.exception == nil,
                header.dataBytes == block.dataBytes, unit.unit == request.unit, block.area == request.area,
                block.start == request.start, block.count == Int(request.count)
            else { throw BrokenPromise("the answer \(header) was taken for the one to \(request)") }
            let end = AnswerHeader.dataOffset + header.dataBytes
            guard stream.count >= end else { throw BrokenPromise("a frame shorter than its data was called whole") }
            let decoder = BlockDecoder(block: block, unit: unit)
            var samples: [Sample] = []
            decoder.decode(stream.span.extracting(AnswerHeader.dataOffset..<end), at: now, into: &samples)
            guard samples.map(\.point) == block.members.map({ unit.points[$0].point }) else {
                throw BrokenPromise("a block gave other points than its own")
            }
            for sample in samples { try sample.keepPromise() }
            answer.samples += samples
        }
    }

    /// What is known of a stream's head stays known when more of it comes: a fault stays that fault, a frame that frame.
    private static func checkGrowth(_ stream: [UInt8]) throws(BrokenPromise) {
        let whole = AnswerHeader.progress(of: stream.span)
        for count in 0..<min(stream.count, 16) {
            let part = AnswerHeader.progress(of: stream.span.extracting(0..<count))
            guard part == .incomplete || part == whole else {
                throw BrokenPromise("\(count) bytes of a stream are \(part), all of it is \(whole)")
            }
        }
    }
}
