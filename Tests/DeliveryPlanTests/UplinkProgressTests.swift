import DeliveryPlan
import Testing

@Suite struct `How far the platform is` {
    private func answer(
        _ progress: inout UplinkProgress, stored: UInt64, sent: UInt64? = nil, journal: String = "J",
        head: UInt64 = 100,
        oldestOpen: UInt64? = nil
    ) -> UplinkProgress.Step {
        progress.take(
            journalID: journal, storedThrough: stored, sent: sent, ours: "J", head: head, oldestOpen: oldestOpen)
    }

    @Test func `after a restart it follows from what both sides know`() {
        var progress = UplinkProgress(confirmed: 40)
        #expect(answer(&progress, stored: 40) == .follow)
        #expect(progress.cursor == 40 && progress.standing == .agreed)
    }

    @Test func `a platform that lost its store gets everything again`() {
        var progress = UplinkProgress(confirmed: 40)
        #expect(answer(&progress, stored: 0) == .follow)
        #expect(progress.cursor == 0)
    }

    @Test func `a platform that claims more than we have noted is not believed past it`() {
        var progress = UplinkProgress(confirmed: 40)
        #expect(answer(&progress, stored: 60) == .follow)
        #expect(progress.cursor == 40)
    }

    @Test func `a stored batch moves it on, half a batch half the way`() {
        var progress = UplinkProgress(confirmed: 0)
        #expect(answer(&progress, stored: 10, sent: 10) == .confirmed(10))
        #expect(answer(&progress, stored: 15, sent: 20) == .confirmed(15))
        #expect(answer(&progress, stored: 15, sent: 20) == .stalled)
        #expect(answer(&progress, stored: 3, sent: 20) == .stalled)
        #expect(progress.cursor == 3)
    }

    @Test func `a number above our head sends open alarms and everything since them again, once`() {
        var progress = UplinkProgress(confirmed: 40)
        let mismatch = UplinkProgress.Mismatch.aboveHead(stored: 900, head: 100)
        #expect(answer(&progress, stored: 900, oldestOpen: 30) == .resend(mismatch))
        #expect(progress.cursor == 29 && progress.isMismatched)
        #expect(answer(&progress, stored: 900) == .follow)
        #expect(answer(&progress, stored: 900, sent: 60) == .confirmed(60))
        #expect(answer(&progress, stored: 900, sent: 100) == .confirmed(100))
        #expect(progress.isMismatched)
    }

    @Test func `when our head passes that number, nothing in between is skipped`() {
        var progress = UplinkProgress(confirmed: 40)
        _ = answer(&progress, stored: 900, oldestOpen: nil)
        _ = answer(&progress, stored: 900, sent: 100)
        #expect(answer(&progress, stored: 900, head: 950) == .follow)
        #expect(progress.cursor == 100 && progress.standing == .agreed)
    }

    @Test func `an unknown journal is a mismatch until the platform speaks of ours`() {
        var progress = UplinkProgress(confirmed: 40)
        #expect(answer(&progress, stored: 7, journal: "X", oldestOpen: 38) == .resend(.otherJournal("X")))
        #expect(answer(&progress, stored: 7, sent: 40, journal: "X") == .stalled)
        #expect(progress.cursor == 37)
        #expect(answer(&progress, stored: 40, sent: 40) == .confirmed(40))
        #expect(!progress.isMismatched)
    }

    @Test func `a raise at the very first record does not fall off the beginning`() {
        var progress = UplinkProgress(confirmed: 5)
        _ = answer(&progress, stored: 900, oldestOpen: 1)
        #expect(progress.cursor == 0)
    }
}
