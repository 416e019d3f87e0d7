package import PlantModel
package import PlantTime

/// Who is owed a message about an event: the site's channels, what the event owes to people (semantics.md C), and who was
/// told of the same occurrence before.
package enum Addressing {
    /// The messages that an event owes, one per channel and recipient, in the order of the site file; due at once.
    /// - Parameters:
    ///   - told: everybody who was owed a message of the same rule and occurrence before (pending ones included): a clear
    ///     and an acknowledgement go to exactly them, whatever the site file says by now.
    ///   - now: when the event is committed; nothing is due before it is written.
    /// - Complexity: O(channels + told). Pure: the same arguments give the same drafts.
    package static func drafts(
        for record: AlarmRecord, told: [Addressee], delivery: DeliveryDescription, now: WallTime
    ) -> [OutboxDraft] {
        let duties = record.dutySet
        var addressees: [Addressee] = []
        if !duties.isDisjoint(with: [.sayCleared, .sayAcknowledged]) {
            addressees = told
        }
        if duties.contains(.notify) {
            // Whoever was told of the raise hears of every further step, even if a reload has raised his channel's floor.
            addressees = told
            for channel in delivery.webhooks where record.priority >= channel.minimumPriority {
                addressees.append(Addressee(channel: channel.id, recipient: channel.recipient))
            }
        }
        var seen: Set<Addressee> = []
        return addressees.filter { seen.insert($0).inserted }
            .map { OutboxDraft(channel: $0.channel, recipient: $0.recipient, dueAt: now) }
    }
}
