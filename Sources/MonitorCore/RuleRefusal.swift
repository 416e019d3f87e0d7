package import PlantModel

/// A rule set that cannot be compiled: the first mistake, where it stands, and what would do. One line.
package struct RuleRefusal: Error, Equatable, CustomStringConvertible {
    package var location: SourceLocation
    package var message: String

    package init(_ location: SourceLocation, _ message: String) {
        self.location = location
        self.message = message
    }

    package var description: String { "\(location): error: \(message)" }
}
