import PlantModel

/// A first profile from a list of addresses, as makers and integrators keep them in spreadsheets.
package enum ProfileDraft {
    private static let columns = [
        "name", "address", "function", "type", "order", "scale", "offset", "unit", "low", "high", "field", "rate",
    ]

    /// - Parameters:
    ///   - list: comma-separated values; its first line names the columns.
    ///   - shown: the list's name in messages.
    ///   - id: `<class>/<maker>-<model>`.
    /// - Returns: the profile, read back and sound; nil with mistakes, each at its line of the list.
    package static func text(of list: String, shown: String, id: String) -> (text: String?, diagnostics: [Diagnostic]) {
        let findings = Findings()
        let text = draft(list, shown, id, findings)
        return (findings.errorCount == 0 ? text : nil, findings.diagnostics.inReadingOrder)
    }

    private static func draft(_ list: String, _ shown: String, _ id: String, _ findings: Findings) -> String? {
        func error(_ line: Int, _ message: String) {
            findings.error(at: SourceLocation(file: shown, line: line, column: 1), message)
        }
        let pointClass = id.prefix { $0 != "/" }
        guard ProfileShelf.isPath(id[...]), Point.Class(rawValue: String(pointClass)).map({ $0 != .system }) == true
        else {
            error(1, "the id must be CLASS/MAKER-MODEL with a class such as gas or level, found \(id)")
            return nil
        }
        var lines = list.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(fields)
        // Spreadsheets put a mark at the beginning of a file.
        if let first = lines.first?.first { lines[0][0] = String(first.trimmingPrefix("\u{FEFF}")) }
        let header = lines.first?.map { $0.lowercased() } ?? []
        for name in header where !columns.contains(name) {
            error(1, "unknown column \"\(name)\"; the columns are \(columns.joined(separator: " "))")
        }
        for name in ["name", "address", "type"] where !header.contains(name) {
            error(1, "the list needs a column \(name)")
        }
        guard findings.errorCount == 0 else { return nil }
        var points: [String] = []
        var rates: [String] = []
        var names: Set<String> = []
        for (number, fields) in lines.enumerated().dropFirst() where fields.contains(where: { !$0.isEmpty }) {
            guard fields.count == header.count else {
                error(number + 1, "the line has \(fields.count) fields, the first line \(header.count)")
                continue
            }
            let row = Dictionary(zip(header, fields).filter { !$0.1.isEmpty }) { first, _ in first }
            let rate = row["rate"] ?? "1s"
            if !rates.contains(rate) { rates.append(rate) }
            guard let point = point(row, rate) else {
                let found = row["address"].map { address in
                    row["function"].map { "\(address) with function \($0)" } ?? address
                }
                error(
                    number + 1,
                    "address must be 40001, 30001, 10001, 1 or hr:0, or with a function 1 to 4 an address as it goes over the wire, "
                        + "400 or 0x0190, found \(found ?? "nothing")")
                continue
            }
            let name = pointName(row["name"] ?? "")
            if !names.insert(name).inserted {
                error(number + 1, "point \(name) is there already; another name would do")
            }
            points.append(point)
        }
        if points.isEmpty, findings.errorCount == 0 { error(1, "the list has no points") }
        guard findings.errorCount == 0 else { return nil }
        let text = head(id, String(pointClass), rates) + points.joined(separator: "\n")
        check(text, id, shown, findings)
        return text
    }

    private static func head(_ id: String, _ pointClass: String, _ rates: [String]) -> String {
        """
        # Drafted from a list of addresses. Nobody has seen the device answer yet: probe it, compare with its own display,
        # then take away the flag P where it was right.
        schema: hazardd.profile/v1
        rev: 1
        class: \(pointClass)
        name: \(id.drop { $0 != "/" }.dropFirst())
        source: "a list of addresses; not yet compared with a device [P]"
        flag: P
        access: read_only

        modbus:
          rates: {\(rates.map { "every_\($0): \($0)" }.joined(separator: ", "))}

        points:

        """
    }

    private static func point(_ row: [String: String], _ rate: String) -> String? {
        guard let name = row["name"], let address = row["address"].flatMap({ place($0, function: row["function"]) })
        else { return nil }
        var parts = ["at: \(address)", "type: \(quoted(row["type"] ?? ""))"]
        for key in ["order", "field", "scale", "offset"] {
            if let value = row[key] { parts.append("\(key): \(key == "order" ? quoted(value) : value)") }
        }
        if let unit = row["unit"] { parts.append("unit: \(quoted(unit))") }
        if let low = row["low"], let high = row["high"] { parts.append("range: [\(low), \(high)]") }
        parts += ["rate: every_\(rate)", "flag: P"]
        return "  \(pointName(name)): {\(parts.joined(separator: ", "))}"
    }

    /// `40001` and `400001` are hr:0, `30001` ir:0, `10001` di:0, `1` co:0; other places stand as they are. With a function
    /// code, 1 to 4, the address is the one that goes over the wire: `400`, `0x0190` or `0190H`.
    package static func place(_ text: String, function: String? = nil) -> String? {
        if text.contains(":") { return function == nil ? text : nil }
        if let function {
            let tables = ["1": "co", "2": "di", "3": "hr", "4": "ir"]
            let digits = function.hasPrefix("0x") ? function.dropFirst(2) : function[...]
            guard let table = tables[String(digits.trimmingPrefix("0"))], let address = wireAddress(text) else {
                return nil
            }
            return "\(table):\(address)"
        }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), number > 0 else {
            return nil
        }
        let table = text.utf8.count >= 6 ? 100_000 : 10_000
        let offset = number % table - 1
        guard (0...65_535).contains(offset) else { return nil }
        switch number / table {
        case 0: return "co:\(offset)"
        case 1: return "di:\(offset)"
        case 3: return "ir:\(offset)"
        case 4: return "hr:\(offset)"
        default: return nil
        }
    }

    private static func wireAddress(_ text: String) -> UInt16? {
        let plain = text.lowercased()
        if plain.hasPrefix("0x") { return UInt16(plain.dropFirst(2), radix: 16) }
        return plain.hasSuffix("h") ? UInt16(plain.dropLast(), radix: 16) : UInt16(plain)
    }

    /// Spaces and hyphens of spreadsheets become underscores.
    private static func pointName(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? Character($0.lowercased()) : "_" })
    }

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    /// A field may stand in double quotes, with commas inside.
    private static func fields(_ line: Substring) -> [String] {
        var fields = [""]
        var isQuoted = false
        for character in line {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: fields.append("")
            default: fields[fields.count - 1].append(character)
            }
        }
        return fields.map { field in
            var text = field[...]
            while text.first?.isWhitespace == true { text = text.dropFirst() }
            while text.last?.isWhitespace == true { text = text.dropLast() }
            return String(text)
        }
    }

    /// What the loader says of the draft, at the line of the list that the point comes from.
    private static func check(_ text: String, _ id: String, _ shown: String, _ findings: Findings) {
        let drafted = Findings()
        do {
            let source = try ConfigurationText(bytes: Array(text.utf8), file: shown, limit: .other)
            if let root = SettingFile.read(source, findings: drafted) {
                _ = ProfileReader.read(root, path: id, findings: drafted)
            }
        } catch {
            findings.error(at: error.diagnostic.location, error.diagnostic.message)
        }
        let headLines = head(id, "x", []).split(separator: "\n", omittingEmptySubsequences: false).count - 1
        for diagnostic in drafted.diagnostics {
            // Point n of the draft is line n + 1 of the list, as long as the list has no empty lines between.
            let line = max(diagnostic.location.line - headLines + 1, 1)
            findings.error(at: SourceLocation(file: shown, line: line, column: 1), diagnostic.message)
        }
    }
}
