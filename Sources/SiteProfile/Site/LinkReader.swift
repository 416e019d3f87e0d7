import DeviceMap
import PlantModel

/// An endpoint as the site file gives it; what it leaves out comes from the profiles of its devices.
struct EndpointDraft {
    var id: String
    var place: SourceLocation
    var host: String
    var port: UInt16
    var connectTimeout: Duration?
    var responseFloor: Duration?
    var responseCeiling: Duration?
    var pauseAfterConnect: Duration?
    var pauseBetween: Duration?
    var backup: LinkManners.Address?
    var dialIn: LinkManners.DialIn?
    /// Of the serial line behind a gateway.
    var cost: ReadCost?
    /// What the network takes for a request and its answer.
    var roundTrip: Duration?
    var unitTurnaround: Duration?
}

/// Reads `endpoints:` and `brokers:`.
struct LinkReader {
    let siteID: String
    let directory: String
    let addresses: SiteLoader.Addresses
    let findings: Findings

    func endpoints(_ table: inout TableReader) -> [EndpointDraft] {
        table.members("endpoints").compactMap { entry in
            guard var given = link(entry, "endpoint") else { return nil }
            let what = "endpoint \"\(entry.key)\""
            let dialIn = given.table("dials_in").flatMap { LinkMannersReader.dialIn($0) }
            if given.has("dials_in"), let other = ["host", "port", "backup"].first(where: { given.has($0) }) {
                given.error(at: other, "\(what) dials in, so nobody calls it at \(other); dials_in alone would do")
            }
            let address =
                given.has("dials_in")
                ? dialIn.map { ($0.host, $0.port) } : address(&given, of: what, usualPort: 502)
            var draft = EndpointDraft(
                id: entry.key, place: entry.keyPlace, host: address?.0 ?? "", port: address?.1 ?? 0)
            draft.dialIn = dialIn
            draft.backup = given.table("backup").flatMap { LinkMannersReader.backup($0) }
            if let backup = draft.backup, backup == LinkManners.Address(host: draft.host, port: draft.port) {
                given.error(
                    at: "backup",
                    "backup is the address of \(what) itself, found \(backup.host):\(backup.port); a second "
                        + "way to the device would do")
            }
            draft.cost = given.table("serial").flatMap { LinkMannersReader.serialCost($0) }
            draft.roundTrip = given.span("round_trip")
            draft.connectTimeout = given.span("connect_timeout")
            if var response = given.table("response") {
                draft.responseFloor = response.span("floor")
                draft.responseCeiling = response.span("ceil")
                response.finish(knows: "floor", "ceil")
            }
            if var pause = given.table("pause") {
                draft.pauseAfterConnect = pause.span("after_connect", atLeast: .zero)
                draft.pauseBetween = pause.span("between", atLeast: .zero)
                draft.unitTurnaround = pause.span("unit_turnaround", atLeast: .zero)
                pause.finish(knows: "after_connect", "between", "unit_turnaround")
            }
            if given.has("dials_in") { _ = (given.setting("host"), given.setting("port")) }
            given.finish(
                knows: "host", "port", "connect_timeout", "response", "pause", "backup", "serial", "round_trip",
                "dials_in")
            return draft
        }
    }

    /// Routes and point numbers follow when the devices are known.
    func brokers(_ table: inout TableReader) -> [(link: BrokerLink, place: SourceLocation)] {
        let checks = BrokerChecks(directory: directory, findings: findings)
        let brokers = table.members("brokers").compactMap { entry -> (link: BrokerLink, place: SourceLocation)? in
            guard var given = link(entry, "broker") else { return nil }
            let authority = ChannelReader.path("ca", &given, directory: directory)
            let address = address(&given, of: "broker \"\(entry.key)\"", usualPort: authority == nil ? 1883 : 8883)
            var broker = BrokerLink(
                id: entry.key, host: address?.host ?? "", port: address?.port ?? 0,
                clientID: given.name("client_id") ?? "hazardd-\(siteID)", username: given.name("username"),
                passwordCredential: ChannelReader.credential("password", &given), certificateAuthority: authority,
                clientCertificate: ChannelReader.path("client_certificate", &given, directory: directory),
                clientKeyCredential: ChannelReader.credential("client_key", &given), routes: [],
                linkPoint: PointIndex(0))
            broker.usernameCredential = ChannelReader.credential("username_credential", &given)
            if let setting = given.setting("keep_alive"), let keepAlive = given.span(setting, "keep_alive") {
                broker.keepAlive = keepAlive
                // MQTT has 16 bits of seconds for it.
                if keepAlive > .seconds(65_535) {
                    given.refuse(
                        setting,
                        "keep_alive must be at most 18h, found \(setting.described); 15s notices a dead connection in time"
                    )
                }
            }
            if let expiry = given.span("session_expiry") { broker.sessionExpiry = expiry }
            if let maximum = given.integer("receive_maximum", in: 1...65_535) {
                broker.receiveMaximum = UInt16(maximum)
            }
            checks.check(broker, writtenIn: given)
            given.finish(
                knows: "host", "port", "client_id", "username", "username_credential", "password", "ca",
                "client_certificate", "client_key", "keep_alive", "session_expiry", "receive_maximum")
            return (broker, entry.keyPlace)
        }
        checks.checkNames(brokers)
        return brokers
    }

    private func link(_ entry: Setting.Entry, _ what: String) -> TableReader? {
        guard DeviceReader.isID(entry.key) else {
            findings.error(at: entry.keyPlace, "\(what) \"\(entry.key)\" must be named with letters, digits, - and _")
            return nil
        }
        // `nh3:` alone declares a link whose address another file gives.
        if entry.value.isNothing { return TableReader(entries: [], place: entry.keyPlace, findings: findings) }
        return TableReader(entry.value, what: "\(what) \(entry.key)", findings: findings)
    }

    private func address(
        _ table: inout TableReader, of what: String, usualPort: UInt16
    ) -> (host: String, port: UInt16)? {
        let host = HostText.read("host", &table)
        let port = table.integer("port", in: 1...65_535).map { UInt16($0) }
        guard let host else {
            if !table.has("host") { addresses.missing("\(what) has no \"host\"", at: table.place, findings) }
            return nil
        }
        return (host, port ?? usualPort)
    }
}
