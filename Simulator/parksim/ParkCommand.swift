import ArgumentParser
import Glibc
import ParkSimulator

struct ParkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "park",
        abstract: "Play the devices and receivers of a copy of the demo site, until it is ended.",
        discussion: """
            Binds free loopback ports, writes them to DIR/site.d/ports.yaml, and prints one line that begins with
            "parksim ready". The MQTT devices are played when a broker's port is given. Receipts are printed as they come.
            """)

    @Option(help: ArgumentHelp("The site folder, a copy of Simulator/DemoSite.", valueName: "dir"))
    var site: String

    @Option(help: ArgumentHelp("The folder of credentials: duty_webhook and county_token.", valueName: "dir"))
    var credentials: String?

    @Option(help: "Loopback port of the broker that the MQTT devices publish to.")
    var brokerPort: UInt16?

    @Option(help: "Seed of all noise.")
    var seed: UInt64 = 1

    func run() throws {
        let signals = try TerminationSignals()
        let secrets = try credentials.map { try DemoCredentials(folder: $0) }
        let duty = try DutyOfficerReceiver(keys: secrets?.webhookKeys ?? [:]) { receipt in
            Screen.say("duty \(receipt.isAccepted ? "accepted" : "refused") \(receipt.key)")
        }
        defer { duty.stop() }
        let county = try PlatformReceiver(token: secrets?.platformToken) { receipt in
            for sequence in receipt.sequences { Screen.say("county record \(receipt.journalID)#\(sequence)") }
        }
        defer { county.stop() }
        let plant = try SimulatedPlant(plan: .demo, seed: seed, brokerPort: brokerPort)
        defer { plant.stop() }
        let addresses = ParkAddresses(plant: plant, brokerPort: brokerPort, dutyURL: duty.url, countyURL: county.url)
        try addresses.write(toSite: site)
        let endpoints = addresses.endpoints.map { "\($0.name)=127.0.0.1:\($0.port)" }.joined(separator: " ")
        Screen.say("parksim ready: \(endpoints) duty=\(duty.url) county=\(county.url)")
        while !Poll.readable(signals.descriptor, within: .seconds(3600)) {}
    }
}
