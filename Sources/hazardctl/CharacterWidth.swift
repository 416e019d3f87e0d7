/// How many columns of a terminal a text takes: Chinese characters take two, marks that sit on others none.
enum CharacterWidth {
    static func columns(_ text: some StringProtocol) -> Int { text.reduce(0) { $0 + columns($1) } }

    /// The text cut to at most `limit` columns, with an ellipsis where something was cut.
    static func cut(_ text: String, to limit: Int) -> String {
        guard columns(text) > limit else { return text }
        var kept = ""
        var used = 0
        for character in text {
            let width = columns(character)
            guard used + width <= limit - 1 else { break }
            kept.append(character)
            used += width
        }
        return kept + "…"
    }

    static func padded(_ text: String, to width: Int, toTheRight: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - columns(text)))
        return toTheRight ? blanks + text : text + blanks
    }

    private static func columns(_ character: Character) -> Int {
        // A character is as wide as its base; what combines with it takes no room of its own.
        guard let base = character.unicodeScalars.first else { return 0 }
        if base.value < 0x20 || (0x7F..<0xA0).contains(base.value) { return 0 }
        switch base.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        return wide.contains { $0.contains(base.value) } ? 2 : 1
    }

    /// East Asian Wide and Fullwidth (Unicode, UAX 11), and emoji, in blocks.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
        0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
        0x20000...0x2FFFD, 0x30000...0x3FFFD,
    ]
}

/// Rows under a heading, in columns as wide as their widest cell.
struct TextTable {
    struct Column {
        var title: String
        var isNumber = false
        /// Longer cells are cut; nil: never.
        var widthMax: Int?

        init(_ title: String, isNumber: Bool = false, widthMax: Int? = nil) {
            self.title = title
            self.isNumber = isNumber
            self.widthMax = widthMax
        }
    }

    struct Line {
        var cells: [String]
        /// The warning colour that the first cell wears on a terminal, 1 is red; nil: none.
        var colour: Int?
        /// Said under the row, indented.
        var below: String?

        init(_ cells: [String], colour: Int? = nil, below: String? = nil) {
            self.cells = cells
            self.colour = colour
            self.below = below
        }
    }

    var columns: [Column]
    var lines: [Line]

    /// Without the columns in which no row says anything.
    var withoutEmptyColumns: TextTable {
        let kept = columns.indices.filter { column in lines.contains { !$0.cells[column].isEmpty } }
        var table = self
        table.columns = kept.map { columns[$0] }
        for line in lines.indices { table.lines[line].cells = kept.map { lines[line].cells[$0] } }
        return table
    }

    func text(inColour: Bool = false) -> String {
        let heading = columns.map(\.title)
        let rows = lines.map { line in
            zip(columns, line.cells).map { column, cell in
                column.widthMax.map { CharacterWidth.cut(cell, to: $0) } ?? cell
            }
        }
        let widths = columns.indices.map { column in
            ([heading] + rows).map { CharacterWidth.columns($0[column]) }.max() ?? 0
        }
        func laid(_ cells: [String], colour: Int?) -> String {
            var parts = columns.indices.map { column in
                CharacterWidth.padded(cells[column], to: widths[column], toTheRight: columns[column].isNumber)
            }
            if let last = parts.indices.last, !columns[last].isNumber { parts[last] = cells[last] }
            if let colour, inColour, let first = parts.first { parts[0] = Paint.badge(first, colour: colour) }
            let line = parts.joined(separator: "  ")
            // Nobody sees the blanks behind the last word.
            return String(line[..<(line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex)])
        }
        var text = [laid(heading, colour: nil)]
        for (line, cells) in zip(lines, rows) {
            text.append(laid(cells, colour: line.colour))
            if let below = line.below { text.append("    " + below) }
        }
        return text.joined(separator: "\n")
    }
}

/// The four warning colours on a terminal of 256 colours.
enum Paint {
    static func badge(_ text: String, colour: Int) -> String {
        let codes = [1: "1;97;48;5;160", 2: "1;30;48;5;208", 3: "1;30;48;5;220", 4: "1;97;48;5;25"]
        return codes[colour].map { "\u{1B}[\($0)m\(text)\u{1B}[0m" } ?? text
    }
}
