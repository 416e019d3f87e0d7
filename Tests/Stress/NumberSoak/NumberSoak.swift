import FuzzTargets
import Glibc

/// Random decimals by every door that reads numbers, against Swift's own reading, bit for bit.
///
///     NumberSoak [NUMBERS [SEED]]
///
/// The first difference is printed with its seed and ends the program with status 1.
@main struct NumberSoak {
    private static let together = 1000

    static func main() {
        let given = CommandLine.arguments.dropFirst().map { UInt64($0) }
        guard given.allSatisfy({ $0 != nil }), given.count <= 2 else {
            print("usage: NumberSoak [NUMBERS [SEED]]")
            exit(64)
        }
        let numbers = Int(given.first.flatMap { $0 } ?? 2_000_000)
        let seed = given.count > 1 ? given[1] ?? 1 : 1
        var decimals = RandomDecimals(seed: seed)
        let target = NumberTarget()
        let started = ContinuousClock.now
        var done = 0
        while done < numbers {
            let texts = (0..<min(together, numbers - done)).map { _ in decimals.next() }
            do {
                _ = try target.answer(to: Array(texts.joined(separator: "\n").utf8))
            } catch {
                print("seed \(seed), numbers \(done + 1) to \(done + texts.count): \(error)")
                exit(1)
            }
            done += texts.count
        }
        print("\(done) decimals from seed \(seed) read as Swift reads them, in \(ContinuousClock.now - started)")
    }
}
