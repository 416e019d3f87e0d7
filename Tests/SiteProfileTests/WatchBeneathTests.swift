import SiteProfile
import Testing

/// Two slopes at a broker, each point of which comes by itself, and a tank whose snapshot is read in one request.
private let site = """
    schema: hazardd.site/v1
    site: {id: t, name: test}
    endpoints: {e: {host: 127.0.0.1, port: 502}}
    brokers: {b: {host: 127.0.0.1}}
    devices:
      SL-1: {profile: slope/virtual-gnss@1, broker: b}
      SL-2: {profile: slope/virtual-gnss@1, broker: b}
      PIT: {profile: level/pair@1, endpoint: e, unit: 2}
    """

private let pair = """
    schema: hazardd.profile/v1
    rev: 1
    class: level
    name: pair
    source: the test
    modbus: {rates: {fast: 1s}, snapshots: [[in, out]]}
    points:
      in: {at: hr:0, type: u16, unit: mm, range: [0, 1000], rate: fast}
      out: {at: hr:1, type: u16, unit: mm, range: [0, 1000], rate: fast}
      alone: {at: hr:9, type: u16, unit: mm, range: [0, 1000], rate: fast}
    """

/// What every rule of top priority needs.
private let signed = """
      priority: CRITICAL
      basis: b
      approved_by: a
      guidance:
        cause: {zh-CN: 一, en: a}
        consequence: {zh-CN: 二, en: b}
        action: {zh-CN: 三, en: c}
        respond_within_s: 60

    """

/// LAST is made of MIDDLE, and that of what the case says.
private let rules = """
    - {derived: LAST, op: linear, scale: 1000, of: [MIDDLE], unit: um}
    - id: X
      point: LAST
      kind: L
      limit: -5
    \(signed)
    """

private let slope = "- {derived: MIDDLE, op: mean, of: [SL-1.h], window_s: 86400}\n"
private let gap = "- {derived: MIDDLE, op: difference, of: [SL-1.h, SL-2.h], max_age_s: 2700}\n"
private let pit = "- {derived: MIDDLE, op: difference, of: [PIT.in, PIT.out], max_age_s: 9}\n"
private let pits = "- {derived: MIDDLE, op: sum, of: [PIT.in, PIT.alone], max_age_s: 9}\n"

private func stale(_ point: String, _ priority: String = "HIGH", _ more: String = "") -> String {
    "- {id: \(point).STALE, point: \(point), kind: STALE, max_age_s: 2700, priority: \(priority)\(more)}\n"
}

private func bad(_ point: String) -> String {
    "- {id: \(point).BAD, point: \(point), kind: BAD_QUALITY, priority: HIGH}\n"
}

private func told(_ missing: String, _ where: String) -> String {
    "rules/x.yaml:3:10: error: derived point \"LAST\" is judged by a CRITICAL rule and has no \(missing) rule of at least HIGH, "
        + "nor has what it is made of; on \"LAST\", or on \(`where`), would do"
}

private let both = "STALE and no BAD_QUALITY"

private let gaps: [(watch: String, told: String)] = [
    (slope, told(both, "\"SL-1.h\"")),
    (slope + stale("SL-1.h"), told("BAD_QUALITY", "\"SL-1.h\"")),
    (slope + bad("LAST"), told("STALE", "\"SL-1.h\"")),
    (slope + bad("SL-1.x") + stale("SL-1.x"), told(both, "\"SL-1.h\"")),
    (slope + bad("SL-1.h") + stale("SL-1.h", "MEDIUM"), told("STALE", "\"SL-1.h\"")),
    (slope + bad("SL-1.h") + stale("SL-1.h", "HIGH", ", silent: true"), told("STALE", "\"SL-1.h\"")),
    (gap + stale("SL-1.h") + bad("SL-1.h"), told(both, "\"SL-2.h\"")),
    (gap + stale("SL-1.h") + bad("SL-2.h"), told(both, "\"SL-2.h\" and \"SL-1.h\"")),
    (pit, told(both, "\"PIT.in\"")),
    (pits + stale("PIT.out") + bad("PIT.out"), told(both, "\"PIT.alone\"")),
]

private let watches: [String] = [
    slope + stale("SL-1.h") + bad("SL-1.h"),
    slope + stale("SL-1.h") + bad("LAST"),
    slope + stale("LAST") + bad("MIDDLE"),
    slope + stale("MIDDLE") + bad("SL-1.h"),
    gap + stale("SL-1.h") + stale("SL-2.h") + bad("MIDDLE"),
    gap + stale("LAST") + bad("LAST"),
    // Read in one request, silent as one.
    pit + stale("PIT.out") + bad("PIT.out"),
    pits + stale("PIT.out") + bad("PIT.out") + stale("PIT.alone") + bad("PIT.alone"),
    "- {derived: MIDDLE, op: linear, of: [sys.PIT.link]}\n",
]

@Suite struct `A rule of top priority on a derived point` {
    private func load(_ watch: String) throws -> SiteLoadResult {
        try SiteFolder([
            "site.yaml": site, "profiles/level/pair.yaml": pair, "rules/x.yaml": rules + watch,
        ]).load()
    }

    @Test(arguments: gaps)
    func `is refused while its silence would be told by nothing`(watch: String, told: String) throws {
        let result = try load(watch)
        #expect(result.diagnostics.map(\.description) == [told])
        #expect(result.site == nil)
    }

    @Test(arguments: watches)
    func `is at rest where the point or all that it is made of tells of silence and of bad data`(watch: String) throws {
        let result = try load(watch)
        #expect(result.diagnostics == [])
        #expect(result.site != nil)
    }

    @Test func `names four of many sources`() throws {
        let slopes = (1...6).map { "  SL-\($0): {profile: slope/virtual-gnss@1, broker: b}" }
        let tags = (1...6).map { "SL-\($0).h" }
        let sum = "- {derived: MIDDLE, op: sum, of: [\(tags.joined(separator: ", "))], max_age_s: 2700}"
        let head = try #require(site.firstRange(of: "  SL-1")).lowerBound
        let result = try SiteFolder([
            "site.yaml": site[..<head] + slopes.joined(separator: "\n"), "rules/x.yaml": rules + sum,
        ]).load()
        let four = tags.prefix(4).map { "\"\($0)\"" }.joined(separator: " and ")
        let errors = result.diagnostics.filter { $0.severity == .error }
        #expect(errors.map(\.description) == [told(both, "\(four) and others")])
    }

    @Test func `of lower priority may go unwatched`() throws {
        let result = try SiteFolder([
            "site.yaml": site, "profiles/level/pair.yaml": pair,
            "rules/x.yaml": rules.replacing("CRITICAL", with: "HIGH") + slope,
        ]).load()
        #expect(result.diagnostics == [])
    }
}

/// A CRITICAL rule that reads no point of its own: what its members read must be watched.
private func judged(_ lines: String...) -> String {
    """
    - {id: A, point: SL-1.h, kind: L, limit: -5, priority: LOW, silent: true, basis: b, approved_by: a}
    - {id: B, point: SL-1.h, kind: L, limit: -9, priority: LOW, silent: true, basis: b, approved_by: a}
    - {id: C, point: SL-2.h, kind: L, limit: -9, priority: LOW, silent: true, basis: b, approved_by: a}
    - {id: AB, point: SL-1.h, kind: LADDER, levels: [A, B], priority: LOW, silent: true}
    - id: X
      point: SL-1.h
    \(signed)
    """ + lines.map { "  \($0)\n" }.joined()
}

private let vote = judged("kind: VOTE", "of: [A, C]", "m: 2")
private let voteOverLadder = judged("kind: VOTE", "of: [AB, C]", "m: 2")
private let ladder = judged("kind: LADDER", "levels: [A, B]")
private let (one, other) = (stale("SL-1.h") + bad("SL-1.h"), stale("SL-2.h") + bad("SL-2.h"))

private let throughMembers: [(rules: String, unwatched: [String])] = [
    (vote, ["SL-1.h", "SL-2.h"]), (vote + one, ["SL-2.h"]), (vote + one + other, []),
    (voteOverLadder + other, ["SL-1.h"]), (ladder, ["SL-1.h"]), (ladder + one, []),
]

@Suite struct `A rule of top priority over other rules` {
    @Test(arguments: throughMembers)
    func `asks for a watch on every point that its members judge`(rules: String, unwatched: [String]) throws {
        let result = try SiteFolder([
            "site.yaml": site, "profiles/level/pair.yaml": pair, "rules/x.yaml": rules,
        ]).load()
        let told = result.diagnostics.map(\.description)
        #expect(told.count == unwatched.count, "\(told)")
        for tag in unwatched {
            let line =
                "point \"\(tag)\" is judged by a CRITICAL rule and has no STALE and no BAD_QUALITY rule of at least HIGH"
            #expect(told.contains { $0.hasSuffix(line) }, "\(told)")
        }
    }
}
