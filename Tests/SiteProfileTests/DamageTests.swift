import Foundation
import PlantModel
import SiteProfile
import Testing

/// A small seeded generator, so that a failing case can be made again.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    // SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct `A damaged file` {
    private static let bytesThatMatter = Array("[]{}:,-?*&!|>'\"#%@`~<\n\t 0.\u{7F}\u{0}é".utf8)

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `is read or refused, and never ends the program`(seed: UInt64) throws {
        let rules = repository.appending(path: "Simulator/DemoSite/rules/ammonia.yaml")
        let sound = Array(try Data(contentsOf: rules).prefix(1500))
        var dice = Dice(state: seed)
        var refused = 0
        for _ in 0..<250 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...6, using: &dice) {
                let place = Int.random(in: bytes.indices, using: &dice)
                switch Int.random(in: 0..<4, using: &dice) {
                case 0: bytes[place] = Self.bytesThatMatter.randomElement(using: &dice) ?? 0
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(Self.bytesThatMatter.randomElement(using: &dice) ?? 0, at: place)
                default: bytes.removeSubrange(place..<min(place + 40, bytes.count))
                }
            }
            let result = RuleFile.read(bytes: bytes, file: "rules.yaml")
            #expect(result.hasErrors || !result.rules.entries.isEmpty, "seed \(seed)")
            #expect(result.diagnostics.allSatisfy { $0.location.line > 0 && $0.location.column > 0 }, "seed \(seed)")
            #expect(result.diagnostics.allSatisfy { !$0.message.contains(where: \.isNewline) }, "seed \(seed)")
            if result.hasErrors { refused += 1 }
        }
        #expect(refused > 100)
    }
}
