import RingPipeline
import Testing

@Suite struct `A shared ring` {
    @Test func `hands slots over in order and in one piece`() {
        let ring = Ring<Pair>(capacity: 8)
        var first = ring.sharedPublisher()
        var second = ring.sharedPublisher()
        var reader = ring.gatingReader()
        #expect(first.publish([Pair(1), Pair(2)].span) == 2)
        #expect(second.publish([Pair(3)].span) == 3)
        var buffer = [Pair](repeating: Pair(0), count: 8)
        #expect(reader.copy(into: &buffer) == 3)
        #expect(buffer.prefix(3) == [Pair(1), Pair(2), Pair(3)])
        reader.release(3)
        #expect(reader.next == 4)
        #expect(reader.copy(into: &buffer) == 0)
    }

    @Test func `refuses a batch that does not fit, whole, and takes it once the reader has let go`() {
        let ring = Ring<Pair>(capacity: 8)
        var publisher = ring.sharedPublisher()
        var reader = ring.gatingReader()
        let six = (1...6).map { Pair($0) }
        #expect(publisher.publish(six.span) == 6)
        #expect(publisher.publish(six.span) == nil)
        #expect(ring.depth == 6)
        var buffer = [Pair](repeating: Pair(0), count: 8)
        let count = reader.copy(into: &buffer)
        #expect(publisher.publish(six.span) == nil, "copied is not released")
        reader.release(count)
        #expect(publisher.publish(six.span) == 12)
    }

    @Test func `keeps the last eighth for the safety path`() {
        let ring = Ring<Pair>(capacity: 16)
        var ordinary = ring.sharedPublisher()
        var safety = ring.sharedPublisher()
        let fourteen = (1...14).map { Pair($0) }
        #expect(ordinary.publish(fourteen.span, keepingFree: 2) == 14)
        #expect(ordinary.publish([Pair(15)].span, keepingFree: 2) == nil)
        #expect(safety.publish([Pair(15), Pair(16)].span) == 16)
        #expect(safety.publish([Pair(17)].span) == nil)
    }

    @Test func `runs round many times without losing a slot`() {
        let ring = Ring<Pair>(capacity: 8)
        var publisher = ring.sharedPublisher()
        var reader = ring.gatingReader()
        var buffer = [Pair](repeating: Pair(0), count: 5)
        var expected: UInt64 = 1
        for number in 1...1000 {
            #expect(publisher.publish([Pair(number)].span) == UInt64(number))
            if number % 3 == 0 {
                let count = reader.copy(into: &buffer)
                for slot in buffer.prefix(count) {
                    #expect(slot == Pair(expected))
                    expected += 1
                }
                reader.release(count)
            }
        }
        #expect(expected == 1000)
    }
}

@Suite struct `A ring that one thread fills` {
    @Test func `behaves as the shared one, without a claim to win`() {
        let ring = Ring<Pair>(capacity: 8)
        var publisher = ring.publisher()
        var reader = ring.gatingReader()
        for number in 1...8 { #expect(publisher.publish(Pair(number)) == UInt64(number)) }
        #expect(publisher.publish(Pair(9)) == nil)
        var buffer = [Pair](repeating: Pair(0), count: 8)
        #expect(reader.copy(into: &buffer) == 8)
        reader.release(8)
        #expect(publisher.publish([Pair(9), Pair(10)].span) == 10)
    }
}

@Suite struct `A follower` {
    @Test func `reads no further than the mark it follows`() {
        let ring = Ring<Pair>(capacity: 8)
        var publisher = ring.sharedPublisher()
        var follower = ring.followingReader(from: 1)
        _ = publisher.publish([Pair(1), Pair(2), Pair(3)].span)
        var buffer = [Pair](repeating: Pair(0), count: 8)
        #expect(follower.copy(into: &buffer, through: 2) == .init(first: 1, count: 2, missed: 0))
        #expect(follower.copy(into: &buffer, through: 3) == .init(first: 3, count: 1, missed: 0))
        #expect(buffer[0] == Pair(3))
    }

    @Test func `that was overtaken goes on at what is still there and says what it missed`() {
        let ring = Ring<Pair>(capacity: 8)
        var publisher = ring.sharedPublisher()
        var reader = ring.gatingReader()
        var follower = ring.followingReader(from: 1)
        var buffer = [Pair](repeating: Pair(0), count: 8)
        for number in 1...20 {
            _ = publisher.publish([Pair(number)].span)
            reader.release(reader.copy(into: &buffer))
        }
        let batch = follower.copy(into: &buffer, through: 20)
        #expect(batch.first == 14)
        #expect(batch.missed == 13)
        #expect(batch.count == 7)
        #expect(buffer.prefix(7).map(\.number) == [14, 15, 16, 17, 18, 19, 20])
        #expect(follower.missed == 13)
    }

    @Test func `sees what the gating reader stamped`() {
        let ring = Ring<Pair>(capacity: 8)
        var publisher = ring.sharedPublisher()
        var reader = ring.gatingReader()
        var follower = ring.followingReader(from: 1)
        var buffer = [Pair](repeating: Pair(0), count: 8)
        _ = publisher.publish([Pair(1)].span)
        _ = reader.copy(into: &buffer)
        reader.restate(Pair(number: 1, check: 77), at: 1)
        reader.release(1)
        _ = follower.copy(into: &buffer, through: 1)
        #expect(buffer[0] == Pair(number: 1, check: 77))
    }
}

@Suite struct `A mark` {
    @Test func `only grows`() {
        let mark = Mark()
        mark.advance(to: 5)
        mark.advance(to: 3)
        #expect(mark.current == 5)
        #expect(mark.wait(for: 5, atMost: .zero))
        #expect(!mark.wait(for: 6, atMost: .milliseconds(1)))
        mark.advance(to: .max)
        #expect(mark.current == .max, "large numbers are large")
    }
}

@Suite struct `The board's table` {
    @Test func `shows a blank before the first writing, then the newest`() {
        let table = SlotTable<Pair>(count: 2, blank: Pair(9))
        #expect(table.read(1) == Pair(9))
        table.write(Pair(1), at: 1)
        table.write(Pair(2), at: 1)
        #expect(table.read(1) == Pair(2))
        #expect(table.read(0) == Pair(9))
    }
}

/// Two words that must stay together, and a half word so that the tail of a slot is exercised.
struct Pair: BitwiseCopyable, Sendable, Equatable {
    var number: UInt64
    var check: UInt64
    var tail: UInt32

    init(number: UInt64, check: UInt64) {
        self.number = number
        self.check = check
        tail = UInt32(truncatingIfNeeded: number)
    }

    init(_ number: some BinaryInteger) { self.init(number: UInt64(number), check: ~UInt64(number)) }
}
