/// What this build calls itself.
package enum StationVersion {
    package static let number = "0.1.0"
    package static var text: String { "hazardd \(number), journal of schema 2, input log of schema 1" }
}
