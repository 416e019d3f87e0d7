/// What this build calls itself.
package enum StationVersion {
    package static let number = "0.1.0"
    package static var text: String { "hazardd \(number), journal and input log of schema 1" }
}
