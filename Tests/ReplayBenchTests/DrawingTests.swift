import PlantModel
import ReplayBench
import SecondOpinion
import SiteProfile
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A page of `Documentation/Rules`: its headings, and each drawing with the rules above it.
struct RulePage: Sendable, CustomStringConvertible {
    struct Drawn: Sendable {
        var rules: String
        var drawing: String
        var line: Int
    }

    let name: String
    let title: String
    let drawings: [Drawn]
    var description: String { name }
    var isChinese: Bool { name.hasSuffix(".zh-CN.md") }

    static let folder: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/") + "/Documentation/Rules"
    }()

    static let all: [RulePage] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []
        return names.filter { $0.hasSuffix(".md") && !$0.hasPrefix("README") }.map { RulePage(name: $0) }
    }()

    init(name: String) {
        self.name = name
        let bytes = FileManager.default.contents(atPath: "\(Self.folder)/\(name)") ?? Data()
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        title = lines.first.map(String.init) ?? ""
        var drawings: [Drawn] = []
        var rules = ""
        var language: Substring?
        var block: [Substring] = []
        for (number, line) in lines.enumerated() {
            if line.hasPrefix("```") {
                if language == "yaml" { rules = block.joined(separator: "\n") }
                if language == "timeline" {
                    drawings.append(
                        Drawn(rules: rules, drawing: block.joined(separator: "\n"), line: number - block.count))
                }
                language = language == nil ? line.dropFirst(3) : nil
                block = []
            } else if language != nil {
                block.append(line)
            }
        }
        self.drawings = drawings
    }

    /// The words in capitals in its title before the colon: the kinds that it is the page of.
    var kinds: [String] {
        title.drop { $0 == "#" || $0 == " " }.prefix { $0 != ":" && $0 != "\u{FF1A}" }
            .split { $0 == "," || $0 == " " }.map(String.init)
            .filter { word in word.allSatisfy { $0.isASCII && ($0.isUppercase || $0 == "_") } }
    }
}

/// The words of a key's list, as the reader of rule files names them when it refuses another.
private func words(of key: String, in entry: String) throws -> [String] {
    let message = RuleFile.read(text: entry, file: "r").diagnostics.map(\.description).joined()
    let list = try #require(message.firstMatch(of: try Regex("\(key) must be one of ([^,]+),")))
    return try #require(list.output[1].substring).split(separator: " ").map(String.init)
}

@Suite struct `The pages of the rule kinds` {
    @Test(arguments: RulePage.all)
    func `draw what the core says`(_ page: RulePage) throws {
        #expect(!page.drawings.isEmpty, "\(page): no drawing")
        for drawn in page.drawings {
            let place = "Documentation/Rules/\(page.name):\(drawn.line)"
            let file = RuleFile.read(text: drawn.rules, file: page.name)
            #expect(!file.hasErrors, "\(place): \(file.diagnostics.map(\.description).joined(separator: "\n"))")
            let drawing = try Drawing(drawn.drawing, points: file.rules.pointsNamed)
            let recording = try drawing.recording()
            var slow = SlowEvaluator(file.rules)
            let expected = slow.run(RecordedRow.rows(of: recording))
            let events = try Trial.productEvents(file.rules, recording)
            let difference = EventLine.difference(expected: expected, found: events)
            #expect(difference == nil, "\(place): \(difference ?? "")")
            let right = try drawing.redrawn(rules: file.rules, events: events, trace: slow.trace)
            #expect(drawn.drawing == right, "\(place): the core draws\n\(right)\nand not\n\(drawn.drawing)")
        }
    }

    @Test func `are there for every kind, with a drawing of it, in both languages`() throws {
        let kinds = try words(of: "kind", in: "- {id: a, point: A, priority: LOW, kind: NONE}")
        #expect(kinds.count >= 18)
        for kind in kinds {
            let pages = RulePage.all.filter { $0.kinds.contains(kind) }
            #expect(pages.map(\.isChinese).sorted { !$0 && $1 } == [false, true], "\(kind): \(pages)")
            for page in pages {
                let isDrawn = page.drawings.contains { drawn in
                    RuleFile.read(text: drawn.rules, file: "r").rules.rules.contains { $0.kind.word == kind }
                }
                #expect(isDrawn, "\(page) draws no \(kind)")
            }
        }
    }

    @Test func `draw every operation of derived points and every estimator`() throws {
        let entries = RulePage.all.filter { !$0.isChinese }.flatMap(\.drawings).map(\.rules).joined(separator: "\n")
        let operations = try words(of: "op", in: "- {derived: D, of: [A], op: none}")
        #expect(operations.count >= 7)
        for operation in operations { #expect(entries.contains("op: \(operation)"), "no drawing of op \(operation)") }
        for method in ["theil_sen", "ewma"] { #expect(entries.contains("method: \(method)"), "\(method)") }
    }

    @Test func `say the same in both languages`() {
        let english = RulePage.all.filter { !$0.isChinese }
        #expect(english.count * 2 == RulePage.all.count)
        for page in english {
            let other = RulePage.all.first { $0.name == page.name.replacing(".md", with: ".zh-CN.md") }
            #expect(other?.drawings.map(\.drawing) == page.drawings.map(\.drawing), "\(page)")
            #expect(other?.drawings.map(\.rules) == page.drawings.map(\.rules), "\(page)")
            #expect(other?.kinds == page.kinds, "\(page)")
        }
    }
}
