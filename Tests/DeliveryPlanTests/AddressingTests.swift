import DeliveryPlan
import PlantModel
import Testing

@Suite struct `Who is told` {
    private let delivery = DeliveryDescription(webhooks: [
        WebhookChannel(
            id: "duty", recipient: "zhang", url: "https://a.example/", secretCredential: nil, minimumPriority: .low),
        WebhookChannel(
            id: "head", recipient: "li", url: "https://b.example/", secretCredential: nil, minimumPriority: .critical),
    ])
    private let zhang = Addressee(channel: "duty", recipient: "zhang")
    private let gone = Addressee(channel: "county", recipient: "wang")

    private func told(_ record: AlarmRecord, before: [Addressee] = []) -> [String] {
        Addressing.drafts(for: record, told: before, delivery: delivery, now: halfPastEight).map(\.recipient)
    }

    @Test func `a critical raise is told to every channel, due at once`() {
        let drafts = Addressing.drafts(for: aRecord(), told: [], delivery: delivery, now: halfPastEight)
        #expect(drafts.map(\.channel) == ["duty", "head"])
        #expect(drafts.allSatisfy { $0.dueAt == halfPastEight })
    }

    @Test func `a low raise spares the plant head`() {
        #expect(told(aRecord(priority: .low)) == ["zhang"])
    }

    @Test func `a clear goes to exactly those who were told of its raise`() {
        let clear = aRecord("clear", duties: [.sayCleared, .reportToPlatform])
        #expect(told(clear, before: [zhang]) == ["zhang"])
        #expect(told(clear, before: []) == [])
        #expect(told(clear, before: [gone, zhang]) == ["wang", "zhang"])
    }

    @Test func `an acknowledgement is told to those who were called`() {
        #expect(
            told(aRecord("acknowledge", duties: [.sayAcknowledged, .stopEscalation]), before: [zhang]) == ["zhang"])
    }

    @Test func `an escalation calls the plant head in, and nobody twice`() {
        #expect(told(aRecord("escalate"), before: [zhang]) == ["zhang", "li"])
    }

    @Test func `whoever heard the raise hears the escalation, even when a reload has raised his floor`() {
        #expect(told(aRecord("escalate", priority: .medium), before: [gone, zhang]) == ["wang", "zhang"])
    }

    @Test func `an event that owes nobody a word makes no message`() {
        #expect(told(aRecord("de-escalate", duties: [.reportToPlatform]), before: [zhang]) == [])
        #expect(told(aRecord("raise", duties: [.reportToPlatform])) == [])
    }
}
