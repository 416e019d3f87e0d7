package import DeliveryPlan
package import DeviceMap
package import PlantModel

/// A site, read and checked: all that the wiring needs to build a station. Nothing in it is a text that still has to be
/// understood.
package struct LoadedSite: Sendable {
    package var description: SiteDescription
    /// All rule files with references above their uses, then the rules of the station itself.
    package var rules: RuleSet
    package var modbus: [ModbusEndpoint]
    package var brokers: [BrokerLink]
    package var delivery: DeliveryDescription
    package var console: ConsoleDescription
    package var systemPoints: SystemPoints
    /// By device id.
    package var profiles: [String: ProfileReference]
    /// What the bits of words, and contacts, stand for: for who asks how a device is read.
    package var namedBits: [PointIndex: [NamedBit]]
    /// SHA-256 over the names and bytes of every file that was read, profiles included; lower-case hexadecimal.
    package var hash: String

    /// The site without its rules, for whoever keeps it: compiled, they are not needed again, and of 50,000 they are most
    /// of its memory. Nor is what only `explain` says.
    package var withoutRules: LoadedSite {
        var site = self
        site.rules = RuleSet()
        site.namedBits = [:]
        return site
    }

    /// The `unix_user` of a person who is whoever runs hazardd: the wiring compares the peer's uid with its own.
    package static let selfUser = "@self"
}

/// Which profile describes a device, and the digest that a site may pin.
package struct ProfileReference: Sendable, Equatable {
    /// `gas/honeywell-midas@1`.
    package var id: String
    /// 64 hexadecimal digits; the first 12 make a pin.
    package var digest: String

    package init(id: String, digest: String) {
        self.id = id
        self.digest = digest
    }

    /// What a pin needs: `3f2a90c1d0e4`.
    package var pin: String { String(digest.prefix(ProfilePins.digitsMin)) }
}

/// Where the console listens.
package struct ConsoleDescription: Sendable, Equatable {
    /// A loopback address: a LAN is reached through a proxy.
    package var host: String
    /// 0: any free port.
    package var port: UInt16

    package init(host: String = "127.0.0.1", port: UInt16 = 8080) {
        self.host = host
        self.port = port
    }
}

/// What a folder answered.
package struct SiteLoadResult: Sendable {
    /// nil with an error among the diagnostics.
    package let site: LoadedSite?
    /// In reading order.
    package let diagnostics: [Diagnostic]
    /// For whoever asks for more: how far each estimator lags, and what it can see.
    package let notes: [Diagnostic]
    /// What was found, also when it is not fit for use: for the count line of `check`.
    package let pointCount: Int
    package let ruleCount: Int
}
