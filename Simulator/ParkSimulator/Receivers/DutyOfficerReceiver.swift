package import Digests
package import PlantTime
import Synchronization

/// The bundled duty officer: checks who sent each message, keeps a receipt of it, and answers as a script says.
package final class DutyOfficerReceiver: Sendable {
    /// One message that came, accepted or not.
    package struct Receipt: Sendable, Equatable {
        /// The idempotency key; empty when there was none.
        package var key: String
        package var body: [UInt8]
        package var headers: [String: String]
        package var isSigned: Bool
        /// This key was accepted before.
        package var isRepeat: Bool
        /// What was done with it.
        package var reaction: HTTPReaction
        package var arrivedAt: WallTime

        package var text: String { String(decoding: body, as: UTF8.self) }
        package var isAccepted: Bool {
            if case .answer(let status, _, let body) = reaction {
                (200..<300).contains(status) && body == accepted
            } else {
                false
            }
        }
    }

    private let server: LoopbackHTTPServer
    private let desk: Desk

    /// Listens on 127.0.0.1.
    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - keys: the shared secrets by key id; empty: nothing is checked.
    ///   - onReceipt: told of every message, on the connection's thread.
    package init(
        port: UInt16 = 0, keys: [String: HMACKey], clock: any PlantClock = SteadyClock(),
        onReceipt: (@Sendable (Receipt) -> Void)? = nil
    ) throws(ParkFailure) {
        let desk = Desk(keys: keys, clock: clock, onReceipt: onReceipt)
        self.desk = desk
        server = try LoopbackHTTPServer(port: port) { desk.receive($0) }
    }

    package var port: UInt16 { server.port }
    package var url: String { "http://127.0.0.1:\(port)/alarms" }
    package var receipts: [Receipt] { desk.receipts }
    /// The keys accepted, in order, each once.
    package var acceptedKeys: [String] { desk.receipts.filter { $0.isAccepted && !$0.isRepeat }.map(\.key) }

    /// The next requests get these reactions, in order; then messages are accepted again.
    package func script(_ reactions: [HTTPReaction]) { desk.script(reactions) }

    /// Every message whose key contains the text is answered so, whatever the script.
    package func script(_ reaction: HTTPReaction, forKeysContaining text: String) { desk.script(reaction, for: text) }

    /// Waits until the receipts satisfy a condition.
    /// - Returns: whether they did within the limit.
    package func wait(atMost limit: Duration = .seconds(10), until isEnough: ([Receipt]) -> Bool) -> Bool {
        Poll.until(within: limit) { isEnough(desk.receipts) }
    }

    package func stop() { server.stop() }
}

/// The answer of a duty officer's receiver that has understood.
private let accepted = "{\"errcode\":0,\"errmsg\":\"ok\"}"

extension DutyOfficerReceiver {
    /// What the connections share.
    private final class Desk: Sendable {
        private struct State {
            var receipts: [Receipt] = []
            var acceptedKeys: Set<String> = []
            var script: [HTTPReaction] = []
            var byKey: [(text: String, reaction: HTTPReaction)] = []
        }

        private let state = Mutex(State())
        private let keys: [String: HMACKey]
        private let clock: any PlantClock
        private let onReceipt: (@Sendable (Receipt) -> Void)?

        init(keys: [String: HMACKey], clock: any PlantClock, onReceipt: (@Sendable (Receipt) -> Void)?) {
            self.keys = keys
            self.clock = clock
            self.onReceipt = onReceipt
        }

        var receipts: [Receipt] { state.withLock { $0.receipts } }

        func script(_ reactions: [HTTPReaction]) { state.withLock { $0.script += reactions } }
        func script(_ reaction: HTTPReaction, for text: String) { state.withLock { $0.byKey.append((text, reaction)) } }

        func receive(_ question: HTTPQuestion) -> HTTPReaction {
            let now = clock.wallNow()
            let key = question.headers["idempotency-key"] ?? ""
            let fault = SignatureCheck.fault(of: question, keys: keys, now: now)
            let receipt = state.withLock { state in
                var reaction = HTTPReaction.answer(status: 200, body: accepted)
                if let scripted = state.byKey.first(where: { key.contains($0.text) }) {
                    reaction = scripted.reaction
                } else if !state.script.isEmpty {
                    reaction = state.script.removeFirst()
                } else if let fault {
                    reaction = .answer(status: 401, body: "{\"errcode\":401,\"errmsg\":\"\(fault)\"}")
                } else if key.isEmpty {
                    reaction = .answer(status: 400, body: "{\"errcode\":400,\"errmsg\":\"no Idempotency-Key\"}")
                }
                var receipt = Receipt(
                    key: key, body: question.body, headers: question.headers, isSigned: fault == nil, isRepeat: false,
                    reaction: reaction, arrivedAt: now)
                if receipt.isAccepted { receipt.isRepeat = !state.acceptedKeys.insert(key).inserted }
                state.receipts.append(receipt)
                return receipt
            }
            onReceipt?(receipt)
            return receipt.reaction
        }
    }
}

/// The receiver's side of `Hazardd-Signature`: written from the manual, not from the sender's code, so that the two check
/// each other.
package enum SignatureCheck {
    /// How far the sender's clock may be from ours: a recorded message cannot be played back later.
    private static let tolerance: Duration = .seconds(300)

    /// What is wrong with a message's signature; nil when nothing is.
    package static func fault(of question: HTTPQuestion, keys: [String: HMACKey], now: WallTime) -> String? {
        guard !keys.isEmpty else { return nil }
        guard let header = question.headers["hazardd-signature"] else { return "not signed" }
        var fields: [Substring: Substring] = [:]
        for field in header.split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        guard let time = fields["t"], let seconds = Int64(time),
            let digest = fields["v1"].flatMap({ SHA256Digest(hex: $0) })
        else { return "signature cannot be read" }
        guard let key = keys[String(fields["kid"] ?? "")] else { return "unknown key id" }
        let skew = now - WallTime(milliseconds: seconds * 1000)
        guard max(skew, Duration.zero - skew) <= tolerance else { return "signed at another time" }
        return key.verifies(digest, of: Array("\(time).".utf8) + question.body) ? nil : "signature is wrong"
    }
}
