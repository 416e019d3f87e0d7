import PlantModel
import Testing

@Suite struct `A foreign text in a message of ours` {
    @Test(arguments: [
        ("NH3-101", "NH3-101"), ("氨浓度 ≥ 25", "氨浓度 ≥ 25"), ("", ""), ("a\nb", "a\u{FFFD}b"),
        ("a\r\nb", "a\u{FFFD}\u{FFFD}b"),
        ("\u{1B}[2Jgone", "\u{FFFD}[2Jgone"), ("x\u{2028}y\u{85}z\u{7F}", "x\u{FFFD}y\u{FFFD}z\u{FFFD}"),
    ])
    func `stays on its line`(text: String, line: String) {
        #expect(text.onOneLine == line)
    }
}
