import PlantTime
import Testing

@Suite struct `The pause before a link is tried again` {
    @Test(arguments: [(true, 5.0), (false, 30.0)])
    func `doubles from 0.2 s to its cap, spread by a fifth`(isSafety: Bool, cap: Double) {
        let backOff = BackOff(link: "L-1", isSafety: isSafety)
        for attempt in 1...20 {
            let pause = backOff.pause(after: attempt).seconds
            let nominal = min(0.2 * Double(1 << min(attempt - 1, 12)), cap)
            #expect(pause >= nominal * 0.8 - 1e-9 && pause <= min(nominal * 1.2, cap) + 1e-9, "attempt \(attempt)")
        }
    }

    @Test func `is the same for the same link at every start, and another for others`() {
        func pauses(_ link: String) -> [Duration] {
            (1...6).map { BackOff(link: link, isSafety: false).pause(after: $0) }
        }
        #expect(pauses("L-1") == pauses("L-1"))
        #expect(Set((0..<20).map { pauses("L-\($0)") }).count > 15)
    }

    @Test func `bears any number of attempts`() {
        let backOff = BackOff(link: "L-1", isSafety: true)
        #expect(backOff.pause(after: 0) == backOff.pause(after: 1))
        #expect(backOff.pause(after: .max) <= .seconds(5))
    }
}
