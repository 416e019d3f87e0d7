import Foundation
import PlantModel
import ReplayBench
import SiteProfile
import Testing

private let repository = URL(filePath: #filePath).appending(path: "../../..").standardized.path

/// The tests that are shipped beside the rules of the tour and of the demo site.
@Suite struct `Shipped rule tests` {
    private struct Shelf {
        var rules: RuleSet
        var bench: RuleTestBench
        var lines: [TestLine]
        var stationPoints: Set<String>
        var ranges: [String: ClosedRange<Double>]
    }

    private func shelf(_ folder: String, tests files: [String]) throws -> Shelf {
        let result = SiteLoader.load(
            directory: "\(repository)/\(folder)", profileFolders: ["\(repository)/DeviceProfiles"],
            addresses: .mayBeMissing)
        let site = try #require(result.site)
        let points = site.description.points
        let bench = try RuleTestBench(
            Replay(rules: site.rules, points: points.map(\.tag), site: site.description.id))
        var maker = TestLineMaker(names: bench.table.names)
        var lines: [TestLine] = []
        for file in files {
            let read = RuleTestFile.read(path: "\(repository)/\(file)", rules: site.rules, points: points.map(\.tag))
            #expect(read.diagnostics.map(\.description) == [])
            for test in read.tests { lines.append(try maker.line(of: test)) }
        }
        return Shelf(
            rules: site.rules, bench: bench, lines: lines,
            stationPoints: Set(points.filter { $0.pointClass == .system }.map(\.tag)),
            ranges: Dictionary(points.compactMap { point in point.range.map { (point.tag, $0) } }) { $1 })
    }

    private func survivors(_ shelf: Shelf) -> [String] {
        let mutants = Mutant.all(of: shelf.rules, ranges: shelf.ranges) { !shelf.stationPoints.contains($0.point) }
        let fates = MutantHunt(shelf.bench, rules: shelf.rules, lines: shelf.lines).fates(of: mutants) { _ in }
        return zip(mutants, fates).filter { $0.1 == .survived }.map { "\($0.0.name) \($0.0.change)" }
    }

    @Test func `of the tour pass and leave one mutant alive, as the tour says`() throws {
        let shelf = try shelf("Documentation/Tour/site", tests: ["Documentation/Tour/tests.yaml"])
        var coverage = RuleCoverage(shelf.bench.table.rules, stationPoints: shelf.stationPoints)
        for line in shelf.lines { #expect(try shelf.bench.failures(of: line, coverage: &coverage).isEmpty) }
        #expect(!coverage.hasGaps)
        #expect(survivors(shelf) == ["NH3-301.L2 deadband 5 -> 10"])
    }

    @Test func `of the demo site pass, and make every rule raise, clear and pause`() throws {
        let folder = "Simulator/DemoSite/tests"
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(repository)/\(folder)").sorted()
        #expect(files.count == 7)
        let shelf = try shelf("Simulator/DemoSite", tests: files.map { "\(folder)/\($0)" })
        var coverage = RuleCoverage(shelf.bench.table.rules, stationPoints: shelf.stationPoints)
        for line in shelf.lines {
            #expect(try shelf.bench.failures(of: line, coverage: &coverage).isEmpty, "\(line.test.name)")
        }
        #expect(!coverage.hasGaps)
        #expect(coverage.counted > 50)
    }

    @Test func `of the template of each class pass, and make every rule raise, clear and pause`() throws {
        let folder = "Documentation/Templates/classes"
        let shelf = try shelf(folder, tests: ["\(folder)/tests.yaml"])
        var coverage = RuleCoverage(shelf.bench.table.rules, stationPoints: shelf.stationPoints)
        for line in shelf.lines {
            #expect(try shelf.bench.failures(of: line, coverage: &coverage).isEmpty, "\(line.test.name)")
        }
        #expect(!coverage.hasGaps)
        #expect(coverage.counted > 150)
    }

    @Test func `of the rule templates pass, and every template's own rules raise and clear`() throws {
        let shelf = try shelf("Documentation/Templates/site", tests: ["Documentation/Templates/tests.yaml"])
        var coverage = RuleCoverage(shelf.bench.table.rules, stationPoints: shelf.stationPoints)
        for line in shelf.lines {
            #expect(try shelf.bench.failures(of: line, coverage: &coverage).isEmpty, "\(line.test.name)")
        }
        let told = [
            "AT-1.TWA", "AT-1.STEL", "AT-1.PEAK", "LT-1.UNPLANNED", "LT-1.UNPLANNED.FAST", "LT-1.LOSS",
            "LT-1.LOSS.FAST",
            "LT-1.GAIN", "EM-1.UNBALANCE", "SL-1.FAILURE.72H", "SL-1.FAILURE.24H",
            "SL-1.DISPLACEMENT.STALE", "SL-1.DISPLACEMENT.BAD", "SIS-1.BYPASSES",
        ]
        let colours = ["BLUE", "YELLOW", "ORANGE", "RED"]
        let wanted =
            told + colours.map { "PZ-1.ITEM.\($0)" } + colours.map { "PZ-4.\($0)" } + colours.map { "BEACH-1.\($0)" }
        for id in wanted {
            let place = try #require(shelf.rules.rules.firstIndex { $0.id == id }, "\(id)")
            #expect(coverage.gaps(of: RuleIndex(offset: place)).filter { $0 != .paused } == [], "\(id)")
        }
    }

    @Test func `of the ammonia room let no mutant of its rules live`() throws {
        var shelf = try shelf("Simulator/DemoSite", tests: ["Simulator/DemoSite/tests/ammonia.yaml"])
        shelf.stationPoints.formUnion(
            shelf.rules.rules.map(\.point).filter { !$0.hasPrefix("NH3") && $0 != "SIS-1.fan_run" })
        #expect(survivors(shelf) == [])
    }
}
