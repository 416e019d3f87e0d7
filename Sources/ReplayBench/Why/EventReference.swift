package import PlantModel
package import StationPorts

/// Which event somebody asks about: a journal sequence, an event key, or an alarm and what happened to it.
package enum EventReference: Sendable, Equatable {
    case sequence(UInt64)
    case alarm(rule: String, occurrence: UInt32, transition: String)
    case key(String)

    /// `90412`, `NH3-101.HH/7`, `NH3-101.HH/7/clear`, `demo/NH3-101.HH/7/raise/0/1`, `demo/command/4f2a`.
    package init(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if let number = UInt64(text) {
            self = .sequence(number)
        } else if parts.count == 2, let occurrence = UInt32(parts[1]) {
            self = .alarm(rule: String(parts[0]), occurrence: occurrence, transition: "raise")
        } else if parts.count == 3, let occurrence = UInt32(parts[1]),
            AlarmEvent.Transition(word: parts[2]) != nil
        {
            self = .alarm(rule: String(parts[0]), occurrence: occurrence, transition: String(parts[2]))
        } else {
            self = .key(text)
        }
    }

    /// The alarm that an event key names (``EventKey``); the id of a rule may have slashes. nil: it names none.
    package static func alarmNamed(inKey key: String) -> (rule: String, occurrence: UInt32)? {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 6, let occurrence = UInt32(parts[parts.count - 4]) else { return nil }
        return (parts[1..<(parts.count - 4)].joined(separator: "/"), occurrence)
    }

    /// The record that is meant: of several transitions of a kind in one occurrence the newest.
    package func record(in archive: some InquiryArchive) throws -> AlarmRecord? {
        switch self {
        case .sequence(let number): return try archive.record(sequence: number)
        case .key(let key):
            // Found among the events of the alarm that it names; any other key by reading the whole journal.
            if let (rule, occurrence) = Self.alarmNamed(inKey: key),
                let record = try archive.records(rule: rule, occurrence: occurrence).first(where: { $0.key == key })
            {
                return record
            }
            return try archive.record(forKey: key)
        case .alarm(let rule, let occurrence, let transition):
            return try archive.records(rule: rule, occurrence: occurrence).last { $0.transition == transition }
        }
    }
}
