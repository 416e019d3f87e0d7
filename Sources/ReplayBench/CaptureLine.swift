import FoundationEssentials
import PlantTime

/// One line of a capture: what went over a wire, and when. A JSON object; these are its keys.
///
/// | key | means |
/// |---|---|
/// | `time` | when it arrived, `2026-11-24T08:30:00.120Z` |
/// | `endpoint` | Modbus: the endpoint's id in the site |
/// | `request`, `response` | whole frames in hexadecimal, the seven bytes before the function included; no `response`: none came in time |
/// | `broker`, `topic` | MQTT: the broker's id in the site, and the topic |
/// | `payload` or `payload_base64` | what the message said, as text or, if it is no UTF-8, in base 64 |
/// | `retained`, `qos`, `properties` | as they came; only `retained` changes what is made of the message |
/// | `link` | `up` or `down`: the connection to the endpoint or the broker |
struct CaptureLine: Codable, Equatable {
    enum Link: String, Codable { case up, down }

    var time: String
    var endpoint: String?
    var request: String?
    var response: String?
    var broker: String?
    var topic: String?
    var payload: String?
    var payloadBase64: String?
    var retained: Bool?
    var qos: Int?
    var properties: [String: String]?
    var link: Link?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case time, endpoint, request, response, broker, topic, payload
        case payloadBase64 = "payload_base64"
        case retained, qos, properties, link
    }

    /// What a line says, checked.
    enum Content: Equatable {
        case exchange(endpoint: String, request: [UInt8], response: [UInt8]?)
        case endpointLink(String, isUp: Bool)
        case message(broker: String, topic: String, payload: [UInt8], isRetained: Bool)
        case brokerLink(String, isUp: Bool)
    }

    /// Why a line is none.
    struct Refused: Error, Equatable { var message: String }

    /// - Parameter text: one line, without its end.
    static func read(_ text: [UInt8]) throws(Refused) -> (instant: PlantInstant, content: Content) {
        let line: CaptureLine
        do {
            line = try JSONDecoder().decode(CaptureLine.self, from: Data(text))
        } catch DecodingError.keyNotFound(let key, _) {
            throw Refused(message: "the line has no \"\(key.stringValue)\"")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw Refused(message: "\"\(key)\" is of another kind than it must be")
        } catch DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty {
            throw Refused(message: "link must be up or down")
        } catch {
            throw Refused(
                message: "the line is no JSON object; {\"time\": ..., \"endpoint\" or \"broker\": ...} would do")
        }
        guard let milliseconds = TimeText.milliseconds(of: line.time) else {
            throw Refused(message: "time \"\(line.time)\" cannot be read; write it as 2024-01-01T00:00:00.000Z")
        }
        return (PlantInstant(milliseconds: milliseconds), try line.content())
    }

    private func content() throws(Refused) -> Content {
        switch (endpoint, broker) {
        case (let endpoint?, nil):
            if let link { return .endpointLink(endpoint, isUp: link == .up) }
            guard let request else { throw Refused(message: "an endpoint needs \"request\" or \"link\"") }
            return .exchange(
                endpoint: endpoint, request: try Self.bytes(ofHexadecimal: request, "request"),
                response: try response.map { text throws(Refused) in
                    try Self.bytes(ofHexadecimal: text, "response")
                })
        case (nil, let broker?):
            if let link { return .brokerLink(broker, isUp: link == .up) }
            guard let topic else { throw Refused(message: "a broker needs \"topic\" or \"link\"") }
            return .message(
                broker: broker, topic: topic, payload: try payloadBytes(), isRetained: retained ?? false)
        default: throw Refused(message: "a line names an \"endpoint\" or a \"broker\", one of them")
        }
    }

    private func payloadBytes() throws(Refused) -> [UInt8] {
        switch (payload, payloadBase64) {
        case (let text?, nil): return Array(text.utf8)
        case (nil, let text?):
            guard let data = Data(base64Encoded: text) else { throw Refused(message: "payload_base64 is no base 64") }
            return Array(data)
        default: throw Refused(message: "a message has \"payload\" or \"payload_base64\", one of them")
        }
    }

    private static func bytes(ofHexadecimal text: String, _ what: String) throws(Refused) -> [UInt8] {
        let digits = text.utf8.filter { $0 != UInt8(ascii: " ") }.map { Character(Unicode.Scalar($0)).hexDigitValue }
        var bytes: [UInt8] = []
        guard digits.count % 2 == 0 else { throw Refused(message: "\(what) has half a byte too many") }
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[place], let low = digits[place + 1] else {
                throw Refused(message: "\(what) holds something else than hexadecimal digits")
            }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
