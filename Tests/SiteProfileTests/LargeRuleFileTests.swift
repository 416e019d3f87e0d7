import PlantModel
import SiteProfile
import Testing

/// A flat list of many rules, as a park exports it. The full size, 50,000 rules, is measured by `make bench`.
@Suite struct `A long rule file` {
    private static let rules = (0..<1500).map { number in
        """
        - id: AREA.TT-\(number).H
          point: AREA.TT-\(number)
          kind: H
          limit: \(number)
          on_delay_s: 2.5
          priority: HIGH

        """
    }

    @Test func `is read whole`() {
        let file = RuleFile.read(text: Self.rules.joined(), file: "long.yaml")
        #expect(!file.hasErrors)
        #expect(file.rules.rules.count == 1500)
        #expect(file.rules.rules.last?.location.line == 1499 * 6 + 1)
    }

    @Test func `has a mistake on its last line reported there`() {
        let text = Self.rules.joined().dropLast("priority: HIGH\n".count) + "priorty: HIGH\n"
        let file = RuleFile.read(text: String(text), file: "long.yaml")
        #expect(file.diagnostics.contains { $0.location.line == 9000 && $0.message.contains("priorty") })
    }
}
