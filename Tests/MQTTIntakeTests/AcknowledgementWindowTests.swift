import PlantTime
import Testing

@testable import MQTTIntake

private let start = PlantInstant(milliseconds: 1_795_509_000_000)

@Suite struct `Window of what is not acknowledged` {
    private var window = AcknowledgementWindow(receiveMaximum: 128, aheadMax: .milliseconds(20))

    @Test mutating func `nothing read: reading is free, nothing is asked, bytes may leave`() {
        #expect(window.isSettled && window.mayRead(at: start) && window.question(at: start) == nil)
        #expect(window.room == 96)
    }

    @Test mutating func `reading goes on beside what is not settled, and bytes may not leave`() {
        read(10, through: 10)
        #expect(!window.isSettled && window.mayRead(at: start) && window.room == 86)
    }

    @Test mutating func `the gate is asked once a lull has come, not while messages follow each other closely`() {
        read(1, through: 1)
        #expect(window.question(at: start + .microseconds(999)) == nil)
        read(1, through: 2, after: .microseconds(900))
        #expect(window.question(at: start + .milliseconds(1)) == nil)
        #expect(window.question(at: start + .microseconds(1900)) == .init(through: 2, isResting: false))
        #expect(window.mayRead(at: start + .microseconds(1900)))
    }

    @Test mutating func `half way to its limit in number the gate is asked beside the reading, once`() {
        read(47, through: 470)
        #expect(window.question(at: start) == nil)
        read(1, through: 480)
        #expect(window.question(at: start) == .init(through: 480, isResting: false))
        read(20, through: 680)
        #expect(window.question(at: start) == .init(through: 480, isResting: false))
        #expect(window.mayRead(at: start))
    }

    @Test mutating func `half way to its limit in time it is asked, however few they are`() {
        read(1, through: 1)
        read(1, through: 2, after: .microseconds(9500))
        #expect(window.question(at: start + .microseconds(9999)) == nil)
        #expect(window.question(at: start + .milliseconds(10)) == .init(through: 2, isResting: false))
    }

    @Test mutating func `when the gate has answered, reading rests until what came since is settled`() {
        read(48, through: 480)
        _ = window.question(at: start)
        read(5, through: 530)
        window.settle(through: 480)
        #expect(!window.isSettled && !window.mayRead(at: start) && window.room == 0)
        #expect(window.question(at: start) == .init(through: 530, isResting: true))
        window.settle(through: 530)
        #expect(window.isSettled && window.mayRead(at: start) && window.room == 96)
        #expect(window.question(at: start) == nil)
    }

    @Test mutating func `nothing came since the question: the answer is the end of it, without a rest`() {
        read(48, through: 480)
        _ = window.question(at: start)
        window.settle(through: 480)
        #expect(window.isSettled && window.mayRead(at: start) && window.room == 96)
    }

    @Test mutating func `while the gate is slow reading goes on to three quarters of what the broker sends`() {
        read(48, through: 48)
        _ = window.question(at: start)
        read(47, through: 95)
        #expect(window.mayRead(at: start))
        read(1, through: 96)
        #expect(!window.mayRead(at: start) && window.room == 0)
        #expect(window.question(at: start) == .init(through: 96, isResting: true))
        window.settle(through: 96)
        #expect(window.isSettled && window.mayRead(at: start) && window.room == 96)
    }

    @Test mutating func `and to 20 ms behind the oldest, no longer`() {
        read(1, through: 1)
        read(1, through: 2, after: .microseconds(19_500))
        #expect(window.mayRead(at: start + .microseconds(19_999)))
        #expect(!window.mayRead(at: start + .milliseconds(20)))
        #expect(window.question(at: start + .milliseconds(20)) == .init(through: 2, isResting: true))
    }

    @Test mutating func `what came behind the asking is not settled by the answer to an earlier one`() {
        read(1, through: 7)
        window.settle(through: 7)
        read(1, through: 8)
        #expect(!window.isSettled && window.settledThrough == 7 && window.acceptedThrough == 8)
    }

    @Test mutating func `an answer for more than was accepted settles no more than that`() {
        read(1, through: 7)
        window.settle(through: 9)
        read(1, through: 8)
        #expect(!window.isSettled && window.settledThrough == 7)
    }

    @Test mutating func `a new connection owes nothing of the old one, but waits for what is in the ring`() {
        read(96, through: 96)
        window.forgetMessages()
        #expect(window.mayRead(at: start) && window.room == 96)
        #expect(!window.isSettled, "the same thread, the same rule: CONNECT waits too")
        #expect(window.question(at: start + .milliseconds(1)) == .init(through: 96, isResting: false))
    }

    @Test func `a broker that sends one at a time is read one at a time`() {
        #expect(AcknowledgementWindow(receiveMaximum: 1, aheadMax: .milliseconds(20)).messagesMax == 1)
        #expect(AcknowledgementWindow(receiveMaximum: 0, aheadMax: .milliseconds(20)).messagesMax == 1)
    }

    private mutating func read(_ count: Int, through sequence: UInt64, after span: Duration = .zero) {
        window.read(count, at: start + span)
        window.accept(through: sequence)
    }
}
