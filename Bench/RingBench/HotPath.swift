import RingPipeline

/// What the daemon does to its rings for every batch, each in a function of its own: `Bench/hot-path` reads their machine
/// code, in which no call may stand that allocates, counts references or asks at run time what a type is.
enum HotPath {
    @inline(never) static func hotPublishSolo(
        _ end: inout Publisher<BenchSlot>, _ batch: Span<BenchSlot>
    ) -> UInt64? { end.publish(batch) }

    @inline(never) static func hotPublishOne(_ end: inout Publisher<BenchSlot>, _ slot: BenchSlot) -> UInt64? {
        end.publish(slot)
    }

    @inline(never) static func hotPublishShared(
        _ end: inout SharedPublisher<BenchSlot>, _ batch: Span<BenchSlot>
    ) -> UInt64? { end.publish(batch) }

    @inline(never) static func hotTake(
        _ reader: inout GatingReader<BenchSlot>, _ buffer: inout MutableSpan<BenchSlot>
    ) -> UInt64 {
        let count = reader.copy(into: &buffer)
        var sum: UInt64 = 0
        for index in 0..<count { sum &+= buffer[index].number }
        reader.release(count)
        return sum
    }

    @inline(never) static func hotFollow(
        _ reader: inout FollowingReader<BenchSlot>, _ buffer: inout MutableSpan<BenchSlot>, through limit: UInt64
    ) -> Int { reader.copy(into: &buffer, through: limit).count }

    /// Runs each of them once, and the planted ones, so that none is left out of the program: the sum of what was read,
    /// 2 x (1 + 2 + 3) here.
    static func probe() -> UInt64 {
        let (solo, shared) = (Ring<BenchSlot>(capacity: 8), Ring<BenchSlot>(capacity: 8))
        var batch = [BenchSlot](repeating: BenchSlot(), count: 2)
        for index in 0..<2 { batch[index].number = UInt64(index + 1) }
        var last = BenchSlot()
        last.number = 3
        var soloEnd = solo.publisher()
        var sharedEnd = shared.sharedPublisher()
        var sharedReader = shared.gatingReader()
        var soloReader = solo.gatingReader()
        var follower = solo.followingReader(from: 1)
        _ = hotPublishSolo(&soloEnd, batch.span)
        _ = hotPublishOne(&soloEnd, last)
        _ = hotPublishShared(&sharedEnd, batch.span)
        _ = hotPublishShared(&sharedEnd, [last].span)
        var room = [BenchSlot](repeating: BenchSlot(), count: 8)
        var buffer = room.mutableSpan
        let followed = hotFollow(&follower, &buffer, through: 3)
        return hotTake(&soloReader, &buffer) + hotTake(&sharedReader, &buffer) + UInt64(followed - 3) + Planted.probe()
    }
}
