import DeliveryPlan
import PlantModel
import PlantTesting
import PlantTime
import SiteProfile
import Testing

@testable import StationAssembly

@Suite struct `Spelling events out` {
    private let folder: StationFolder
    private let site: LoadedSite
    private let clock = ManualClock(.start)

    init() throws {
        folder = try StationFolder()
        site = try folder.load()
    }

    private func scribe(raisedAt: [String: WallTime] = [:]) -> RecordScribe {
        RecordScribe(site: site.description, rules: site.rules, raisedAt: raisedAt)
    }

    private func offset(of rule: String) throws -> Int { try #require(site.rules.rules.firstIndex { $0.id == rule }) }

    @Test func `a raise names rule, point, source, limit and colour`() throws {
        var scribe = scribe()
        let raise = scribe.record(of: event(.raise, rule: try offset(of: "GAS-1.HH")), command: nil, wall: clock.wall)
        #expect(raise.key == "hall/GAS-1.HH/1/raise/0/1")
        #expect(raise.point == "GAS-1.conc")
        #expect(raise.pointName.english == "concentration")
        #expect(raise.hazardSourceName.chinese == "机房")
        #expect(raise.area == "north")
        #expect(raise.unit == "ppm")
        #expect(raise.limit == 50)
        #expect(raise.value == 80)
        #expect(raise.colour == .red)
        #expect(raise.raisedAt == .start)
        #expect(raise.inputSequence == 7)
    }

    @Test func `later records remember when the occurrence began, after a restart too`() throws {
        var scribe = scribe()
        let rule = try offset(of: "GAS-1.HH")
        _ = scribe.record(of: event(.raise, rule: rule), command: nil, wall: clock.wall)
        let later = event(.clear, rule: rule, at: .start + .seconds(30))
        #expect(scribe.record(of: later, command: nil, wall: clock.wall).raisedAt == .start)
        let before = WallTime.start + .seconds(-600)
        var restarted = self.scribe(raisedAt: ["GAS-1.HH": before])
        #expect(restarted.record(of: later, command: nil, wall: clock.wall).raisedAt == before)
    }

    @Test func `a rate is shown in the point's unit per second, and no number stays none`() throws {
        var scribe = scribe()
        let rate = scribe.record(of: event(.raise, rule: try offset(of: "GAS-1.ROC")), command: nil, wall: clock.wall)
        #expect(rate.unit == "ppm/s")
        #expect(rate.limit == 5 && rate.limitWritten == "300 ppm/min")
        let none = scribe.record(
            of: event(.raise, rule: try offset(of: "GAS-1.HH"), value: .nan), command: nil, wall: clock.wall)
        #expect(none.value == nil)
    }

    @Test func `a command brings its person; refused, it has a key of its own`() throws {
        var scribe = scribe()
        let rule = try offset(of: "GAS-1.HH")
        let command = acknowledgement("k-1", comment: "crew sent")
        let done = scribe.record(of: event(.acknowledge, rule: rule, command: 1), command: command, wall: clock.wall)
        #expect(done.actor == "zhang")
        #expect(done.comment == "crew sent")
        #expect(done.idempotencyKey == "k-1")
        #expect(done.refusal == nil)
        let refused = scribe.record(
            of: event(.refused, rule: rule, command: 1, refusal: .alarmChanged), command: command, wall: clock.wall)
        #expect(refused.key == "hall/command/k-1")
        #expect(refused.refusal == "alarm-changed")
    }

    @Test func `a command for a rule that is not there is written down all the same`() {
        var scribe = scribe()
        let stray = scribe.record(
            of: event(.refused, rule: 4_000_000, command: 1, refusal: .unknownAlarm),
            command: acknowledgement("k-2", of: "NOBODY.HH"), wall: clock.wall)
        #expect(stray.rule == "NOBODY.HH")
        #expect(stray.key == "hall/command/k-2")
        #expect(stray.refusal == "unknown-alarm")
        #expect(stray.actor == "zhang")
    }
}
