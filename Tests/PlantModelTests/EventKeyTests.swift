import PlantModel
import Testing

@Suite struct `The key of an event` {
    private func key(
        _ rule: String, _ occurrence: UInt32 = 7, _ transition: AlarmEvent.Transition = .raise, level: UInt8 = 0,
        nth: UInt32 = 1
    ) -> String {
        EventKey(
            site: "demo", rule: rule, occurrence: occurrence, transition: transition, level: level, nth: nth
        ).text
    }

    @Test func `is written as journals and receivers know it`() {
        #expect(key("NH3-101.HH") == "demo/NH3-101.HH/7/raise/0/1")
        #expect(key("LAD-1", 2, .deescalate, level: 3, nth: 4) == "demo/LAD-1/2/de-escalate/3/4")
        #expect(EventKey.refusedCommand(site: "demo", idempotencyKey: "k-1").text == "demo/command/k-1")
        #expect("\(EventKey(text: "demo/x"))" == "demo/x")
    }

    /// Ids of plain rule files may hold anything: slashes, numbers, words of the key itself.
    @Test func `tells any two changes of any two rules apart`() {
        let rules = ["A", "A/1", "A/1/raise", "A/1/raise/0", "A/1/raise/0/1", "1", "raise", "command", "command/x", ""]
        var seen: [String: String] = [:]
        for rule in rules {
            for occurrence: UInt32 in [0, 1, 11] {
                for transition in [AlarmEvent.Transition.raise, .clear, .refused] {
                    for (level, nth) in [(0, 1), (0, 11), (1, 1)] as [(UInt8, UInt32)] {
                        let tuple = "\(rule)|\(occurrence)|\(transition)|\(level)|\(nth)"
                        let text = key(rule, occurrence, transition, level: level, nth: nth)
                        #expect(seen[text] == nil, "\(tuple) and \(seen[text] ?? "")")
                        seen[text] = tuple
                    }
                }
            }
        }
    }

    /// A journal that knows a key does not write its event again: a command that could take the key of a raise would
    /// silence that raise for ever.
    @Test func `of a refused command can never be that of an alarm`() {
        let alarm = key("command", 1)
        #expect(alarm == "demo/command/1/raise/0/1")
        let command = EventKey.refusedCommand(site: "demo", idempotencyKey: "1/raise/0/1")
        #expect(command.text == "demo/command/1%2Fraise%2F0%2F1")
        #expect(command.text != alarm)
        let keys = ["a/b", "a%2Fb", "a%252Fb", "a%b", "a%25b", "a", "/", "%", ""]
        #expect(Set(keys.map { EventKey.refusedCommand(site: "demo", idempotencyKey: $0).text }).count == keys.count)
    }
}

@Suite struct `Text in two languages` {
    @Test func `shows the other language, marked, where a translation is missing or empty`() {
        #expect(BilingualText(chinese: "氨", english: "ammonia").text(.chinese) == "氨")
        #expect(BilingualText(chinese: "氨", english: "ammonia").text(.english) == "ammonia")
        for missing in [nil, ""] as [String?] {
            #expect(BilingualText(chinese: missing, english: "ammonia").text(.chinese) == "ammonia [en]")
            #expect(BilingualText(chinese: "氨", english: missing).text(.english) == "氨 [zh]")
            #expect(BilingualText(chinese: missing, english: missing).text(.chinese) == "")
            #expect(BilingualText(chinese: missing, english: missing).isEmpty)
        }
        #expect(!BilingualText(english: "ammonia").isEmpty)
    }
}
