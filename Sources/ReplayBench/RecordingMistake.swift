package import PlantModel

/// The first mistake of a recording: it ends the run, in one line.
package struct RecordingMistake: Error, Equatable, CustomStringConvertible {
    /// nil when the file as a whole is at fault.
    package var location: SourceLocation?
    package var file: String
    package var message: String

    package init(at location: SourceLocation, _ message: String) {
        self.location = location
        file = location.file
        self.message = message
    }

    package init(file: String, _ message: String) {
        self.file = file
        self.message = message
    }

    package var description: String { "\(location?.description ?? file): error: \(message)" }
}
