import DeviceMap
import Foundation
import Testing

/// Random numbers from a seed (SplitMix64): a failure names its seed and happens again.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct `Payload reader and JSONSerialization` {
    static let corpus = [
        #"{"ts":"2026-11-24T08:30:00.000+08:00","seq":1,"load_t":2.4,"tilt_deg":[0.05,-0.03],"alarms":0,"peer":null}"#,
        #"{"Uid":"Test01","NH3":120}"#,
        #"{"leak_ma":[86],"temp_c":[41.2,40.8,42.0],"u_v":[231.2,229.9,230.4],"i_a":[],"arc":0}"#,
        #"{"d":{"moment":"83.5","alarm":"0x8001"},"t":1.7e9,"ok":true,"名":"\u6c28\ud83d\ude00","e":1E-3,"f":-0.0}"#,
        "[[[[]]],{},\"\",0,-1,false,18446744073709551615,-9223372036854775808,1e308]",
        " \t\r\n{ \"a\" : [ 1 , 2 ] } \n",
    ]

    /// Both accept: every leaf that the other tree holds is found at its path, with the same value.
    private func agree(on text: [UInt8], _ context: String) throws -> Bool {
        guard let theirs = try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed) else {
            return false
        }
        var leaves: [(steps: [PathStep], value: Any)] = []
        func walk(_ value: Any, _ steps: [PathStep]) {
            switch value {
            case let object as [String: Any]: for (name, value) in object { walk(value, steps + [.key(name)]) }
            case let array as [Any]: for (index, value) in array.enumerated() { walk(value, steps + [.element(index)]) }
            default: leaves.append((steps, value))
            }
        }
        walk(theirs, [])
        let tree = PathTree(paths: leaves.map { PayloadPath(steps: $0.steps) })
        guard let ours = try? JSONReader.values(in: text, at: tree).values else { return false }
        for (leaf, value) in zip(leaves, ours) {
            #expect(same(leaf.value, value, in: text), "\(PayloadPath(steps: leaf.steps).text) of \(context)")
        }
        return true
    }

    private func same(_ theirs: Any, _ ours: PayloadValue, in text: [UInt8]) -> Bool {
        switch ours {
        case .null: theirs is NSNull
        case .boolean(let ours): (theirs as? Bool) == ours
        case .signed(let ours): (theirs as? NSNumber)?.int64Value == ours
        case .unsigned(let ours): (theirs as? NSNumber)?.uint64Value == ours
        // Foundation keeps long decimals exact (NSDecimalNumber) but rounds them badly on the way to a double, so its
        // text is compared; that our double is the nearest one has a test of its own.
        case .decimal(let ours): (theirs as? NSNumber).flatMap { Double($0.description) } == ours
        case .text(let ours): (theirs as? String).map { Array($0.utf8) } == ours.utf8(in: text)
        case .missing, .object, .array: false
        }
    }

    @Test(arguments: corpus)
    func `agree on payloads of the field`(text: String) throws {
        #expect(try agree(on: Array(text.utf8), text))
    }

    @Test func `agree on random texts`() throws {
        for seed in UInt64(1)...400 {
            var random = Seeded(seed)
            let text = RandomJSON.value(depth: 4, using: &random)
            #expect(try agree(on: Array(text.utf8), "seed \(seed)"), "seed \(seed): \(text)")
        }
    }

    @Test func `the double of a decimal is the nearest, as strtod has it`() throws {
        let tree = PathTree(paths: [PayloadPath(steps: [])])
        for seed in UInt64(1)...2_000 {
            var random = Seeded(seed)
            let digits = (0..<Int.random(in: 1...22, using: &random)).map { _ in Int.random(in: 0...9, using: &random) }
            let text = "-1" + digits.map(String.init).joined() + ".5e\(Int.random(in: -320...280, using: &random))"
            let ours = try JSONReader.values(in: Array(text.utf8), at: tree).values
            let nearest = unsafe strtod(text, nil)
            #expect(ours == [.decimal(nearest)], "seed \(seed): \(text)")
        }
    }

    @Test func `agree on whatever both still accept after damage, and nothing traps`() throws {
        var accepted = 0
        for seed in UInt64(1)...3_000 {
            var random = Seeded(seed &* 7919)
            var bytes = Array(Self.corpus[Int(seed) % Self.corpus.count].utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(Array(#"{}[],:"\0e-9"#.utf8).randomElement(using: &random) ?? 0, at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(9), at: place)
                }
            }
            if try agree(on: bytes, "seed \(seed)") { accepted += 1 }
        }
        #expect(accepted > 300, "damage that leaves nothing readable tests nothing")
    }

    @Test func `random bytes never trap the reader`() throws {
        let tree = PathTree(paths: [try PayloadPath(parsing: "$.a[0].b"), try PayloadPath(parsing: "$[1]")])
        let letters = Array(#"{}[],:"\ueEtrfalsn0123456789.-+ab "#.utf8) + [0xE6, 0xB0, 0xA8, 0xFF, 0x00]
        for seed in UInt64(1)...5_000 {
            var random = Seeded(seed)
            let bytes = (0..<Int.random(in: 0...48, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? 0
            }
            _ = try? JSONReader.values(in: bytes, at: tree)
        }
    }
}

/// JSON texts at random, written in as many ways as the grammar has.
enum RandomJSON {
    static func value(depth: Int, using random: inout Seeded) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &random) {
        case 0: return ["true", "false", "null"].randomElement(using: &random) ?? ""
        case 1: return "\(Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0...63, using: &random))"
        case 2: return "\(Double(bitPattern: UInt64.random(in: 0...(.max), using: &random) & ~(1 << 62)))"
        case 3:
            let digits = Int.random(in: 1...17, using: &random)
            let fraction = (0..<digits).map { _ in "\(Int.random(in: 0...9, using: &random))" }.joined()
            return
                "\(Int.random(in: -999...999, using: &random)).\(fraction)e\(Int.random(in: -30...30, using: &random))"
        case 4, 5: return text(using: &random)
        case 6, 7:
            let members = (0..<Int.random(in: 0...4, using: &random)).map { index in
                // The index keeps names apart: duplicates have a test of their own.
                let name = text(using: &random).dropLast() + "\(index)\""
                return
                    "\(space(using: &random))\(name)\(space(using: &random)):\(value(depth: depth - 1, using: &random))"
            }
            return "{" + members.joined(separator: ",") + space(using: &random) + "}"
        default:
            let elements = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                space(using: &random) + value(depth: depth - 1, using: &random) + space(using: &random)
            }
            return "[" + elements.joined(separator: ",") + "]"
        }
    }

    private static func space(using random: inout Seeded) -> String {
        ["", "", "", " ", "\n\t", "\r\n"].randomElement(using: &random) ?? ""
    }

    private static func text(using random: inout Seeded) -> String {
        let pieces = [
            "a", "Z", "9", " ", "氨", "µ", "😀", #"\n"#, #"\""#, #"\\"#, #"\/"#, #"\u00e9"#, #"\uD83D\uDE00"#, ".",
        ]
        let count = Int.random(in: 0...6, using: &random)
        return "\"" + (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined() + "\""
    }
}
