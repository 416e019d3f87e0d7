import FoundationEssentials
package import PlantTime

/// Writes lines of a capture, the other side of ``CaptureSource``: what went over a wire, as JSON objects.
package enum CaptureWriter {
    /// A request and its answer, whole frames; nil: none came in time.
    package static func exchange(endpoint: String, request: [UInt8], response: [UInt8]?, at time: WallTime) -> String {
        text(
            CaptureLine(
                time: TimeText.utc(time), endpoint: endpoint, request: hexadecimal(request),
                response: response.map(hexadecimal)))
    }

    package static func message(
        broker: String, topic: String, payload: [UInt8], isRetained: Bool, at time: WallTime
    ) -> String {
        // Bytes that are no UTF-8 would not come back from a text as they were.
        let plain = String(validating: payload, as: UTF8.self)
        return text(
            CaptureLine(
                time: TimeText.utc(time), broker: broker, topic: topic, payload: plain,
                payloadBase64: plain == nil ? Data(payload).base64EncodedString() : nil,
                retained: isRetained ? true : nil))
    }

    private static func text(_ line: CaptureLine) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts, whole numbers and flags: nothing in a line that cannot be encoded.
        return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
