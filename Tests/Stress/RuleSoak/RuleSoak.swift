import SecondOpinion

#if canImport(Glibc)
    import Glibc
#endif

/// Random plants before the product and the slow evaluator, for as many seeds as asked or as many seconds as allowed.
///
///     RuleSoak [SEEDS [FIRST-SEED [SECONDS]]]
///
/// A difference is shrunk, printed as two files and two lists of events, and ends the program with status 1.
@main struct RuleSoak {
    static func main() {
        let numbers = CommandLine.arguments.dropFirst().map { UInt64($0) }
        guard numbers.allSatisfy({ $0 != nil }), numbers.count <= 3 else {
            print("usage: RuleSoak [SEEDS [FIRST-SEED [SECONDS]]]")
            exit(2)
        }
        let given = numbers.compactMap { $0 }
        let seeds = given.first ?? 10_000
        let first = given.count > 1 ? given[1] : 1
        let limit = Duration.seconds(given.count > 2 ? Int64(given[2]) : 1800)

        let started = ContinuousClock.now
        var (events, cutShort, done): (Int, UInt64, UInt64) = (0, 0, 0)
        var raises: [String: Int] = [:]
        for seed in first..<first + seeds {
            let plant = Trial.plant(seed: seed)
            switch Trial.run(plant) {
            case .agree(let agreement):
                events += agreement.events
                cutShort += agreement.isCutShort ? 1 : 0
                raises.merge(agreement.raises, uniquingKeysWith: +)
            case .differ(let difference):
                print("seed \(seed): \(difference)\nshrinking ...")
                print(Trial.report(Trial.shrunk(plant)))
                exit(1)
            case .refused(let reason):
                print("seed \(seed): the plant was refused: \(reason)\n\(plant.rules)")
                exit(1)
            }
            done += 1
            let spent = ContinuousClock.now - started
            if done.isMultiple(of: 1000) || done == seeds || spent > limit {
                let seconds = Double(spent.components.seconds) + Double(spent.components.attoseconds) / 1e18
                print(
                    "\(done) seeds from \(first), \(events) events the same, \(cutShort) cut short where rounding may "
                        + "decide, \(Int(Double(done) / max(seconds, 0.001))) seeds/s")
                fflush(nil)
            }
            if spent > limit {
                print("stopped after \(limit): \(seeds - done) of \(seeds) seeds were not run")
                exit(3)
            }
        }
        print("raises: " + raises.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    }
}
