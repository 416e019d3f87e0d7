/// What one connection needs beyond addresses and time-outs: how its device numbers answers, how long it may stay open, and
/// where else it can be reached. The usual device needs none of it.
package struct LinkManners: Sendable, Equatable {
    /// How an answer is known to belong to its request.
    package enum TransactionEcho: String, Sendable, CaseIterable {
        /// It bears the request's number, as the standard says.
        case strict
        /// The device answers 0 whatever it was asked.
        case zero
        /// The device answers any number: it counts for itself, or repeats the last one.
        case ignore
    }

    /// Whose name an answer must bear.
    package enum UnitEcho: String, Sendable, CaseIterable {
        case strict
        /// The device answers in a name of its own. Only for a connection with one unit behind it.
        case any
    }

    package enum Session: Sendable, Equatable {
        case keep
        /// Closed as soon as nothing is due within this span, and opened again for the next read. Zero: once per cycle.
        case closesWhenIdle(for: Duration)
    }

    /// A second way to the same device.
    package struct Address: Sendable, Equatable {
        package var host: String
        package var port: UInt16

        package init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }
    }

    /// A device that calls us: it connects to `port` and says who it is before anything else.
    package struct DialIn: Sendable, Equatable {
        package static let longestRegistration = 64
        /// Listening here takes the port of every address of the machine.
        package static let everyAddress = "0.0.0.0"

        /// The dotted IPv4 address listened on.
        package var host: String
        package var port: UInt16
        /// The first bytes of each of its connections; 1 to 64.
        package var registration: [UInt8]
        /// Bytes that it sends between answers to keep its line open; none when empty.
        package var heartbeat: [UInt8]

        package init(host: String, port: UInt16, registration: [UInt8], heartbeat: [UInt8] = []) {
            precondition((1...Self.longestRegistration).contains(registration.count), "a caller says who it is")
            self.host = host
            self.port = port
            self.registration = registration
            self.heartbeat = heartbeat
        }
    }

    package var transactions = TransactionEcho.strict
    package var unitEcho = UnitEcho.strict
    package var session = Session.keep
    package var backup: Address?
    /// nil: we call the device.
    package var dialIn: DialIn?
    package var cost = ReadCost.nativeTCP
    /// Silence that a serial line behind the endpoint needs between two units.
    package var unitTurnaround = Duration.zero

    package init() {}

    /// After a time-out only a new connection is safe: a late answer could not be told from the next one's.
    package var knowsLateAnswers: Bool { transactions == .strict }

    /// What is wrong with a sound frame as the answer to a request; nil: nothing.
    package func fault(
        of answer: AnswerHeader, to request: (transaction: UInt16, unit: UInt8, area: RegisterArea)
    ) -> FrameFault? {
        let isOurs =
            switch transactions {
            case .strict: answer.transaction == request.transaction
            case .zero: answer.transaction == 0
            case .ignore: true
            }
        guard isOurs else { return .unknownTransaction }
        guard unitEcho == .any || answer.unit == request.unit else { return .foreignUnit }
        return answer.function == request.area.functionCode ? nil : .foreignFunction
    }
}

/// Addresses of one table that are never read: reading them has an effect, or takes too long.
package struct ForbiddenSpan: Sendable, Equatable {
    package var area: RegisterArea
    package var addresses: ClosedRange<UInt16>

    package init(area: RegisterArea, addresses: ClosedRange<UInt16>) {
        self.area = area
        self.addresses = addresses
    }

    /// Whether any of these addresses is among them.
    func overlaps(_ others: Range<Int>) -> Bool {
        others.overlaps(Int(addresses.lowerBound)..<Int(addresses.upperBound) + 1)
    }

    /// As they go over the wire: `hr:20-29`.
    var text: String { "\(area.word):\(addresses.lowerBound)-\(addresses.upperBound)" }
}
