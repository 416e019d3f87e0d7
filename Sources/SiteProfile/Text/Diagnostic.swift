import Glibc
package import PlantModel
import PlantTime

/// One mistake, or one thing worth a second look, in a file that a person wrote.
package struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    /// A note is said to whoever asks for more (`check --verbose`); nothing is wrong.
    package enum Severity: String, Sendable, CaseIterable { case error, warning, note }

    package var severity: Severity
    package var location: SourceLocation
    /// Lower case, one line: what was refused, what was found, what would do.
    package var message: String

    package init(_ severity: Severity, at location: SourceLocation, _ message: String) {
        self.severity = severity
        self.location = location
        // A key or a value of the file may hold line ends, and is quoted in most messages.
        self.message = message.onOneLine
    }

    /// `site.yaml:14:9: error: ...`; what a template says is told at the line that uses it, with the template's line.
    package var description: String {
        "\(location): \(severity.rawValue): \(message)" + (location.template.map { " (template \($0))" } ?? "")
    }
}

extension Array where Element == Diagnostic {
    package var errorCount: Int { count { $0.severity == .error } }
    package var warningCount: Int { count { $0.severity == .warning } }
    package var hasErrors: Bool { contains { $0.severity == .error } }

    /// By file, line and column; what stands at one place keeps its order. Repetitions are dropped.
    package var inReadingOrder: [Diagnostic] {
        var seen = Set<Diagnostic>()
        let unique = filter { seen.insert($0).inserted }
        return unique.enumerated().sorted { left, right in
            let (one, other) = (left.element.location, right.element.location)
            return (one.file, one.line, one.column, left.offset) < (other.file, other.line, other.column, right.offset)
        }.map(\.element)
    }

    /// The line that ends every check: `0 errors, 1 warning`.
    package var countLine: String {
        "\(errorCount) error\(errorCount == 1 ? "" : "s"), \(warningCount) warning\(warningCount == 1 ? "" : "s")"
    }
}

/// Collects the mistakes of one reading, so that all of them are told at once. Owned by the thread that reads.
final class Findings {
    private(set) var diagnostics: [Diagnostic] = []

    /// Counted along, for it is asked before and after every entry.
    private(set) var errorCount = 0

    func error(at location: SourceLocation, _ message: String) {
        errorCount += 1
        diagnostics.append(Diagnostic(.error, at: location, message))
    }

    /// Takes over what another reading found.
    func add(_ others: [Diagnostic]) {
        errorCount += others.errorCount
        diagnostics += others
    }

    func warning(at location: SourceLocation, _ message: String) {
        diagnostics.append(Diagnostic(.warning, at: location, message))
    }

    /// Said beside the diagnostics, not among them.
    private(set) var notes: [Diagnostic] = []

    func note(at location: SourceLocation, _ message: String) {
        notes.append(Diagnostic(.note, at: location, message))
    }
}

/// A number as a person would write it: `40`, not `40.0`.
func written(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// A computed number: three significant digits, `0.0335`.
func rounded(_ number: Double) -> String {
    guard number.isFinite, number != 0 else { return written(number) }
    let exponent = Int(log10(number.magnitude).rounded(.down)) - 2
    let step = pow(10, Double(abs(exponent)))
    let digits = exponent >= 0 ? (number / step).rounded() * step : (number * step).rounded() / step
    return written(digits)
}

/// A span of time as a person would write it in a rule: `1.5 s`.
func written(_ span: Duration) -> String { "\(written(span.seconds)) s" }
