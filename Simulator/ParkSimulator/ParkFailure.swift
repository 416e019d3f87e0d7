/// Why the simulated park, or something it started, could not do what was asked: one line, lower case, for a person.
package struct ParkFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
