import DeviceMap
import Testing

/// What stands at some paths of a text.
func values(_ text: String, at paths: String...) throws -> [PayloadValue] {
    let tree = PathTree(paths: try paths.map { try PayloadPath(parsing: $0) })
    return try JSONReader.values(in: Array(text.utf8), at: tree).values
}

/// Why bytes are refused, as a person reads it; nil when they are not.
func fault(_ bytes: [UInt8]) -> String? {
    do throws(JSONFault) {
        _ = try JSONReader.values(in: bytes, at: PathTree(paths: []))
        return nil
    } catch {
        return error.description
    }
}

@Suite struct `Payload reader` {
    @Test func `picks every mapped path in one pass, whatever stands around it`() throws {
        let text = """
            { "x":[ {"y":"no"}, [[]], {"y":[1,2.5,{"z":-3}]} ], "":{"":true}, "s":"a\\"b", "n" : null }
            """
        #expect(
            try values(text, at: "$.x[2].y[1]", "$.x[2].y[2].z", "$.n", "$['']['']", "$.x[9]", "$.x.y", "$.x", "$.x[0]")
                == [.decimal(2.5), .signed(-3), .null, .boolean(true), .missing, .missing, .array, .object])
    }

    @Test func `finds one value for several points`() throws {
        #expect(try values("{\"a\":7}", at: "$.a", "$.a", "$") == [.signed(7), .signed(7), .object])
    }

    @Test func `compares names as text, however they are written`() throws {
        #expect(try values(#"{"\u006e\u0048₃":1,"n\/h":2}"#, at: "$.nH₃", "$['n/h']") == [.signed(1), .signed(2)])
    }

    @Test(arguments: [
        ("0", PayloadValue.signed(0)),
        ("-0", .signed(0)),
        ("9223372036854775807", .signed(.max)),
        ("-9223372036854775808", .signed(.min)),
        ("9223372036854775808", .unsigned(1 << 63)),
        ("18446744073709551615", .unsigned(.max)),
        ("18446744073709551616", .decimal(18_446_744_073_709_551_616)),
        ("-9223372036854775809", .decimal(-9_223_372_036_854_775_808)),
        ("1.0", .decimal(1)),
        ("0.1", .decimal(0.1)),
        ("123456789012345678.5", .decimal(123_456_789_012_345_678.5)),
        ("1e22", .decimal(1e22)),
        ("1e-7", .decimal(1e-7)),
        ("9007199254740993e0", .decimal(9_007_199_254_740_992)),
        ("2.2250738585072011e-308", .decimal(.leastNormalMagnitude.nextDown)),
        ("1e-400", .decimal(0)),
        ("1.7976931348623157e308", .decimal(.greatestFiniteMagnitude)),
        ("0.0000000000000000000000000000000000000000000000000001", .decimal(1e-52)),
        ("0e99999999999999999999", .decimal(0)),
    ])
    func `keeps integers exact and rounds decimals to the nearest double`(text: String, value: PayloadValue) throws {
        #expect(try values("[\(text)]", at: "$[0]") == [value])
    }

    @Test(arguments: [
        ("", "offset 0: found the end, a number, string, true, false, null, object or array would do"),
        ("NaN", "offset 0: found NaN, a number, string, true, false, null, object or array would do"),
        ("[-Infinity]", "offset 2: found \"I\", a digit would do"),
        ("{\"a\":1e400}", "offset 5: found 1e400, a number within the range of a double would do"),
        ("[01]", "offset 2: found \"1\", a number without leading zeros would do"),
        ("[1.]", "offset 3: found \"]\", a digit after the point would do"),
        ("[1e]", "offset 3: found \"]\", a digit of the exponent would do"),
        ("[+1]", "offset 1: found +1, a number, string, true, false, null, object or array would do"),
        ("[tru]", "offset 1: found tru, true would do"),
        ("{\"a\" 1}", "offset 5: found \"1\", : would do"),
        ("{\"a\":1,}", "offset 7: found \"}\", a name in quotation marks would do"),
        ("[1,]", "offset 3: found \"]\", a number, string, true, false, null, object or array would do"),
        ("[1 2]", "offset 3: found \"2\", , or ] would do"),
        ("{'a':1}", "offset 1: found \"'\", a name in quotation marks would do"),
        ("{}x", "offset 2: found \"x\", nothing after the value would do"),
        ("{} {}", "offset 3: found \"{\", nothing after the value would do"),
        ("\"a", "offset 2: found the end, a closing quotation mark would do"),
        ("\"\u{1}\"", "offset 1: found byte 0x01, control characters written as \\u00XX would do"),
        (#""\x""#, #"offset 2: found "x", one of \" \\ \/ \b \f \n \r \t \uXXXX would do"#),
        (#""\u12G4""#, #"offset 5: found "G", four hexadecimal digits would do"#),
        (#""\ud800""#, "offset 1: found half of a surrogate pair, both halves would do"),
        (#""\udc00\ud800""#, "offset 1: found half of a surrogate pair, both halves would do"),
        ("\u{FEFF}{}", "offset 0: found byte 0xEF, a number, string, true, false, null, object or array would do"),
    ])
    func `refuses what is not JSON, with the place`(text: String, line: String) {
        #expect(fault(Array(text.utf8)) == line)
    }

    @Test(
        arguments: [
            [0xC0, 0xAF], [0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0xFF],
            [0xF5, 0x80, 0x80, 0x80],
            [0xE0, 0x9F, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func `refuses malformed UTF-8 in a string`(bytes: [UInt8]) {
        #expect(fault([0x22] + bytes + [0x22])?.hasSuffix("UTF-8 would do") == true)
    }

    @Test func `reads 32 levels and no more`() {
        #expect(fault(Array((String(repeating: "[", count: 32) + String(repeating: "]", count: 32)).utf8)) == nil)
        let hostile = Array(repeating: UInt8(ascii: "["), count: 10_000)
        #expect(fault(hostile) == "offset 32: found \"[\", at most 32 levels would do")
    }

    @Test func `refuses a mapped member that stands twice, for nobody knows which is true`() throws {
        let fault = #expect(throws: JSONFault.self) {
            try values(#"{"d":{"ppm":2},"ppm":3,"\u0064":{}}"#, at: "$.d.ppm")
        }
        #expect(fault?.description == "offset 23: found the member d a second time, one of them would do")
        #expect(try values(#"{"note":1,"note":2,"ppm":3}"#, at: "$.ppm") == [.signed(3)])
    }
}
