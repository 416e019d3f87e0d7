import BenchTools
import CountedHeap
import PlantModel
import PlantTime
import StationPorts

/// Samples through the real input ring and the real core's stage: 500,000 a second for a minute, and then as many as a door
/// can offer.
enum FlowBench {
    private static let rate = 500_000

    static func flow(seconds: Int, _ thresholds: inout Thresholds) throws {
        let pipe = try Pipe()
        var answer = AnswerOfSixty()
        let door = RingOutlet(ring: pipe.input)
        let start = pipe.clock.now()
        var settled: UInt64 = 0
        let answers = rate * seconds / AnswerOfSixty.size
        for number in 0..<answers {
            let due = start.advanced(
                byNanoseconds: Int64(number) * Int64(AnswerOfSixty.size) * 1_000_000_000 / Int64(rate))
            pipe.pause(until: due)
            answer.fill(at: pipe.clock.now())
            _ = door.publish(answer.slots, safety: false)
            if number == answers - rate / AnswerOfSixty.size { settled = counted_heap_calls() }
        }
        let calls = counted_heap_calls() - settled
        let took = (pipe.clock.now() - start).seconds
        let result = pipe.finish()
        let offered = answers * AnswerOfSixty.size
        report(
            "     \(offered) samples in \(shown(took)) s, \(result.judged) judged; in the last second all threads asked for "
                + "\(calls) blocks")
        thresholds.check("flow-samples-per-second", Double(offered) / took, "offered, in answers of 60")
        thresholds.check("flow-refused", Double(door.counts.refused), "at the door")
        thresholds.check(
            "flow-lost", Double(offered) - Double(door.counts.refused) - Double(result.judged),
            "between door and verdict")
        thresholds.check(
            "judged-p99-ms", result.percentile(0.99),
            "from publication to verdict; p50 \(shown(result.percentile(0.5))), p99.9 "
                + "\(shown(result.percentile(0.999))), the worst \(shown(result.worst)) at second "
                + "\(shown((result.worstAt - start).seconds)); \(result.missed) not looked at; "
                + "snapshots of \(result.snapshotBytes >> 20) MiB"
        )
    }

    /// A door that never stops, and beside it a gas alarm that comes and goes ten times a second.
    static func overload(seconds: Int, _ thresholds: inout Thresholds) throws {
        let pipe = try Pipe()
        let door = RingOutlet(ring: pipe.input)
        let gas = RingOutlet(ring: pipe.input)
        var answer = AnswerOfSixty()
        let start = pipe.clock.now()
        let end = start + .seconds(seconds)
        var now = start
        var nextGas = start
        var (offered, said) = (0, 0)
        while now < end {
            answer.fill(at: now)
            _ = door.publish(answer.slots, safety: false)
            offered += AnswerOfSixty.size
            if now >= nextGas {
                nextGas = nextGas + .milliseconds(100)
                let value: Double = said % 2 == 0 ? 80 : 20
                var slot = InputSlot(
                    Sample(point: PipePlant.gas, at: now.wholeMillisecond, .good(value)), source: 4, published: now)
                slot.deviceSequence = UInt64(said)
                _ = gas.publish([slot], safety: true)
                said += 1
            }
            now = pipe.clock.now()
        }
        let took = (pipe.clock.now() - start).seconds
        let result = pipe.finish()
        let (taken, refused) = door.counts
        report(
            "     offered \(shown(Double(offered) / took)) a second, taken \(shown(Double(taken) / took)), refused "
                + "\(shown(Double(refused) / took)); worst wait of a taken one \(shown(result.worst)) ms")
        thresholds.check("overload-refused", Double(refused), "of \(offered): there must be an overload to speak of")
        thresholds.check(
            "overload-uncounted",
            abs(Double(offered) - Double(taken) - Double(refused))
                + abs(Double(taken) + Double(said) - Double(result.judged)),
            "samples that are neither taken nor counted as refused, or taken and not judged")
        thresholds.check("overload-gas-refused", Double(gas.counts.refused), "of \(said) gas samples")
        thresholds.check(
            "overload-alarms-missing", Double(said) - Double(result.events), "of \(said) raises and clears")
    }
}
