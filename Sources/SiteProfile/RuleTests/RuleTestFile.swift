import Glibc
package import PlantModel

/// A file of rule tests: `tests:` with a list of them. All mistakes of a file are told at once.
package enum RuleTestFile {
    /// Reads a test file from disk; a file that cannot be read is a diagnostic too.
    /// - Parameters:
    ///   - rules: what it tests; names are looked up in it.
    ///   - points: tags of the site; rows may be given for them even if no rule reads them.
    package static func read(path: String, rules: RuleSet, points: [String] = []) -> RuleTestFileResult {
        let findings = Findings()
        guard let file = FolderFile.read(path, shown: path, limit: .other, findings: findings) else {
            if findings.errorCount == 0 {
                findings.error(at: SourceLocation(file: path, line: 1, column: 1), "no such file")
            }
            return RuleTestFileResult(tests: [], diagnostics: findings.diagnostics)
        }
        return read(findings, file: path, rules: rules, points: points) { () throws(UnreadableText) in
            try ConfigurationText(bytes: file.bytes, file: path, limit: .other)
        }
    }

    /// - Parameter file: the name that messages carry; paths in the text count from its folder.
    package static func read(
        text: String, file: String, rules: RuleSet, points: [String] = []
    ) -> RuleTestFileResult {
        read(Findings(), file: file, rules: rules, points: points) { () throws(UnreadableText) in
            try ConfigurationText(text: text, file: file, limit: .other)
        }
    }

    private static func read(
        _ findings: Findings, file: String, rules: RuleSet, points: [String],
        _ text: () throws(UnreadableText) -> ConfigurationText
    ) -> RuleTestFileResult {
        do throws(UnreadableText) {
            let tests = tests(try text(), names: TestNames(rules: rules, points: points), findings: findings)
            return RuleTestFileResult(tests: tests, diagnostics: findings.diagnostics.inReadingOrder)
        } catch {
            return RuleTestFileResult(tests: [], diagnostics: [error.diagnostic])
        }
    }

    private static func tests(_ text: ConfigurationText, names: TestNames, findings: Findings) -> [RuleTest] {
        guard let root = SettingFile.read(text, findings: findings) else { return [] }
        guard var table = TableReader(root, what: "a test file", findings: findings) else { return [] }
        let items = table.require(table.list("tests"), "tests", for: "a test file")
        table.finish(knows: "tests")
        guard let items else { return [] }
        if items.isEmpty { table.error(at: "tests", "the list of tests is empty") }
        let reader = TestReader(
            names: names,
            rows: TestRowsReader(
                names: names, findings: findings,
                lines: text.text.split(separator: "\n", omittingEmptySubsequences: false)),
            folder: text.file.lastIndex(of: "/").map { String(text.file[..<$0]) } ?? "",
            isRecordingGiven: { unsafe access($0, R_OK) == 0 }, findings: findings)
        let tests = items.compactMap(reader.test)
        var places: [String: SourceLocation] = [:]
        for test in tests {
            if let first = places[test.name] {
                findings.error(
                    at: test.location, "test \"\(test.name)\" stands at \(first) already; another name would do")
            }
            places[test.name] = test.location
        }
        return tests
    }
}

/// What a test file holds. With an error among the diagnostics its tests are not to be played.
package struct RuleTestFileResult: Sendable {
    package let tests: [RuleTest]
    /// In reading order.
    package let diagnostics: [Diagnostic]
}
