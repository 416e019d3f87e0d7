import DeviceMap
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile

/// Decimal numbers, one a line, by every door through which a person or a device writes one: a recording's column (in both
/// its ways), a payload's number and number in a string, a configuration file. Each must be the double that Swift reads.
package struct NumberTarget: FuzzTarget {
    package static let name = "numbers"
    private static let alphabet = Set("0123456789+-.eE".utf8)
    private static let lengthMax = 120
    private static let time = "2026-01-01T00:00:00.000Z"

    private let route: TopicRoute
    private let decoder: PayloadDecoder

    package init() {
        guard let path = try? PayloadPath(parsing: "$.n"), let textPath = try? PayloadPath(parsing: "$.s") else {
            preconditionFailure("two simple paths")
        }
        route = TopicRoute(
            device: "N", pointClass: .other, topic: "n",
            points: [
                PayloadPoint(point: PointIndex(0), path: path),
                PayloadPoint(point: PointIndex(1), path: textPath, type: .decimalText),
            ], expectedPeriod: .seconds(1), linkPoint: PointIndex(2))
        decoder = PayloadDecoder(route: route)
    }

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> [UInt64] {
        let texts = input.split(separator: 0x0A).filter {
            $0.count <= Self.lengthMax && $0.allSatisfy(Self.alphabet.contains)
        }
        .map { String(decoding: $0, as: UTF8.self) }
        let expected = texts.map { Double($0) }
        try checkRecording(texts, expected)
        for (text, number) in zip(texts, expected) { try checkPayload(text, number) }
        try checkConfiguration(zip(texts, expected).compactMap { text, number in number.map { (text, $0) } })
        return expected.map { ($0 ?? .nan).bitPattern }
    }

    // MARK: Recordings

    private func checkRecording(_ texts: [String], _ expected: [Double?]) throws(BrokenPromise) {
        let rows = texts.map { "\(Self.time),A,\($0),GOOD\n" }
        // Alone a row is read the careful way; with others behind it, the quick way.
        let together = Self.values(
            "time,point,value,quality\n" + rows.joined() + String(repeating: rows.last ?? "", count: 16))
        for (place, row) in rows.enumerated() {
            let alone = Self.values("time,point,value,quality\n" + row)
            let wanted = expected[place]?.bitPattern
            for found in [alone.first, together.count > place ? together[place] : nil] {
                guard let found else { throw BrokenPromise("a row with the number \(texts[place]) was not read") }
                guard found.bitPattern == wanted || (wanted == nil && found.isNaN) else {
                    throw BrokenPromise("a recording's \(texts[place]) was read as \(found)")
                }
            }
        }
    }

    private static func values(_ text: String) -> [Double] {
        var values: [Double] = []
        guard var reader = try? RecordingReader(ByteSource(text: text, name: "n.csv"), tags: ["A"]) else { return [] }
        while let row = try? reader.next() { values.append(row.value) }
        return values
    }

    // MARK: Payloads

    private func checkPayload(_ text: String, _ expected: Double?) throws(BrokenPromise) {
        let arrival = PayloadArrival(instant: PlantInstant(milliseconds: 0), wall: WallTime(milliseconds: 0))
        if let payload = try? decoder.decode(Array("{\"n\":\(text)}".utf8), arrival: arrival) {
            try check(payload.samples[0], text, expected, "a payload's number")
        } else if let expected, expected.isFinite, Self.isJSON(text) {
            throw BrokenPromise("a payload's number \(text) was refused")
        }
        guard let payload = try? decoder.decode(Array("{\"s\":\"\(text)\"}".utf8), arrival: arrival) else {
            throw BrokenPromise("a payload with the text \(text) was refused")
        }
        try check(payload.samples[1], text, expected, "a payload's text")
    }

    private func check(
        _ sample: Sample, _ text: String, _ expected: Double?, _ what: String
    ) throws(BrokenPromise) {
        let found = sample.payload
        guard let expected, expected.isFinite else {
            guard !sample.quality.isUsable else { throw BrokenPromise("\(what) \(text) was read as \(found.number)") }
            return
        }
        // A whole number stays one, and has no zero below zero.
        let isSame = found.kind == .float64 ? found.raw == expected.bitPattern : found.number == expected
        guard sample.quality.isUsable, isSame else {
            throw BrokenPromise("\(what) \(text) was read as \(found.number)")
        }
    }

    /// RFC 8259: no sign but minus, no leading zero, digits on both sides of a point.
    private static func isJSON(_ text: String) -> Bool {
        text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil
    }

    // MARK: Configuration

    private func checkConfiguration(_ numbers: [(text: String, value: Double)]) throws(BrokenPromise) {
        let finite = numbers.filter { $0.value.isFinite }
        guard !finite.isEmpty else { return }
        let points = finite.enumerated().map { "  P\($0): {value: \($1.text)}\n" }.joined()
        let result = ScriptReader.read(text: "for: 1s\nevery: 1s\npoints:\n\(points)", file: "n.yaml")
        guard let script = result.script, script.tracks.count == finite.count else {
            throw BrokenPromise(
                "a file of numbers was refused: \(result.diagnostics.first?.description ?? "no reason")")
        }
        for (track, number) in zip(script.tracks, finite) where track.value.bitPattern != number.value.bitPattern {
            throw BrokenPromise("a file's \(number.text) was read as \(track.value)")
        }
    }
}
