/// What a person asks of one alarm. It names the occurrence and the version that the person saw, so that an answer given
/// at H never answers an unseen HH (semantics.md C).
package struct OperatorCommand: Sendable, Hashable, Codable {
    package enum Verb: String, Sendable, CaseIterable, Codable {
        case acknowledge, unacknowledge, reset, comment, shelve, unshelve, retire
    }

    package var verb: Verb
    package var rule: String
    package var occurrence: UInt32
    /// nil only from a person at the machine who asked for "the present one" by name; the console always sends it.
    package var version: UInt32?
    /// Who, by the site's `people` table; and from where: `console 192.168.1.7`, `hazardctl uid 1000`, `link`.
    package var actor: String
    package var origin: String
    package var comment: String
    /// Made by whoever first asked; the same key twice is the same command.
    package var idempotencyKey: String

    package init(
        _ verb: Verb, rule: String, occurrence: UInt32, version: UInt32?, actor: String, origin: String,
        comment: String = "", idempotencyKey: String
    ) {
        self.verb = verb
        self.rule = rule
        self.occurrence = occurrence
        self.version = version
        self.actor = actor
        self.origin = origin
        self.comment = comment
        self.idempotencyKey = idempotencyKey
    }
}
