/// One whole event of a station's stream: its name, its data and, where it has one, its number.
package struct StreamEvent: Sendable, Equatable {
    package var name: String
    /// The journal's sequence; events without one (beats) do not move a reader's place.
    package var id: UInt64?
    package var data: String

    package init(name: String, id: UInt64?, data: String) {
        self.name = name
        self.id = id
        self.data = data
    }
}

/// The lines of a server-sent event stream, put together to events. Pure: lines in, events out.
package struct EventLines: Sendable, Equatable {
    private var name = ""
    private var data: [String] = []
    private var id: UInt64?

    package init() {}

    /// - Returns: the event that ends with this line, if one does. An event without a data line is none.
    package mutating func take(_ line: String) -> StreamEvent? {
        if line.isEmpty {
            defer { self = EventLines() }
            guard !data.isEmpty else { return nil }
            return StreamEvent(name: name.isEmpty ? "message" : name, id: id, data: data.joined(separator: "\n"))
        }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count == 2 ? String(parts[1].first == " " ? parts[1].dropFirst() : parts[1]) : ""
        switch parts[0] {
        case "event": name = value
        case "data": data.append(value)
        case "id": id = UInt64(value)
        default: break
        }
        return nil
    }
}
