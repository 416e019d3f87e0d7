import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

@Suite struct `Exception answers` {
    @Test func `busy is tried three times within the slot`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        _ = play.answer()
        _ = play.untilNext()
        let slot = play.now
        for wait in [100, 200] {
            let refusedAt = play.now
            #expect(play.answer { $0.exception = 6 }.spoiled == [])
            #expect(play.untilNext().sends == 1)
            #expect(play.now - refusedAt == .milliseconds(wait))
        }
        _ = play.answer { $0.exception = 6 }
        #expect(play.untilNext().sends == 1)
        #expect(play.now == slot + .seconds(1), "then at the next slot")
        #expect(play.session.counts.timeouts == 0)
    }

    @Test func `a device fault spoils its block and keeps the period`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        let actions = play.answer { $0.exception = 4 }
        #expect(actions.spoiled == [.deviceFault])
        #expect(actions.links == ["0+"], "it does answer")
    }

    @Test(arguments: [UInt8(10), 11])
    func `a gateway without its target spoils the block, and the third time the unit`(code: UInt8) throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        var stories: [[QualityReason]] = []
        for _ in 0..<3 {
            stories.append(play.answer { $0.exception = code }.spoiled)
            if play.request == nil { _ = play.untilNext() }
        }
        #expect(stories == [[.noTarget], [.noTarget], [.noTarget, .noTarget]])
        #expect(play.session.units[0].link == .down(.noTarget))
        #expect(play.session.isConnected)
    }

    @Test func `a refused address is found by halving, and only its point is misconfigured`() throws {
        let points = (0..<8).map { Plant.point(UInt32($0), at: UInt16($0), every: .seconds(1)) }
        var play = try Play([Plant.unit(7, points)])
        var actions = play.connect()
        var published: Set<Int> = []
        var misconfigured: [Int] = []
        for _ in 0..<60 {
            guard let request = play.request else {
                _ = play.untilNext()
                continue
            }
            let range = Int(request.start.offset)..<(Int(request.start.offset) + Int(request.count))
            actions = play.answer { if range.contains(5) { $0.exception = 2 } }
            for case .publish(let lane) in actions {
                published.formUnion(play.session.schedule.lanes[lane].block.members)
            }
            for case .spoil(let lane, .misconfigured) in actions {
                misconfigured += play.session.schedule.lanes[lane].block.members
            }
        }
        #expect(published == [0, 1, 2, 3, 4, 6, 7])
        #expect(misconfigured == [5])
        #expect(play.session.units[0].link == .up)
    }

    /// Nothing of it is kept over a restart (Documentation/Decisions/0025): this is what that costs.
    @Test(arguments: [0, 5, 39]) func `what was learned is learned again within one period after a restart`(
        refused: Int
    )
        throws
    {
        let points = (0..<40).map { Plant.point(UInt32($0), at: UInt16($0), every: .seconds(1)) }
        var play = try Play([Plant.unit(7, points)])
        _ = play.connect()
        let began = play.now
        var read: Set<Int> = []
        var (asked, isFound) = (Set<Range<Int>>(), false)
        while read.count < 39 || !isFound {
            guard let request = play.request else {
                _ = play.untilNext()
                continue
            }
            try #require(play.now - began < .seconds(2))
            play.now = play.now + .milliseconds(20)
            let range = Int(request.start.offset)..<(Int(request.start.offset) + Int(request.count))
            asked.insert(range)
            for action in play.answer({ if range.contains(refused) { $0.exception = 2 } }) {
                switch action {
                case .publish(let lane): read.formUnion(play.session.schedule.lanes[lane].block.members)
                case .spoil(let lane, .misconfigured):
                    isFound = play.session.schedule.lanes[lane].block.members == [refused]
                default: break
                }
            }
        }
        // Six halvings of 40 points, both halves asked each time.
        #expect(asked.count <= 1 + 2 * 6, "\(asked)")
        #expect(play.now - began < .seconds(1), "\(play.now - began)")
        print("splits of 40 points learned with \(asked.count) requests")
    }

    @Test func `an illegal function rests the block, and it is asked again after 5 min`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        #expect(play.answer { $0.exception = 1 }.spoiled == [.misconfigured])
        let refusedAt = play.now
        while play.request == nil { _ = play.untilNext() }
        #expect(play.now - refusedAt == .seconds(300))
        #expect(play.answer() == [.publish(lane: 0)])
        #expect(play.untilNext().sends == 1, "back on its slots")
        #expect(play.now - refusedAt < .seconds(302))
    }
}
