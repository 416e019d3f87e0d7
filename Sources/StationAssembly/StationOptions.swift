/// Where a station finds its files and doors: from the command line and systemd's environment (decisions.md 2, 5).
package struct StationOptions: Sendable {
    package var siteFolder: String
    /// Folders of installed device profiles, searched after the site's own.
    package var profileFolders: [String]
    package var stateFolder: String
    package var credentialsFolder: String
    /// Path of the control socket to bind; nil when systemd hands one over, or none is wanted.
    package var controlPath: String?
    package var environment: [String: String]
    package var processID: Int32

    package init(
        siteFolder: String, profileFolders: [String], stateFolder: String, credentialsFolder: String,
        controlPath: String?, environment: [String: String], processID: Int32
    ) {
        self.siteFolder = siteFolder
        self.profileFolders = profileFolders
        self.stateFolder = stateFolder
        self.credentialsFolder = credentialsFolder
        self.controlPath = controlPath
        self.environment = environment
        self.processID = processID
    }

    var journalFolder: String { "\(stateFolder)/journal" }
    var historyFolder: String { "\(stateFolder)/history" }
    var quarantineFolder: String { "\(stateFolder)/quarantine" }
    func filterMemory(of broker: String) -> String { "\(stateFolder)/filters-\(broker)" }
}

/// Why a station cannot start: one line, and the exit status that tells systemd whether trying again could help.
package struct StationFault: Error, CustomStringConvertible {
    package var description: String
    package var exitStatus: Int32

    package init(_ description: String, exitStatus: Int32) {
        self.description = description
        self.exitStatus = exitStatus
    }
}
