import DeviceMap
import Testing

@Suite struct `Path into a payload` {
    @Test(arguments: [
        ("$", []),
        ("$.temp_c", [PathStep.key("temp_c")]),
        ("$.a.b[2].c", [.key("a"), .key("b"), .element(2), .key("c")]),
        ("$[0][65535]", [.element(0), .element(65_535)]),
        ("$.温度-1", [.key("温度-1")]),
        ("$['tilt.x (deg)'][0]", [.key("tilt.x (deg)"), .element(0)]),
        ("$['']", [.key("")]),
        ("$.peers[*]", [.key("peers"), .every]),
        ("@.v", [.key("v")]),
        ("#.serial", [.key("serial")]),
        ("$.n[?id=='N 7'].x", [.key("n"), .matching(.init(member: "id", literal: "N 7")), .key("x")]),
    ])
    func `reads as its steps, and is written as it was read`(text: String, steps: [PathStep]) throws {
        let path = try PayloadPath(parsing: text)
        #expect(path.steps == steps)
        #expect(path.text == text)
    }

    @Test(arguments: [
        ("", "offset 0: found the end, a path that starts with $ would do"),
        ("temp", "offset 0: found \"t\", a path that starts with $ would do"),
        ("$temp", "offset 1: found \"t\", .name or [index] would do"),
        ("$.", "offset 2: found the end, a name of letters, digits, _ and -, or ['name'] would do"),
        ("$.a..b", "offset 4: found \".\", a name of letters, digits, _ and -, or ['name'] would do"),
        ("$.n[?id]", "offset 7: found \"]\", == would do"),
        ("$.n[?id==x]", "offset 9: found \"x\", a number, or a text in '...' would do"),
        ("$.n[?id=='x]", "offset 12: found the end, ' at the end of the text would do"),
        ("$.temp[0:4]", "offset 8: found \":\", ] would do"),
        ("$.a[-1]", "offset 4: found \"-\", an index such as [0], or ['name'] would do"),
        ("$.a[65536]", "offset 4: found \"6\", an index of at most 65535 would do"),
        ("$.a[99999999999999999999]", "offset 4: found \"9\", an index of at most 65535 would do"),
        ("$['a", "offset 4: found the end, ' at the end of the name would do"),
        ("$.a b", "offset 3: found \" \", .name or [index] would do"),
    ])
    func `is refused with the place, what was found and what would do`(text: String, line: String) {
        let refused = #expect(throws: PathRefused.self) { try PayloadPath(parsing: text) }
        #expect(refused?.description == line)
    }

    @Test func `may not be deeper than a payload that is read`() throws {
        let deepest = "$" + String(repeating: ".a", count: PayloadPath.stepsMax)
        #expect(try PayloadPath(parsing: deepest).steps.count == 32)
        let refused = #expect(throws: PathRefused.self) { try PayloadPath(parsing: deepest + ".a") }
        #expect(refused?.wanted == "at most 32 steps")
    }
}
