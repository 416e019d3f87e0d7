import PlantModel

/// Reads what stands in `site.yaml` once: the site itself, hazard sources, people, colours, capacities, console.
enum SiteHeadReader {
    struct Head {
        var id = ""
        var name = BilingualText()
        var utcOffsetSeconds = 8 * 3600
    }

    static func head(_ table: inout TableReader) -> Head {
        var head = Head()
        guard var site = table.table("site") else {
            if !table.has("site") { table.findings.error(at: table.place, "site.yaml needs \"site\"") }
            return head
        }
        if let id = site.require(site.text("id"), "id", for: "site") {
            let isSound =
                id.utf8.count <= 64
                && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            if isSound {
                head.id = id
            } else {
                site.error(at: "id", "id must be letters, digits and hyphens, found \(id)")
            }
        }
        head.name = site.require(site.bilingual("name"), "name", for: "site") ?? BilingualText()
        if let offset = MannersReader.zone("utc_offset", &site) { head.utcOffsetSeconds = offset }
        site.finish(knows: "id", "name", "utc_offset")
        return head
    }

    static func hazardSources(_ table: inout TableReader) -> [HazardSource] {
        table.members("hazard_sources").compactMap { entry in
            guard var source = TableReader(entry.value, what: "hazard source \(entry.key)", findings: table.findings)
            else { return nil }
            let name = source.bilingual("name") ?? BilingualText(chinese: entry.key, english: entry.key)
            let level = source.integer("level", in: 1...4)
            source.finish(knows: "name", "level")
            return HazardSource(id: entry.key, name: name, level: level)
        }
    }

    // MARK: People

    /// - Returns: the people, and the ids of all that are named, also of those with mistakes.
    static func people(_ table: inout TableReader) -> (people: [Person], ids: [String]) {
        var users: [String: String] = [:]
        let entries = table.members("people")
        let people = entries.compactMap { entry -> Person? in
            guard var person = TableReader(entry.value, what: "person \(entry.key)", findings: table.findings) else {
                return nil
            }
            let name = person.require(person.text("name"), "name", for: "a person")
            let role = person.require(person.word("role") { (role: Role) in role.rawValue }, "role", for: "a person")
            let user = person.name("unix_user")
            let language = language(&person)
            if let user {
                if let other = users[user] {
                    person.error(at: "unix_user", "unix_user \(user) is \(other) already; one person each")
                }
                users[user] = entry.key
            }
            person.finish(knows: "name", "role", "unix_user", "language")
            guard let name, let role else { return nil }
            return Person(id: entry.key, name: name, role: role, unixUser: user, language: language)
        }
        return (people, entries.map(\.key))
    }

    static func language(_ table: inout TableReader) -> BilingualText.Language {
        table.word("language") { (language: BilingualText.Language) in language.rawValue } ?? .chinese
    }

    // MARK: Tables of the station

    static func colours(_ table: inout TableReader) -> ColourTable {
        guard var given = table.table("colours") else { return .usual }
        var colours: [Priority: WarningColour] = [:]
        for priority in Priority.allCases {
            colours[priority] = given.word(priority.word) { (colour: WarningColour) in colour.word }
        }
        given.finish(knows: "CRITICAL", "HIGH", "MEDIUM", "LOW")
        return ColourTable(colours)
    }

    static func capacities(_ table: inout TableReader) -> Capacities {
        guard var given = table.table("capacities") else { return Capacities() }
        var capacities = Capacities()
        if let slots = ring("input_ring", &given) { capacities.inputRing = slots }
        if let slots = ring("event_ring", &given) { capacities.eventRing = slots }
        if let rows = given.integer("command_table", in: 16...65_536) { capacities.commandTable = rows }
        if let streams = given.integer("console_streams", in: 1...10_000) { capacities.consoleStreams = streams }
        if let rows = given.integer("outbox_rows", in: 1000...100_000_000) { capacities.outboxRows = rows }
        if let waiting = given.word("waiting", { (word: Capacities.Waiting) in word.rawValue }) {
            capacities.waiting = waiting
        }
        given.finish(
            knows: "input_ring", "event_ring", "command_table", "console_streams", "outbox_rows", "waiting")
        return capacities
    }

    private static func ring(_ key: String, _ table: inout TableReader) -> Int? {
        guard let slots = table.integer(key, in: 1024...16_777_216) else { return nil }
        guard slots.nonzeroBitCount == 1 else {
            let below = 1 << (Int.bitWidth - 1 - slots.leadingZeroBitCount)
            table.error(at: key, "\(key) must be a power of two, found \(slots); \(below) or \(below * 2) would do")
            return nil
        }
        return slots
    }

    static func console(_ table: inout TableReader) -> ConsoleDescription {
        guard var given = table.table("console") else { return ConsoleDescription() }
        var console = ConsoleDescription()
        if let host = given.name("host") { console.host = host }
        if let port = given.integer("port", in: 0...65_535) { console.port = UInt16(port) }
        if given.flag("insecure") == true {
            given.error(
                at: "insecure",
                "insecure: true is not served: the console listens on loopback only; a proxy before it would do")
        }
        // Exactly what the console binds; it would refuse every other one at start.
        if !["127.0.0.1", "::1", "localhost"].contains(console.host) {
            given.error(
                at: "host",
                "host must be one of 127.0.0.1 ::1 localhost, found \(console.host); a proxy before it shows it to a LAN"
            )
        }
        given.finish(knows: "host", "port", "insecure")
        return console
    }
}
