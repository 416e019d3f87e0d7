package import PlantTime

/// One message to be owed: a row of the outbox before it has a number. Made inside the transaction that writes the event.
package struct OutboxDraft: Sendable, Hashable {
    /// Id of the webhook channel.
    package var channel: String
    /// Id of the person told.
    package var recipient: String
    package var dueAt: WallTime

    package init(channel: String, recipient: String, dueAt: WallTime) {
        self.channel = channel
        self.recipient = recipient
        self.dueAt = dueAt
    }
}

/// Who is told by which channel: what is remembered of a raise, so that its clear goes to the same people.
package struct Addressee: Sendable, Hashable {
    package var channel: String
    package var recipient: String

    package init(channel: String, recipient: String) {
        self.channel = channel
        self.recipient = recipient
    }
}
