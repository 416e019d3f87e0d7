package import PlantModel
import StationPorts

// What the journal answers to its readers: any thread, each call one read of what has been committed.

extension Journal: CommittedReading, AlarmArchive {
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
