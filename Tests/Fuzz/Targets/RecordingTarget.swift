import DeviceMap
import PlantModel
import PlantTime
import ReplayBench

/// A recording in CSV. Its rows are read in two ways, one for usual rows that have much behind them and one for all others:
/// both must read the same.
package struct RecordingTarget: FuzzTarget {
    package static let name = "recordings"
    private static let tags = ["A", "LT-1203.level", "D", "氨.conc"]
    /// Rows at the last instant that is read, of a point that nobody knows, so that all before them have enough behind them.
    private static let tail = Array(
        String(repeating: "2199-12-31T23:59:59.999Z,nobody,0,BAD\n", count: 12).utf8)

    package struct Answer: Equatable {
        fileprivate(set) var slots: [InputSlot] = []
        fileprivate(set) var dropped = 0
        fileprivate(set) var mistake: String?
    }

    package init() {}

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> Answer {
        let answer = read(input)
        for slot in answer.slots { try slot.sample.keepPromise() }
        for (slot, next) in zip(answer.slots, answer.slots.dropFirst()) where next.time < slot.time {
            throw BrokenPromise("a row of \(next.time.milliseconds) ms came behind one of \(slot.time.milliseconds) ms")
        }
        let ended = input.last == 0x0A || input.isEmpty ? input : input + [0x0A]
        var longer = read(ended + Self.tail)
        longer.slots.removeAll { $0.point == .max && $0.time == Self.end }
        var shorter = answer
        shorter.slots.removeAll { $0.point == .max && $0.time == Self.end }
        guard input.isEmpty || longer == shorter else {
            throw BrokenPromise("rows read otherwise with more behind them: \(shorter) and \(longer)")
        }
        return answer
    }

    private static let end = PlantInstant(milliseconds: 7_258_118_399_999)

    private func read(_ bytes: [UInt8]) -> Answer {
        var answer = Answer()
        do throws(RecordingMistake) {
            var reader = try RecordingReader(ByteSource(bytes: bytes, name: "r.csv"), tags: Self.tags, derived: [2])
            while let row = try reader.next() { answer.slots.append(InputSlot(recorded: row)) }
            answer.dropped = reader.rowsDropped
        } catch {
            answer.mistake = error.description
        }
        return answer
    }
}

/// A capture of frames and messages, a JSON object a line.
package struct CaptureTarget: FuzzTarget {
    package static let name = "captures"

    package struct Answer: Equatable {
        fileprivate(set) var slots: [InputSlot] = []
        fileprivate(set) var tally = TimelineTally()
        fileprivate(set) var mistake: String?
    }

    package init() {}

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> Answer {
        var answer = Answer()
        var source = CaptureSource(
            ByteSource(bytes: input, name: "c.jsonl"), modbus: [FuzzPlant.endpoint], brokers: [FuzzPlant.broker])
        do throws(RecordingMistake) {
            answer.slots = try HeldTimeline(reading: &source).slots
        } catch {
            guard error.location != nil else { throw BrokenPromise("a line was refused without its place: \(error)") }
            answer.mistake = error.description
        }
        for slot in answer.slots where slot.kind == .sample { try slot.sample.keepPromise() }
        for (slot, next) in zip(answer.slots, answer.slots.dropFirst()) where next.judgedAt < slot.judgedAt {
            throw BrokenPromise("time went back from \(slot.judgedAt.nanoseconds) to \(next.judgedAt.nanoseconds)")
        }
        answer.tally = source.tally
        return answer
    }
}
