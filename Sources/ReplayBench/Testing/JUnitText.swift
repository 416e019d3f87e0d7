/// Test results as JUnit XML, as build servers read it.
package struct JUnitText {
    package struct Case: Sendable {
        package var name: String
        package var file: String
        package var line: Int
        package var seconds: Double
        /// One line, and everything behind it; nil: passed.
        package var failure: (message: String, detail: String)?

        package init(
            name: String, file: String, line: Int, seconds: Double, failure: (message: String, detail: String)?
        ) {
            self.name = name
            self.file = file
            self.line = line
            self.seconds = seconds
            self.failure = failure
        }
    }

    /// One suite per file, in the order in which they were played.
    package static func text(_ suites: [(name: String, cases: [Case])]) -> String {
        let all = suites.flatMap(\.cases)
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites\(attributes([("name", "hazardctl test")] + counts(all)))>\n"
        for suite in suites {
            text += "  <testsuite\(attributes([("name", suite.name)] + counts(suite.cases)))>\n"
            for test in suite.cases {
                let given = attributes([
                    ("name", test.name), ("classname", suite.name), ("file", test.file), ("line", "\(test.line)"),
                    ("time", seconds(test.seconds)),
                ])
                guard let failure = test.failure else {
                    text += "    <testcase\(given)/>\n"
                    continue
                }
                text += "    <testcase\(given)>\n"
                text += "      <failure\(attributes([("message", failure.message)]))>\(escaped(failure.detail))"
                text += "</failure>\n    </testcase>\n"
            }
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }

    private static func counts(_ cases: [Case]) -> [(String, String)] {
        [
            ("tests", "\(cases.count)"), ("failures", "\(cases.count { $0.failure != nil })"), ("errors", "0"),
            ("skipped", "0"), ("time", seconds(cases.reduce(0) { $0 + $1.seconds })),
        ]
    }

    private static func attributes(_ pairs: [(String, String)]) -> String {
        pairs.map { " \($0)=\"\(escaped($1, inAttribute: true))\"" }.joined()
    }

    private static func seconds(_ value: Double) -> String {
        DecimalText.shortest((max(0, value) * 1000).rounded() / 1000)
    }

    /// Text as XML 1.0 can hold it: what it forbids becomes U+FFFD.
    package static func escaped(_ text: String, inAttribute: Bool = false) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n" where inAttribute: escaped += "&#10;"
            case "\t" where inAttribute: escaped += "&#9;"
            case "\r": escaped += "&#13;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                escaped.unicodeScalars.append("\u{FFFD}")
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
