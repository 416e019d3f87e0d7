import PlantTime
import Testing

@testable import MQTTIntake

private let start = PlantInstant(milliseconds: 1_795_509_000_000)

@Suite struct `Window of what is not acknowledged` {
    private var window = AcknowledgementWindow(receiveMaximum: 128, aheadMax: .milliseconds(20))

    @Test func `nothing read: reading is free, nothing is asked, bytes may leave`() {
        #expect(window.isSettled && window.mayRead(at: start) && !window.isAsking(at: start))
        #expect(window.room == 96)
    }

    @Test mutating func `reading goes on beside what is not settled, and bytes may not leave`() {
        window.read(10, at: start)
        window.accept(through: 10)
        #expect(!window.isSettled && window.mayRead(at: start) && window.room == 86)
    }

    @Test mutating func `the gate is asked once a lull has come, not while messages follow each other closely`() {
        window.read(1, at: start)
        window.accept(through: 1)
        #expect(!window.isAsking(at: start + .microseconds(999)))
        window.read(1, at: start + .microseconds(900))
        #expect(!window.isAsking(at: start + .milliseconds(1)))
        #expect(window.isAsking(at: start + .microseconds(1900)))
        #expect(window.mayRead(at: start + .microseconds(1900)))
    }

    @Test mutating func `reading rests at three quarters of what the broker sends, and asks without a lull`() {
        window.read(95, at: start)
        window.accept(through: 95)
        #expect(window.mayRead(at: start))
        window.read(1, at: start)
        window.accept(through: 96)
        #expect(!window.mayRead(at: start) && window.isAsking(at: start) && window.room == 0)
        window.settle()
        #expect(window.isSettled && window.mayRead(at: start) && window.room == 96)
    }

    @Test mutating func `reading rests 20 ms behind the oldest, however few they are`() {
        window.read(1, at: start)
        window.read(1, at: start + .microseconds(19_500))
        window.accept(through: 2)
        #expect(window.mayRead(at: start + .microseconds(19_999)))
        #expect(!window.isAsking(at: start + .microseconds(19_999)))
        #expect(!window.mayRead(at: start + .milliseconds(20)))
        #expect(window.isAsking(at: start + .milliseconds(20)))
    }

    @Test mutating func `what came behind the asking is not settled by the answer to an earlier one`() {
        window.read(1, at: start)
        window.accept(through: 7)
        window.settle()
        window.read(1, at: start)
        window.accept(through: 8)
        #expect(!window.isSettled && window.settledThrough == 7 && window.acceptedThrough == 8)
    }

    @Test mutating func `a new connection owes nothing of the old one, but waits for what is in the ring`() {
        window.read(96, at: start)
        window.accept(through: 96)
        window.forgetMessages()
        #expect(window.mayRead(at: start) && window.room == 96)
        #expect(!window.isSettled, "the same thread, the same rule: CONNECT waits too")
        #expect(window.isAsking(at: start + .milliseconds(1)))
    }

    @Test func `a broker that sends one at a time is read one at a time`() {
        #expect(AcknowledgementWindow(receiveMaximum: 1, aheadMax: .milliseconds(20)).messagesMax == 1)
        #expect(AcknowledgementWindow(receiveMaximum: 0, aheadMax: .milliseconds(20)).messagesMax == 1)
    }
}
