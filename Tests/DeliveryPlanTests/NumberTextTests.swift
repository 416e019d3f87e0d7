import DeliveryPlan
import Testing

@Suite struct `Numbers for people` {
    @Test(
        arguments: [
            (41.3, nil, "41.3"), (41.34, nil, "41.3"), (8.414, nil, "8.41"), (0.01234, nil, "0.0123"),
            (1234.5, nil, "1235"),
            (0, nil, "0"), (-0.0, nil, "0"), (100, nil, "100"), (99.96, nil, "100"), (-41.36, nil, "-41.4"),
            (1e-7, nil, "0.0000001"), (1.5e20, nil, "150000000000000000000"), (40, 40, "40"), (.nan, 40, "?"),
            (.infinity, nil, "?"), (9.995, nil, "10"), (0.5, nil, "0.5"), (-0.004, nil, "-0.004"),
        ] as [(Double, Double?, String)])
    func `three digits are shown`(value: Double, limit: Double?, text: String) {
        #expect(NumberText.shown(value, beside: limit) == text)
    }

    @Test(
        arguments: [
            (39.96, 40, "39.96"), (39.9996, 40, "39.9996"), (40.04, 40, "40.04"), (39.94, 40, "39.9"),
            (-39.96, -40, "-39.96"),
            (0.49996, 0.5, "0.49996"), (1234.5, 1234.6, "1234.5"), (1234.5, 1235, "1234.5"),
            (40.000000000000007, 40, "40.00000000000001"),
        ] as [(Double, Double, String)])
    func `digits are added until the print lies on its true side of the limit`(
        value: Double, limit: Double, text: String
    ) {
        #expect(NumberText.shown(value, beside: limit) == text)
    }

    @Test func `no print of a thousand near misses crosses the limit`() {
        for step in 1...1000 {
            let below = 40 - Double(step) / 7919
            let above = 40 + Double(step) / 7919
            #expect((Double(NumberText.shown(below, beside: 40)) ?? 40) < 40)
            #expect((Double(NumberText.shown(above, beside: 40)) ?? 40) > 40)
        }
    }

    @Test(arguments: [(40, "40"), (0.1, "0.1"), (1234.5678, "1234.5678"), (-2.50, "-2.5")] as [(Double, String)])
    func `a set-point is printed with all its digits`(value: Double, text: String) {
        #expect(NumberText.exact(value) == text)
    }
}
