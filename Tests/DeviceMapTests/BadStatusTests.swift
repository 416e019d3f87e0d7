import DeviceMap
import PlantModel
import PlantTime
import Testing

/// A status qualifies values; one that is bad itself cannot say that they are good.
@Suite struct `A status that is bad itself` {
    /// Point 0, a value of 10, qualified by point 1.
    private func value(under status: UInt8, _ change: (inout RegisterPoint) -> Void) throws -> Sample? {
        var value = aPoint(0, at: 0, status: 1)
        value.statusEffects = [StatusEffect(bit: 0, quality: .bad(.deviceFault))]
        var word = aPoint(1, at: 1)
        change(&word)
        return try decode([value, word], [0, 10, 0, status]).first
    }

    @Test func `makes the value as bad: no value, an unknown state, outside its band or range`() throws {
        #expect(try value(under: 9) { $0.sentinels = [9] }?.quality == .bad(.sentinel))
        #expect(try value(under: 8) { $0.states = [2, 4] }?.quality == .bad(.outOfRange))
        #expect(try value(under: 8) { $0.validRaw = 0...7 }?.quality == .bad(.deviceFault))
        #expect(try value(under: 8) { $0.range = 0...7 }?.quality == .bad(.outOfRange))
    }

    @Test func `changes nothing while it is good, and speaks by its bits then`() throws {
        #expect(try value(under: 4) { $0.range = 0...7 }?.reading == .good(10))
        #expect(try value(under: 5) { $0.range = 0...7 }?.quality == .bad(.deviceFault))
    }

    @Test func `is no word on a payload's value`() throws {
        let path = { (text: String) in try PayloadPath(parsing: text) }
        let route = TopicRoute(
            device: "G", pointClass: .slope, topic: "t",
            points: [
                PayloadPoint(
                    point: PointIndex(0), path: try path("$.v"), status: PointIndex(1),
                    statusValues: [5: .uncertain(.degraded)]),
                PayloadPoint(point: PointIndex(1), path: try path("$.fix"), range: 0...5),
            ], expectedPeriod: .seconds(1), linkPoint: PointIndex(9))
        func quality(_ fix: Int) throws -> Quality? {
            try PayloadDecoder(route: route).readings(
                Array(#"{"v":1.5,"fix":\#(fix)}"#.utf8),
                arrival: PayloadArrival(instant: noon, wall: WallTime(nanoseconds: noon.nanoseconds))
            )
            .first?.samples.first?.quality
        }
        #expect(try quality(4) == .good)
        #expect(try quality(5) == .uncertain(.degraded))
        #expect(try quality(9)?.word == .bad)
    }
}
