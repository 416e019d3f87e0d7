import ArgumentParser
import DeliveryPlan
import DeviceMap
import PlantModel
import ReplayBench
import SiteProfile

/// What is replayed through: the rules of one file, or a site with its points, people and channels.
struct ReplaySubject {
    let replay: Replay
    let description: SiteDescription
    let delivery: DeliveryDescription
    /// By their ids in the site; none with a rule file alone.
    let devices: [String: ScriptedDevice]
    /// What captures are decoded by.
    let modbus: [ModbusEndpoint]
    let brokers: [BrokerLink]

    /// The words of records and messages: with a rule file alone there are no names, units and people to say.
    var scribe: RecordScribe { RecordScribe(site: description, rules: replay.rules, raisedAt: [:]) }

    static func of(ruleFile path: String) throws -> ReplaySubject { try of(RuleFile.read(path: path)) }

    /// All rule files of a folder without a site around them.
    static func of(ruleFolder path: String) throws -> ReplaySubject { try of(RuleFolder.read(path: path)) }

    private static func of(_ file: RuleFileResult) throws -> ReplaySubject {
        try refuse(file.diagnostics)
        let replay = Replay(rules: file.rules)
        return ReplaySubject(
            replay: replay, description: SiteDescription(id: replay.site, name: BilingualText()),
            delivery: DeliveryDescription(), devices: [:], modbus: [], brokers: [])
    }

    static func of(site folder: String, profileFolders: [String]) throws -> ReplaySubject {
        // A recording needs no addresses: a site that is still to be filled in can be played.
        let result = SiteLoader.load(directory: folder, profileFolders: profileFolders, addresses: .mayBeMissing)
        try refuse(result.diagnostics)
        guard let site = result.site else { throw ExitStatus.no.code }
        return ReplaySubject(
            replay: Replay(
                rules: site.rules, points: site.description.points.map(\.tag), site: site.description.id),
            description: site.description, delivery: site.delivery,
            devices: site.scriptedDevices, modbus: site.modbus, brokers: site.brokers)
    }

    /// Warnings are `check`'s; here only what keeps the rules from being played is told.
    static func refuse(_ diagnostics: [Diagnostic]) throws {
        guard diagnostics.hasErrors else { return }
        for diagnostic in diagnostics where diagnostic.severity == .error { Terminal.note(diagnostic.description) }
        throw ExitStatus.no.code
    }
}
