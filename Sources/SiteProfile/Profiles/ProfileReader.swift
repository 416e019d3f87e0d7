import DeviceMap
import PlantModel

/// Reads one profile file. A profile says how to look at a device; there is no key by which it could write to one.
enum ProfileReader {
    static let schema = "hazardd.profile/v1"
    private static let keys = [
        "schema", "rev", "class", "name", "source", "flag", "access", "extends", "modbus", "mqtt", "points", "derived",
    ]

    /// - Parameters:
    ///   - root: the file's settings, laid over those of the profile that it extends.
    ///   - path: `<class>/<maker>-<model>`, the profile's id without its revision.
    /// - Returns: nil when the file has mistakes; they are among the findings.
    static func read(_ root: Setting, path: String, findings: Findings) -> DeviceProfile? {
        let mistakesBefore = findings.errorCount
        guard var table = TableReader(root, what: "a profile", findings: findings) else { return nil }
        checkSchema(&table, schema)
        let revision = table.require(table.integer("rev", in: 1...1_000_000), "rev", for: "a profile")
        let pointClass = table.require(pointClass("class", &table), "class", for: "a profile")
        let name = table.require(table.bilingual("name"), "name", for: "a profile")
        _ = table.require(table.text("source"), "source", for: "a profile")
        _ = SourceFlags.read(&table)
        _ = table.setting("extends")
        checkAccess(&table)
        if let pointClass, !path.hasPrefix("\(pointClass.rawValue)/") {
            table.error(
                at: "class", "class \(pointClass.rawValue) must be the name of the file's folder, found \(path)")
        }
        var link = link(&table)
        if !table.has("points") { findings.error(at: table.place, "a profile needs \"points\"") }
        let members = table.members("points")
        let points = points(members, link: link, ofClass: pointClass ?? .other, findings: findings)
        if table.has("points"), points.isEmpty, findings.errorCount == mistakesBefore {
            table.error(at: "points", "points must name at least one point")
        }
        link?.joinBits(of: points)
        let derived = (table.list("derived") ?? []).compactMap { EntryReader.read($0, findings: findings) }
        table.finish(readOnly(keys))
        checkDerived(derived, members.map(\.key) + points.map(\.id), findings)

        guard findings.errorCount == mistakesBefore, let revision, let pointClass, let name, let link else {
            return nil
        }
        let profile = DeviceProfile(
            id: "\(path)@\(revision)", pointClass: pointClass, name: name, link: link, points: points, derived: derived)
        checkReferences(profile, findings)
        return findings.errorCount == mistakesBefore ? profile : nil
    }

    // MARK: Head

    static func checkSchema(_ table: inout TableReader, _ schema: String) {
        let found = table.text("schema")
        if found == nil, !table.has("schema") {
            table.findings.error(at: table.place, "the file needs \"schema: \(schema)\"")
        } else if let found, found != schema {
            table.error(at: "schema", "schema must be \(schema), found \(found)")
        }
    }

    static func pointClass(_ key: String, _ table: inout TableReader) -> Point.Class? {
        guard let setting = table.setting(key) else { return nil }
        let classes = Point.Class.allCases.filter { $0 != .system }
        if case .scalar(let text, _) = setting.shape, let match = classes.first(where: { $0.rawValue == text }) {
            return match
        }
        let words = classes.map(\.rawValue).joined(separator: " ")
        table.refuse(setting, "\(key) must be one of \(words), found \(setting.described)")
        return nil
    }

    private static func checkAccess(_ table: inout TableReader) {
        guard let access = table.text("access"), access != "read_only" else { return }
        table.error(at: "access", "access must be read_only, found \(access); hazardd never writes to a device")
    }

    /// Advice for an unknown key: one that wants to write gets told why it cannot.
    static func readOnly(_ keys: [String]) -> (String) -> String {
        { key in
            key.hasPrefix("writ") || key == "command"
                ? "hazardd never writes to a device" : "the keys here are \(keys.joined(separator: " "))"
        }
    }

    // MARK: Links

    private static func link(_ table: inout TableReader) -> DeviceProfile.Link? {
        switch (table.has("modbus"), table.has("mqtt")) {
        case (true, false): return table.table("modbus").map { .modbus(MannersReader.modbus($0)) }
        case (false, true): return table.table("mqtt").flatMap { MannersReader.mqtt($0) }.map { .mqtt($0) }
        case (true, true):
            table.error(at: "mqtt", "a profile speaks \"modbus\" or \"mqtt\", found both")
            _ = (table.setting("modbus"), table.setting("mqtt"))
        case (false, false): table.findings.error(at: table.place, "a profile needs \"modbus\" or \"mqtt\"")
        }
        return nil
    }

    // MARK: Points

    private static func points(
        _ entries: [Setting.Entry], link: DeviceProfile.Link?, ofClass pointClass: Point.Class, findings: Findings
    ) -> [ProfilePoint] {
        let points = entries.flatMap { entry -> [ProfilePoint] in
            guard isPointName(entry.key) else {
                findings.error(
                    at: entry.keyPlace,
                    "point \"\(entry.key)\" must be named with letters, digits and _, a letter first")
                return []
            }
            return PointReader.read(entry, link: link, ofClass: pointClass, findings: findings)
        }
        var names: Set<String> = []
        for point in points where !names.insert(point.id).inserted {
            findings.error(at: point.location, "point \"\(point.id)\" is there already; another name would do")
        }
        return points
    }

    static func isPointName(_ name: String) -> Bool {
        name.count <= 64 && name.first?.isLetter == true
            && name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
            }
    }

    private static func checkDerived(_ derived: [ParsedEntry], _ points: [String], _ findings: Findings) {
        ReferenceOrder.check(derived, findings: findings)
        let known = Set(points).union(derived.compactMap(\.name))
        for entry in derived {
            if !entry.isDerived {
                findings.error(at: entry.location, "a profile has derived points; rules stand in the site's rule files")
            }
            for (key, name) in entry.pointReferences where !known.contains(name) {
                findings.error(
                    at: entry.location(of: name, in: key), "\(key) names \"\(name)\", and no point here is so")
            }
            if let name = entry.name, points.contains(name) {
                findings.error(
                    at: entry.location(of: "derived"), "derived point \"\(name)\" is a measured point already")
            }
        }
    }

    /// A value of one channel is qualified by its own channel's status, or by one that all channels share; a snapshot is
    /// of one channel or of none, and a derived point of none.
    private static func checkChannels(_ profile: DeviceProfile, _ findings: Findings) {
        func isChannelled(_ id: String) -> Bool { profile.point(id)?.channels != nil }
        for point in profile.points where point.channels == nil {
            if let status = point.qualifiedBy, isChannelled(status) {
                findings.error(
                    at: point.location, "qualified_by names \"\(status)\", which has a value for each channel")
            }
        }
        for entry in profile.derived {
            for (key, name) in entry.pointReferences where isChannelled(name) {
                findings.error(
                    at: entry.location(of: name, in: key),
                    "\(key) names \"\(name)\", which has a value for each channel")
            }
        }
        guard case .modbus(let manners) = profile.link else { return }
        for group in manners.snapshots where Set(group.map(isChannelled)).count > 1 {
            let place = manners.snapshotPlaces[group[0]] ?? SourceLocation(file: profile.id, line: 1, column: 1)
            findings.error(at: place, "a snapshot is of points with channels, or of points without; not of both")
        }
    }

    /// Snapshots, rates and status points name what the profile has.
    private static func checkReferences(_ profile: DeviceProfile, _ findings: Findings) {
        checkChannels(profile, findings)
        for point in profile.points {
            if let status = point.qualifiedBy {
                if let other = profile.point(status) {
                    if other.effects.isEmpty, other.values.isEmpty {
                        findings.error(
                            at: point.location,
                            "qualified_by names \"\(status)\", whose bits and values give no quality")
                    }
                } else {
                    findings.error(at: point.location, "qualified_by names \"\(status)\", and no point here is so")
                }
            }
            if case .modbus(let manners) = profile.link, case .register(let wire) = point.wire,
                manners.period(ofRate: wire.rate) == nil
            {
                let names = manners.rates.map(\.name).joined(separator: " ")
                findings.error(at: point.location, "rate must be one of \(names), found \(wire.rate)")
            }
        }
        if case .mqtt(let manners) = profile.link { PayloadPathChecks.check(profile, manners, findings) }
        guard case .modbus(let manners) = profile.link else { return }
        for (name, place) in manners.snapshotPlaces where profile.point(name) == nil {
            findings.error(at: place, "snapshots name \"\(name)\", and no point here is so")
        }
    }
}
