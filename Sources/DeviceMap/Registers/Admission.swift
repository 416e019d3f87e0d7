import PlantTime

/// The load test of one endpoint: does everything that it must read fit into its time?
package struct Admission: Sendable, Equatable {
    /// The share of its time that an endpoint may be busy; the rest is for retries, probes and slow answers.
    package static let utilisationLimit = 0.7
    /// A period must leave room for the shortest response deadline and this much more (decisions.md 20).
    package static let marginOverFloor = Duration.milliseconds(20)
    /// What sums of doubles may be off: a share of exactly 70 % is taken, in whatever order it is added up.
    private static let rounding = 1e-9

    /// Busy time per time, 0.1 is 10 %.
    package let utilisation: Double

    package enum Refused: Error, Equatable {
        /// More than the endpoint can answer. `smallest` is the period at which its fastest points would fit, the others
        /// unchanged; when these alone are too much, the one period at which all would fit.
        case overloaded(endpoint: String, utilisation: Double, fastest: Duration, smallest: Duration)
        /// A period shorter than a lost answer takes to be noticed.
        case periodBelowFloor(endpoint: String, period: Duration, smallest: Duration)

        /// One line for a diagnostic.
        package var text: String {
            switch self {
            case .overloaded(let endpoint, let utilisation, let fastest, let smallest):
                "\(endpoint) would be busy \(Int((utilisation * 100).rounded(.up))) % of its time, more than 70 %; "
                    + "a period of \(smallest.inMilliseconds) ms instead of \(fastest.inMilliseconds) ms would do"
            case .periodBelowFloor(let endpoint, let period, let smallest):
                "\(endpoint) has a period of \(period.inMilliseconds) ms, shorter than its response floor and 20 ms; "
                    + "\(smallest.inMilliseconds) ms would do"
            }
        }
    }

    /// - Parameter plans: the read plan of each unit of the endpoint, by its ``ModbusEndpoint/planningCost``.
    package init(endpoint: ModbusEndpoint, plans: [ReadPlan]) throws(Refused) {
        let blocks = plans.flatMap(\.blocks)
        let smallestPeriod = endpoint.responseFloor + Self.marginOverFloor
        let bursts = endpoint.units.compactMap(\.burstPeriod)
        if let tooShort = (blocks.map(\.period) + bursts).min(), tooShort < smallestPeriod {
            throw .periodBelowFloor(endpoint: endpoint.id, period: tooShort, smallest: smallestPeriod)
        }
        utilisation = Self.utilisation(of: endpoint, blocks: blocks)
        let cost = endpoint.planningCost
        func service(_ block: ReadBlock) -> Double { cost.service(of: block).seconds }
        let call = endpoint.callCost.seconds
        guard Self.isTooMuch(utilisation), let fastest = blocks.map(\.period).min() else {
            return
        }
        let fast = blocks.filter { $0.period == fastest }.reduce(call) { $0 + service($1) }
        let others = blocks.filter { $0.period != fastest }.reduce(0) { $0 + service($1) / $1.period.seconds }
        let all = blocks.reduce(call) { $0 + service($1) }
        let smallest =
            others < Self.utilisationLimit ? fast / (Self.utilisationLimit - others) : all / Self.utilisationLimit
        throw .overloaded(
            endpoint: endpoint.id, utilisation: utilisation, fastest: fastest,
            smallest: .milliseconds(Int64((smallest * 100 - Self.rounding).rounded(.up)) * 10))
    }
}

extension Admission {
    /// The busy share of an endpoint that reads these blocks, pauses and calls included; more than
    /// ``utilisationLimit`` is refused at load.
    package static func utilisation(of endpoint: ModbusEndpoint, blocks: [ReadBlock]) -> Double {
        let cost = endpoint.planningCost
        // A device that is called anew for each cycle pays for the call at its fastest period.
        let calls = blocks.map(\.period).min().map { endpoint.callCost.seconds / $0.seconds } ?? 0
        return blocks.reduce(calls) { $0 + cost.service(of: $1).seconds / $1.period.seconds }
    }

    /// Whether a busy share is more than ``utilisationLimit``.
    package static func isTooMuch(_ utilisation: Double) -> Bool { utilisation > utilisationLimit + rounding }
}

extension Duration {
    fileprivate var inMilliseconds: Int64 { nanoseconds / 1_000_000 }
}
