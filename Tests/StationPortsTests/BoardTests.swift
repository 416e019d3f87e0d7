import PlantModel
import PlantTesting
import PlantTime
import RingPipeline
import StationPorts
import Synchronization
import Testing

@Suite struct `The board` {
    private static func point(_ number: UInt64) -> PointStanding {
        let instant = PlantInstant(nanoseconds: Int64(number))
        return PointStanding(
            payload: Payload(number), quality: Quality(bits: UInt16(truncatingIfNeeded: number)),
            flags: SampleFlags(rawValue: UInt16(truncatingIfNeeded: number)), time: instant, arrival: instant,
            lastUsable: Double(number), count: number)
    }

    private static func isWhole(_ point: PointStanding) -> Bool {
        let number = point.count
        if number == 0 { return point.quality == .bad(.stale) && point.lastUsable.isNaN && point.payload == .none }
        let again = Self.point(number)
        return point.payload == again.payload && point.quality == again.quality && point.flags == again.flags
            && point.time == again.time && point.arrival == again.arrival && point.lastUsable == again.lastUsable
    }

    private static func rule(_ number: UInt32) -> RuleStanding {
        RuleStanding(
            state: number % 2 == 0 ? .acknowledged : .latchedUnacknowledged, isActive: number % 2 == 0,
            isUnknown: number % 2 == 1, isPending: number % 2 == 0, level: UInt8(truncatingIfNeeded: number),
            occurrence: number, version: ~number, value: Double(number))
    }

    private static func isWhole(_ rule: RuleStanding) -> Bool {
        if rule.occurrence == 0 { return rule.state == .normal && rule.version == 0 && rule.value.isNaN }
        let again = Self.rule(rule.occurrence)
        return rule.state == again.state && rule.isActive == again.isActive && rule.isUnknown == again.isUnknown
            && rule.isPending == again.isPending && rule.level == again.level && rule.version == again.version
            && rule.value == again.value
    }

    @Test func `says of what has never been seen that it is stale, and of a rule that it is quiet`() {
        let board = Board(points: 2, rules: 1)
        #expect(board.points.read(1).quality == .bad(.stale))
        #expect(board.points.read(1).count == 0 && board.points.read(1).lastUsable.isNaN)
        #expect(board.rules.read(0).state == .normal && !board.rules.read(0).isActive)
        #expect(board.points.count == 2 && board.rules.count == 1)
    }

    @Test func `changes one slot and leaves its neighbours`() {
        let board = Board(points: 3, rules: 3)
        board.points.write(Self.point(5), at: 1)
        board.rules.write(Self.rule(5), at: 1)
        #expect([0, 1, 2].map { board.points.read($0).count } == [0, 5, 0])
        #expect([0, 1, 2].map { board.rules.read($0).occurrence } == [0, 5, 0])
    }

    /// Two readers look while the core writes: a value must never be seen with another value's quality, nor an older one
    /// after a newer.
    @Test func `is never seen half written, and never goes back`() {
        let board = Board(points: 1, rules: 1)
        let isDone = Atomic<Bool>(false)
        let torn = Atomic<Int>(0)
        let looks = Atomic<Int>(0)
        withReaders(2) {
            var newest: (UInt64, UInt32) = (0, 0)
            var mine = 0
            while !isDone.load(ordering: .acquiring) || mine == 0 {
                let (point, rule) = (board.points.read(0), board.rules.read(0))
                let isFit =
                    Self.isWhole(point) && Self.isWhole(rule) && point.count >= newest.0 && rule.occurrence >= newest.1
                if !isFit { torn.wrappingAdd(1, ordering: .relaxed) }
                newest = (point.count, rule.occurrence)
                mine += 1
            }
            looks.wrappingAdd(mine, ordering: .relaxed)
        } while: {
            for number in 1...200_000 {
                board.points.write(Self.point(UInt64(number)), at: 0)
                board.rules.write(Self.rule(UInt32(number)), at: 0)
            }
            isDone.store(true, ordering: .releasing)
        }
        #expect(torn.load(ordering: .relaxed) == 0, "of \(looks.load(ordering: .relaxed)) looks")
        #expect(board.points.read(0).count == 200_000)
    }

    private func withReaders(
        _ count: Int, _ reading: @escaping @Sendable () -> Void, while writing: @escaping @Sendable () -> Void
    ) {
        let readers = (0..<count).map { WorkerThread(named: "reader-\($0)", reading) }
        let writer = WorkerThread(named: "writer", writing)
        writer.join()
        for reader in readers { reader.join() }
    }
}
