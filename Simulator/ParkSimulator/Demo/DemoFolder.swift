package import Digests

/// The one temporary folder of a demo or an end-to-end test: a copy of the site with its device profiles, the daemon's
/// state and credentials, the control socket, the broker's store and every log. Readable by us alone.
package struct DemoFolder: Sendable {
    package let root: String

    package var site: String { "\(root)/site" }
    package var state: String { "\(root)/state" }
    package var credentials: String { "\(root)/credentials" }
    package var broker: String { "\(root)/broker" }
    package var controlSocket: String { "\(root)/control.sock" }
    package var daemonLog: String { "\(root)/hazardd.log" }
    /// The secret that signs webhooks, made anew for each folder.
    package let webhookSecret: String
    /// The bearer token of the platform uplink.
    package let platformToken: String

    /// Makes the folder.
    /// - Parameter repository: where `Simulator/DemoSite` and `DeviceProfiles` stand.
    package init(repository: String, prefix: String = "hazardd-demo") throws(ParkFailure) {
        let template = "\(repository)/Simulator/DemoSite"
        guard Files.exists("\(template)/site.yaml") else {
            throw ParkFailure("\(template) holds no site.yaml; run from the repository's folder or name it")
        }
        root = try Files.temporaryFolder(prefix)
        webhookSecret = RandomName.make(letters: 40)
        platformToken = RandomName.make(letters: 32)
        try Files.copyFolder(template, to: site)
        try Files.copyFolder("\(repository)/DeviceProfiles", to: "\(site)/profiles")
        for folder in [state, credentials, broker, "\(site)/site.d"] { try Files.makeFolder(folder) }
        try Files.write(webhookSecret, to: "\(credentials)/duty_webhook")
        try Files.write(platformToken, to: "\(credentials)/county_token")
    }

    /// Removes it with all that is in it.
    package func remove() { Files.removeFolder(root) }
}

/// Where everything of the park listens: the file `site.d/ports.yaml` that the site folder lacks.
package struct ParkAddresses: Sendable, Equatable {
    /// Endpoint of the site and its loopback port.
    package var endpoints: [(name: String, port: UInt16)]
    package var brokerPort: UInt16?
    package var dutyURL: String?
    package var countyURL: String?

    package init(
        plant: SimulatedPlant, brokerPort: UInt16?, dutyURL: String? = nil, countyURL: String? = nil
    ) {
        endpoints = plant.plan.devices.compactMap { device in
            plant.modbus.port(of: device.id).map { (device.endpoint, $0) }
        }
        self.brokerPort = brokerPort
        self.dutyURL = dutyURL
        self.countyURL = countyURL
    }

    package static func == (left: ParkAddresses, right: ParkAddresses) -> Bool { left.yaml == right.yaml }

    package var yaml: String {
        var text = "# Written by parksim: where the simulated park listens this time.\n"
        text += "endpoints:\n" + endpoints.map { "  \($0.name): {host: 127.0.0.1, port: \($0.port)}\n" }.joined()
        if let brokerPort { text += "brokers:\n  park: {host: 127.0.0.1, port: \(brokerPort)}\n" }
        let channels = [("duty", dutyURL), ("county", countyURL)].compactMap { name, url in
            url.map { "  \(name): {url: \"\($0)\"}\n" }
        }
        return channels.isEmpty ? text : text + "channels:\n" + channels.joined()
    }

    /// Writes `site.d/ports.yaml` into a site folder.
    package func write(toSite folder: String) throws(ParkFailure) {
        try Files.makeFolder("\(folder)/site.d")
        try Files.write(yaml, to: "\(folder)/site.d/ports.yaml")
    }
}

/// The two secrets of a demo's credentials folder, as the receivers need them.
package struct DemoCredentials: Sendable {
    /// By key id.
    package let webhookKeys: [String: HMACKey]
    package let platformToken: String

    package init(folder: String) throws(ParkFailure) {
        let secret = try Files.text(of: "\(folder)/duty_webhook")
        guard let key = HMACKey(Array(secret.utf8)) else {
            throw ParkFailure("\(folder)/duty_webhook holds no usable secret")
        }
        webhookKeys = ["1": key]
        platformToken = try Files.text(of: "\(folder)/county_token")
    }
}
