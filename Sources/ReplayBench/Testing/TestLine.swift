import PlantModel
package import PlantTime
package import SiteProfile

/// A test with its whole time line in memory, ready to be played as often as there are mutants.
package struct TestLine: Sendable {
    package let test: RuleTest
    let line: HeldTimeline
    /// What offsets count from, in milliseconds since 1970.
    let start: Int64
    /// The first and the last instant of the line.
    package let first: PlantInstant
    package let last: PlantInstant
    /// Text of each golden journal that the test names, by path; none where there is no such file.
    package private(set) var golden: [String: String]

    package func instant(_ time: RuleTestTime) -> PlantInstant {
        PlantInstant(milliseconds: time.milliseconds(from: start))
    }

    /// As the test would write it: `+22s`.
    package func offset(of instant: PlantInstant) -> Duration { instant - PlantInstant(milliseconds: start) }

    /// The golden journals that the test names: where they are, and as it names them.
    package var goldenFiles: [(path: String, shown: String)] {
        test.assertions.compactMap { if case .golden(let path, let shown) = $0.kind { (path, shown) } else { nil } }
    }

    package mutating func setGolden(_ text: String, at path: String) { golden[path] = text }

    /// Whether an instant lies in a span, both ends included.
    func holds(_ span: RuleTestSpan?, _ instant: PlantInstant) -> Bool {
        guard let span else { return true }
        if let from = span.from, instant < self.instant(from) { return false }
        if let to = span.to, instant > self.instant(to) { return false }
        return true
    }
}

/// Makes time lines of tests. A recording that several of them use is read once: 64 bytes a row while the tests run.
package struct TestLineMaker {
    private let names: ReplayNames
    private let pointNumbers: [String: Int]
    private let devices: [String: ScriptedDevice]
    private var recordings: [String: [InputSlot]] = [:]

    /// What `+0s` is in a test that brings its own rows and names no start: any day would do, this one reads well.
    private static let usualStart: Int64 = 1_767_225_600_000

    /// - Parameter devices: the site's, by id, for scripts in which one goes; empty without a site.
    package init(names: ReplayNames, devices: [String: ScriptedDevice] = [:]) {
        self.names = names
        self.devices = devices
        pointNumbers = Dictionary(
            names.points.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Throws: `RecordingMistake` for a recording, `ScriptRefused` for a script that asks for what the rules do not have.
    package mutating func line(of test: RuleTest) throws -> TestLine {
        var slots: [InputSlot]
        var commands: [UInt32: OperatorCommand] = [:]
        let start: Int64
        switch test.input {
        case .recording(let path, let place):
            slots = try recording(path)
            guard let first = slots.first else {
                throw RecordingMistake(at: place, "the recording \(path) has no row")
            }
            start = test.start ?? first.lineTime.milliseconds
        case .script(let script, let file):
            let begins = test.start.map { PlantInstant(milliseconds: $0) }
            var source = try ScriptSource(script, file: file, names: names, devices: devices, begins: begins)
            let held = try HeldTimeline(reading: &source)
            (slots, commands) = (held.slots, held.commands)
            start = (script.start ?? begins ?? ScriptSource.usualStart).milliseconds
        case .rows(let rows):
            let hasOffsets = rows.contains { if case .offset = $0.time { true } else { false } }
            let origin = hasOffsets ? test.start ?? Self.usualStart : nil
            let times = rows.map { $0.time.milliseconds(from: origin ?? 0) }
            start = origin ?? test.start ?? times.min() ?? Self.usualStart
            slots = zip(rows, times).map { slot($0, at: $1) }
            if !Self.isInOrder(slots) { slots = Self.inOrder(slots) }
            // The station starts at the start, whatever the first row waits for (semantics.md B6).
            if let first = slots.first, PlantInstant(milliseconds: start) < first.lineTime {
                slots.insert(InputSlot(.tick, at: PlantInstant(milliseconds: start)), at: 0)
            }
        }
        addActs(of: test, from: start, to: &slots, &commands)
        addEnd(of: test, from: start, to: &slots)
        guard let first = slots.first?.lineTime, let last = slots.last?.lineTime else {
            throw RecordingMistake(at: test.location, "the test has no row")
        }
        return TestLine(
            test: test, line: HeldTimeline(slots: slots, commands: commands), start: start, first: first, last: last,
            golden: Self.golden(of: test))
    }

    // MARK: Rows

    private mutating func recording(_ path: String) throws(RecordingMistake) -> [InputSlot] {
        if let known = recordings[path] { return known }
        var source = try RecordingSource(ByteSource(path: path), names: names)
        let slots = try HeldTimeline(reading: &source).slots
        recordings[path] = slots
        return slots
    }

    private func slot(_ row: RuleTestRow, at milliseconds: Int64) -> InputSlot {
        let word: RecordingRow.Word =
            switch row.quality {
            case .good: .good
            case .uncertain: .uncertain
            case .bad: .bad
            }
        // A point that the rules do not name only moves the clock.
        let point = pointNumbers[row.point].map { UInt32($0) }
        return InputSlot(recorded: RecordingRow(time: milliseconds, point: point, value: row.value, quality: word))
    }

    private static func isInOrder(_ slots: [InputSlot]) -> Bool {
        zip(slots, slots.dropFirst()).allSatisfy { $0.lineTime <= $1.lineTime }
    }

    private static func inOrder(_ slots: [InputSlot]) -> [InputSlot] {
        slots.enumerated().sorted { left, right in
            (left.element.lineTime, left.offset) < (right.element.lineTime, right.offset)
        }.map(\.element)
    }

    // MARK: What people do

    /// Puts each act behind all that happens at its instant.
    private func addActs(
        of test: RuleTest, from start: Int64, to slots: inout [InputSlot], _ commands: inout [UInt32: OperatorCommand]
    ) {
        guard !test.acts.isEmpty else { return }
        // A script may have brought commands of its own.
        let taken = commands.keys.max() ?? 0
        for (place, act) in test.acts.enumerated() {
            let number = taken + UInt32(place) + 1
            commands[number] = OperatorCommand(
                act.verb, rule: act.rule, occurrence: 0, version: nil, actor: "test", origin: "test",
                comment: act.comment, idempotencyKey: "test-\(number)")
            slots.append(
                InputSlot(
                    .command, at: PlantInstant(milliseconds: act.time.milliseconds(from: start)), auxiliary: number))
        }
        slots = Self.inOrder(slots)
    }

    /// Lets the clock run on to where the test ends.
    private func addEnd(of test: RuleTest, from start: Int64, to slots: inout [InputSlot]) {
        guard let until = test.until else { return }
        let end = PlantInstant(milliseconds: until.milliseconds(from: start))
        if let last = slots.last, last.lineTime < end { slots.append(InputSlot(.tick, at: end)) }
    }

    // MARK: Golden journals

    private static func golden(of test: RuleTest) -> [String: String] {
        var texts: [String: String] = [:]
        for case .golden(let path, _) in test.assertions.map(\.kind) {
            texts[path] = try? ByteSource.text(ofFile: path)
        }
        return texts
    }
}

extension ByteSource {
    /// A whole file as text, damaged bytes replaced.
    static func text(ofFile path: String) throws(RecordingMistake) -> String {
        var source = try ByteSource(path: path)
        var bytes: [UInt8] = []
        while try source.read(1 << 16, into: &bytes) {}
        return String(decoding: bytes, as: UTF8.self)
    }
}
