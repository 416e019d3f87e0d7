import NIOCore
import PlantModel
import PlantTime

/// The text of server-sent events (WHATWG HTML, "Server-sent events"). Our JSON has no line breaks, so one `data:` line
/// carries it whole.
enum StreamText {
    static let contentType = "text/event-stream; charset=utf-8"
    /// What a browser waits before it connects again.
    static let opening = ByteBuffer(string: "retry: 1000\n\n")

    /// A journal event: its id is its sequence, so that `Last-Event-ID` is always a place in the journal.
    static func event(_ record: AlarmRecord) -> ByteBuffer {
        let kind = record.refusal == nil ? "alarm" : "command"
        return ByteBuffer(string: "id: \(record.sequence)\nevent: \(kind)\ndata: \(record.json.encoded)\n\n")
    }

    /// An event that is no place in the journal: it has no id, so it moves nothing.
    static func passing(_ name: String, _ data: JSONText) -> ByteBuffer {
        ByteBuffer(string: "event: \(name)\ndata: \(data.encoded)\n\n")
    }
}
