import DeviceMap
import PlantModel

/// Reads what a connection needs beyond addresses and time-outs: in a profile `session:` and `forbidden:`, in the site's
/// endpoints `backup:`, `serial:` and `dials_in:`.
enum LinkMannersReader {
    /// `keep`, `per_cycle`, or `{idle_close: 45s}`.
    static func session(_ table: inout TableReader) -> LinkManners.Session? {
        guard let setting = table.setting("session") else { return nil }
        switch setting.shape {
        case .scalar("keep", _): return .keep
        case .scalar("per_cycle", _): return .closesWhenIdle(for: .zero)
        case .table:
            guard var given = TableReader(setting, what: "session", findings: table.findings) else { return nil }
            let span = given.require(given.span("idle_close"), "idle_close", for: "session")
            given.finish(knows: "idle_close")
            return span.map { .closesWhenIdle(for: $0) }
        default:
            table.refuse(setting, "session must be keep, per_cycle or {idle_close: 45s}, found \(setting.described)")
            return nil
        }
    }

    /// A list of `hr:100` or `hr:100-120`, counted as the profile's `address_base` says.
    static func forbidden(_ table: inout TableReader, base: Int) -> [ForbiddenSpan] {
        (table.list("forbidden") ?? []).compactMap { item in
            if case .scalar(let text, _) = item.shape, let span = span(text, base: base) { return span }
            table.refuse(
                item, "forbidden must list addresses such as hr:100 or hr:100-120, found \(item.described)")
            return nil
        }
    }

    private static func span(_ text: String, base: Int) -> ForbiddenSpan? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let area = RegisterArea(word: parts[0]) else { return nil }
        let ends = parts[1].split(separator: "-", omittingEmptySubsequences: false).map {
            TableReader.whole(String($0))
        }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last,
            let low = UInt16(exactly: first - base), let high = UInt16(exactly: last - base)
        else { return nil }
        return ForbiddenSpan(area: area, addresses: low...high)
    }

    static func backup(_ given: TableReader) -> LinkManners.Address? {
        var table = given
        let host = table.require(HostText.read("host", &table), "host", for: "backup")
        let port = table.integer("port", in: 1...65_535) ?? 502
        table.finish(knows: "host", "port")
        return host.map { LinkManners.Address(host: $0, port: UInt16(port)) }
    }

    /// The time that a serial line behind a gateway takes.
    static func serialCost(_ given: TableReader) -> ReadCost? {
        var table = given
        let baud = table.require(table.integer("baud", in: 300...921_600), "baud", for: "serial")
        let turn = table.span("turn_around", atLeast: .zero) ?? .milliseconds(20)
        table.finish(knows: "baud", "turn_around")
        return baud.map { .serial(baud: $0, turnAround: turn) }
    }

    static func dialIn(_ given: TableReader) -> LinkManners.DialIn? {
        var table = given
        let host = table.name("listen") ?? LinkManners.DialIn.everyAddress
        let port = table.require(table.integer("port", in: 1...65_535), "port", for: "dials_in")
        let registration = bytes("registration", 1, &table)
        _ = table.require(registration, "registration", for: "dials_in")
        let heartbeat = bytes("heartbeat", 0, &table) ?? []
        table.finish(knows: "listen", "port", "registration", "heartbeat")
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 4, numbers.allSatisfy({ UInt8($0).map(String.init) == String($0) }) else {
            table.error(at: "listen", "listen must be an IPv4 address of this machine such as 0.0.0.0, found \(host)")
            return nil
        }
        guard let port, let registration else { return nil }
        if let clash = clash(registration, heartbeat) { table.error(at: "heartbeat", clash) }
        return LinkManners.DialIn(host: host, port: UInt16(port), registration: registration, heartbeat: heartbeat)
    }

    /// A heartbeat that begins as an answer does would be taken out of one.
    private static func clash(_ registration: [UInt8], _ heartbeat: [UInt8]) -> String? {
        guard heartbeat.count >= 4, heartbeat[2] == 0, heartbeat[3] == 0 else {
            return (1...3).contains(heartbeat.count)
                ? "heartbeat must have at least 4 bytes, or an answer could begin with it" : nil
        }
        return "heartbeat must not look like the head of a Modbus answer (bytes 3 and 4 are 0)"
    }

    /// Text, or bytes as `0x` and hexadecimal digits; at most 64 bytes.
    private static func bytes(_ key: String, _ least: Int, _ table: inout TableReader) -> [UInt8]? {
        guard let text = table.text(key) else { return nil }
        var bytes = Array(text.utf8)
        if text.hasPrefix("0x") {
            let digits = Array(text.dropFirst(2))
            let pairs = stride(from: 0, to: digits.count - digits.count % 2, by: 2)
            bytes = pairs.compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
            if digits.count % 2 == 1 || bytes.count * 2 != digits.count { bytes = [] }
        }
        guard (max(least, 1)...LinkManners.DialIn.longestRegistration).contains(bytes.count) else {
            table.error(at: key, "\(key) must be 1 to 64 bytes, as text or as 0x and hexadecimal digits, found \(text)")
            return nil
        }
        return bytes
    }
}
