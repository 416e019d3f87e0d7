import DeliveryPlan
import FoundationEssentials
import WebTransfer

/// What the journal keeps of an answer: one line, bounded, nothing that a stranger could hide a line end or a flood in.
enum AnswerText {
    static let longest = 200

    static func line(_ response: WebResponse) -> String {
        let location = (300..<400).contains(response.status) ? " redirect not followed" : ""
        let said = printable(response.text)
        return printable("\(response.status)\(location)\(said.isEmpty ? "" : " \(said)")")
    }

    static func line(_ fault: any Error) -> String { printable("\(fault)") }

    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.lazy.map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: " "
            default: Character(scalar)
            }
        }
        return String(scalars.prefix(longest)).split(separator: " ").joined(separator: " ")
    }
}

extension ReceiverAnswer {
    init(_ response: WebResponse) {
        self.init(
            status: response.status, businessCode: BusinessCode.read(response.body),
            retryAfter: response.header("Retry-After"))
    }
}

/// `errcode` (DingTalk, WeCom) or `code` (Feishu) at the top of a JSON answer; nil when it is none, or says neither.
enum BusinessCode {
    static func read(_ body: [UInt8]) -> Int? {
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(body)) else { return nil }
        return answer.code
    }

    private struct Answer: Decodable {
        let code: Int?

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            code = Self.number(.errcode, container) ?? Self.number(.code, container)
        }

        enum Key: String, CodingKey { case errcode, code }

        /// A number, or a number written as text; any other value is a failure that nobody has numbered.
        private static func number(_ key: Key, _ container: KeyedDecodingContainer<Key>) -> Int? {
            guard container.contains(key), (try? container.decodeNil(forKey: key)) == false else { return nil }
            if let number = try? container.decode(Int.self, forKey: key) { return number }
            return (try? container.decode(String.self, forKey: key)).flatMap { Int($0) } ?? -1
        }
    }
}
