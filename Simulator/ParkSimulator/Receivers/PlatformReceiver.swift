import Foundation
import Synchronization

/// The bundled emergency platform: stores each record once by (journal id, sequence) and answers the highest that it has
/// stored without a hole.
package final class PlatformReceiver: Sendable {
    /// One record as it is stored.
    package struct Stored: Sendable, Equatable {
        package var journalID: String
        package var sequence: UInt64
        package var key: String
        package var transition: String
        package var tag: String
        /// The whole record as it came.
        package var json: String
        /// How often it came.
        package var copies: Int
    }

    /// One message that came.
    package struct Receipt: Sendable, Equatable {
        package var journalID: String
        package var after: UInt64
        package var isResend: Bool
        package var sequences: [UInt64]
        package var text: String
        package var headers: [String: String]
        package var reaction: HTTPReaction
    }

    private let server: LoopbackHTTPServer
    private let store: Store

    /// Listens on 127.0.0.1.
    /// - Parameters:
    ///   - token: the bearer token that is asked for; nil: none.
    ///   - onReceipt: told of every message, on the connection's thread.
    package init(
        port: UInt16 = 0, token: String? = nil, onReceipt: (@Sendable (Receipt) -> Void)? = nil
    ) throws(ParkFailure) {
        let store = Store(token: token, onReceipt: onReceipt)
        self.store = store
        server = try LoopbackHTTPServer(port: port) { store.receive($0) }
    }

    package var port: UInt16 { server.port }
    package var url: String { "http://127.0.0.1:\(port)/reports" }
    package var receipts: [Receipt] { store.receipts }
    /// Everything stored, in the order of (journal id, sequence).
    package var records: [Stored] { store.records }
    /// Records that came again under their number with another event: never thrown away, always suspicious.
    package var conflicts: [Stored] { store.conflicts }

    /// The next requests get these reactions, in order, and are not stored.
    package func script(_ reactions: [HTTPReaction]) { store.script(reactions) }
    /// Loses everything, as a platform does whose disk was changed.
    package func forget() { store.forget() }
    /// Answers this, whatever it has stored, until told otherwise by nil.
    package func claim(journalID: String?, storedThrough: UInt64) { store.claim(journalID, storedThrough) }

    /// Waits until the stored records satisfy a condition.
    package func wait(atMost limit: Duration = .seconds(10), until isEnough: ([Stored]) -> Bool) -> Bool {
        Poll.until(within: limit) { isEnough(store.records) }
    }

    /// Waits until the receipts satisfy a condition.
    package func waitForReceipts(atMost limit: Duration = .seconds(10), until isEnough: ([Receipt]) -> Bool) -> Bool {
        Poll.until(within: limit) { isEnough(store.receipts) }
    }

    package func stop() { server.stop() }
}

extension PlatformReceiver {
    /// What the connections share.
    private final class Store: Sendable {
        private struct Name: Hashable {
            var journalID: String
            var sequence: UInt64
        }

        private struct State {
            var receipts: [Receipt] = []
            var records: [Name: Stored] = [:]
            var conflicts: [Stored] = []
            /// By journal id: stored without a hole.
            var storedThrough: [String: UInt64] = [:]
            var script: [HTTPReaction] = []
            var claim: (journalID: String, storedThrough: UInt64)?
        }

        private let state = Mutex(State())
        private let token: String?
        private let onReceipt: (@Sendable (Receipt) -> Void)?

        init(token: String?, onReceipt: (@Sendable (Receipt) -> Void)?) {
            self.token = token
            self.onReceipt = onReceipt
        }

        var receipts: [Receipt] { state.withLock { $0.receipts } }
        var conflicts: [Stored] { state.withLock { $0.conflicts } }
        var records: [Stored] {
            state.withLock { $0.records.values.sorted { ($0.journalID, $0.sequence) < ($1.journalID, $1.sequence) } }
        }

        func script(_ reactions: [HTTPReaction]) { state.withLock { $0.script += reactions } }

        func forget() {
            state.withLock {
                $0.records = [:]
                $0.storedThrough = [:]
            }
        }

        func claim(_ journalID: String?, _ storedThrough: UInt64) {
            state.withLock { $0.claim = journalID.map { ($0, storedThrough) } }
        }

        func receive(_ question: HTTPQuestion) -> HTTPReaction {
            guard let message = Message(question.body) else {
                return .answer(status: 400, body: "{\"error\":\"not a hazardd.platform/v1 message\"}")
            }
            let receipt = state.withLock { state in
                let reaction: HTTPReaction
                if let token, question.headers["authorization"] != "Bearer \(token)" {
                    reaction = .answer(status: 401, body: "{\"error\":\"token\"}")
                } else if !state.script.isEmpty {
                    reaction = state.script.removeFirst()
                } else {
                    Self.take(message, &state)
                    let answer = state.claim ?? (message.journalID, state.storedThrough[message.journalID, default: 0])
                    reaction = .answer(
                        status: 200, headers: ["Content-Type": "application/json"],
                        body: "{\"journalId\":\"\(answer.journalID)\",\"storedThrough\":\(answer.storedThrough)}")
                }
                let receipt = Receipt(
                    journalID: message.journalID, after: message.after, isResend: message.isResend,
                    sequences: message.records.map(\.sequence), text: question.text, headers: question.headers,
                    reaction: reaction)
                state.receipts.append(receipt)
                return receipt
            }
            onReceipt?(receipt)
            return receipt.reaction
        }

        private static func take(_ message: Message, _ state: inout State) {
            for record in message.records {
                let name = Name(journalID: record.journalID, sequence: record.sequence)
                if let before = state.records[name] {
                    if before.json == record.json {
                        state.records[name]?.copies += 1
                    } else {
                        state.conflicts.append(record)
                    }
                } else {
                    state.records[name] = record
                }
            }
            // A batch that begins behind what is stored leaves a hole: it is kept, but nothing is said of it.
            let stored = state.storedThrough[message.journalID, default: 0]
            if !message.isResend, message.after <= stored, let last = message.records.last {
                state.storedThrough[message.journalID] = max(stored, last.sequence)
            }
        }
    }

    /// A message as the manual describes it, read without the sender's types.
    private struct Message {
        var journalID: String
        var after: UInt64
        var isResend: Bool
        var records: [Stored]

        init?(_ body: [UInt8]) {
            guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
                object["schema"] as? String == "hazardd.platform/v1", let journalID = object["journalId"] as? String,
                let after = object["after"] as? NSNumber, let isResend = object["isResend"] as? Bool,
                let records = object["records"] as? [[String: Any]]
            else { return nil }
            self.journalID = journalID
            self.after = after.uint64Value
            self.isResend = isResend
            self.records = []
            for record in records {
                guard let sequence = record["sequence"] as? NSNumber, let key = record["key"] as? String,
                    let transition = record["transition"] as? String, let tag = record["tag"] as? String,
                    let json = try? JSONSerialization.data(withJSONObject: record, options: [.sortedKeys])
                else { return nil }
                self.records.append(
                    Stored(
                        journalID: journalID, sequence: sequence.uint64Value, key: key, transition: transition,
                        tag: tag,
                        json: String(decoding: json, as: UTF8.self), copies: 1))
            }
        }
    }
}
