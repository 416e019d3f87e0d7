import HTTPTypes

/// What a request asks for. Method and path are read here, once; behind this door no text decides anything.
enum Route: Sendable, Equatable {
    case alarms
    case alarm(AlarmName)
    case act(Act, AlarmName)
    case events
    case journal
    case points
    case point(String)
    case health
    case alive
    case ready
    case metrics

    /// The verbs that a person has on an alarm in this form of the console.
    enum Act: String, Sendable, CaseIterable {
        case acknowledge, unacknowledge, comments, reset
    }

    struct AlarmName: Sendable, Equatable, CustomStringConvertible {
        var rule: String
        var occurrence: UInt32

        var description: String { "\(rule)/\(occurrence)" }
    }

    static let alarmNameForm = "RULE/OCCURRENCE"

    /// - Parameter path: as it came, still percent-encoded, without the query.
    init(method: HTTPRequest.Method, path: String) throws(Problem) {
        // HEAD is GET without the body; HTTP requires both.
        let isRead = method == .get || method == .head
        let (route, isAct) = try Self.resource(at: path)
        if isAct ? method == .post : isRead {
            self = route
        } else {
            let allowed = isAct ? "POST" : "GET, HEAD"
            throw Problem(
                .verbNotOffered, found: method.rawValue, expected: allowed, headers: [.allow: allowed])
        }
    }

    private static func resource(at path: String) throws(Problem) -> (Route, isAct: Bool) {
        let nothing = Problem(.noSuchPage, found: path, expected: "/api/v1/alarms")
        guard path.hasPrefix("/") else { throw nothing }
        var segments: [String] = []
        for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let decoded = PercentText.decoded(segment), !decoded.isEmpty else { throw nothing }
            segments.append(decoded)
        }
        switch segments.count {
        case 1:
            switch segments[0] {
            case "livez": return (.alive, false)
            case "readyz": return (.ready, false)
            case "metrics": return (.metrics, false)
            default: throw nothing
            }
        case 3... where segments[0] == "api" && segments[1] == "v1":
            let rest = Array(segments[3...])
            switch segments[2] {
            case "alarms" where rest.isEmpty: return (.alarms, false)
            case "alarms" where rest.count == 2: return (.alarm(try alarmName(rest)), false)
            case "alarms" where rest.count == 3:
                guard let act = Act(rawValue: rest[2]) else { throw nothing }
                return (.act(act, try alarmName(rest)), true)
            case "events" where rest.isEmpty: return (.events, false)
            case "journal" where rest.isEmpty: return (.journal, false)
            case "points" where rest.isEmpty: return (.points, false)
            case "points" where rest.count == 1: return (.point(rest[0]), false)
            case "health" where rest.isEmpty: return (.health, false)
            default: throw nothing
            }
        default: throw nothing
        }
    }

    private static func alarmName(_ segments: [String]) throws(Problem) -> AlarmName {
        guard let occurrence = UInt32(segments[1]) else {
            throw Problem(.noSuchAlarm, found: "\(segments[0])/\(segments[1])", expected: alarmNameForm)
        }
        return AlarmName(rule: segments[0], occurrence: occurrence)
    }
}

/// Percent-encoded text of addresses.
enum PercentText {
    /// - Returns: nil when an escape is broken or the bytes are no UTF-8.
    static func decoded(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(nibble), let low = rest.next().flatMap(nibble) else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
