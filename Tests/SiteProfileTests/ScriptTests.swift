import PlantModel
import PlantTime
import SiteProfile
import Testing

@Suite struct `A script of a replay` {
    @Test func `says signals, devices and people in the words of its file`() throws {
        let result = ScriptReader.read(
            text: """
                start: 2026-01-01T08:00:00Z
                for: 10m
                every: 1s
                seed: 7
                points:
                  LT-1:
                    value: 3
                    signals:
                      - ramp: {at: 1m, to: 9.5, over: 2m}
                      - step: {at: 4m, by: -1}
                      - noise: {sd: 0.5}
                      - freeze: {at: 5m, for: 10s}
                      - clock_jump: {at: 6m, by: -1h}
                      - bad: {at: 7m, for: 1s, reason: sentinel}
                  LT-2: {value: 0, every: 500ms, signals: [duplicate: , exception: {code: 4, for: 2s}]}
                last_wills: [{device: TC-1, at: 2m, for: 30s}]
                actions:
                  - acknowledge: {rule: LT-1.HH, at: 3m, by: zhang, comment: crew sent}
                """, file: "s.yaml")
        #expect(result.diagnostics == [])
        let script = try #require(result.script)
        #expect(script.start == PlantInstant(milliseconds: 1_767_254_400_000))
        #expect(script.length == .seconds(600))
        #expect(script.tracks.map(\.point) == ["LT-1", "LT-2"])
        #expect(script.tracks.map(\.period) == [.seconds(1), .milliseconds(500)])
        #expect(
            script.tracks[0].signals.map(\.shape) == [
                .ramp(.to(9.5), over: .seconds(120)), .step(.by(-1)), .noise(deviation: 0.5, seed: 9), .freeze,
                .clockJump(milliseconds: -3_600_000), .bad(.sentinel),
            ])
        #expect(script.tracks[1].signals.map(\.length) == [nil, .seconds(2)])
        #expect(script.lastWills.map(\.device) == ["TC-1"])
        #expect(script.actions.map(\.verb) == [.acknowledge])
        #expect(script.actions[0].occurrence == nil)
        #expect(script.actions[0].actor == "zhang")
    }

    @Test func `tells all its mistakes at once, each at its place`() {
        let result = ScriptReader.read(
            text: """
                start: yesterday
                points:
                  LT-1:
                    value: high
                    signals:
                      - wobble: {at: 1m}
                      - ramp: {at: 1m, to: 9, by: 2, over: 2m}
                      - exception: {code: 12}
                      - step: {to: 1, for: 3s}
                actions:
                  - acknowledge: {at: 3m}
                  - clear: {rule: LT-1.HH, at: 3m}
                speed: 2
                """, file: "s.yaml")
        #expect(result.script == nil)
        #expect(
            result.diagnostics.map { "\($0.location.line):\($0.location.column)" } == [
                "1:1", "1:8", "3:3", "4:12", "6:9", "7:15", "8:27", "9:23", "11:18", "12:5", "13:1",
            ])
        let words = result.diagnostics.map(\.message).joined(separator: "\n")
        #expect(words.contains("a script needs \"for\""))
        #expect(words.contains("LT-1 has no period; every: 1s here, or for the whole script, would do"))
        #expect(words.contains("a signal must be one of step ramp sine drift noise spike freeze drop_out"))
        #expect(words.contains("ramp needs \"to\" or \"by\", one of them"))
        #expect(words.contains("code must lie in 1 to 11, found 12"))
        #expect(words.contains("the keys of step are at to by"))
        #expect(words.contains("an action must be one of acknowledge unacknowledge reset comment"))
    }
}
