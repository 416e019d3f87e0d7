package import PlantModel
package import StationPorts

// What the journal answers to its readers: any thread, each call one read of what has been committed.

extension Journal: AlarmArchive {
    package func head() throws(JournalFault) -> JournalHead { try read { try JournalQuery.head($0) } }

    package func openAlarms() throws(JournalFault) -> [AlarmView] { try read { try JournalQuery.openAlarms($0) } }

    package func alarm(rule: String, occurrence: UInt32) throws(JournalFault) -> AlarmView? {
        try read { try JournalQuery.alarm($0, rule: rule, occurrence: occurrence) }
    }

    package func records(after sequence: UInt64, limit: Int) throws(JournalFault) -> [AlarmRecord] {
        try read { try JournalQuery.records($0, after: sequence, limit: limit) }
    }

    package func record(forKey key: String) throws(JournalFault) -> AlarmRecord? {
        try read { try JournalQuery.record($0, key: key) }
    }

    package func record(forIdempotencyKey key: String) throws(JournalFault) -> AlarmRecord? {
        try read { try JournalQuery.record($0, idempotencyKey: key) }
    }

    /// How every rule's alarm stands, for the core after a restart; in the order of rule ids.
    package func standings() throws(JournalFault) -> [JournalStanding] {
        try read { try AlarmStanding.fetchAll($0).map(\.forCore) }
    }
}

extension Journal: UplinkArchive {
    package func platformRecords(after sequence: UInt64, limit: Int) throws(JournalFault) -> [AlarmRecord] {
        try read { try JournalQuery.platformRecords($0, after: sequence, limit: limit) }
    }

    package func confirmedSequence(platform: String) throws(JournalFault) -> UInt64 {
        try read { try Uplink.confirmed($0, platform: platform) }
    }

    package func noteConfirmed(_ sequence: UInt64, platform: String) throws(JournalFault) {
        try note { try Uplink.confirm($0, platform: platform, sequence: sequence) }
    }

    package func openRaises() throws(JournalFault) -> [AlarmRecord] {
        try openAlarms().map(\.raise).sorted { $0.sequence < $1.sequence }
    }
}
