/// What makes an event the same event on every machine and after every restart: no clock and no random number in it.
///
/// Written `demo/NH3-101.HH/7/raise/0/1`: site, rule, occurrence, transition, level, nth. Refused commands have a key space
/// of their own, `demo/command/<idempotency key>`, and no key of the one can be a key of the other, whatever people call
/// their rules and their commands: a site's id has no slash, an alarm's key has five or more, a command's has two.
package struct EventKey: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    package init(text: String) { self.text = text }

    package init(
        site: String, rule: String, occurrence: UInt32, transition: AlarmEvent.Transition, level: UInt8, nth: UInt32
    ) {
        text = "\(site)/\(rule)/\(occurrence)/\(transition.word)/\(level)/\(nth)"
    }

    /// - Parameter idempotencyKey: as its author chose it; a slash in it is written `%2F`, and a percent sign `%25`.
    package static func refusedCommand(site: String, idempotencyKey: String) -> EventKey {
        let plain = idempotencyKey.replacing("%", with: "%25").replacing("/", with: "%2F")
        return EventKey(text: "\(site)/command/\(plain)")
    }

    package var description: String { text }
}
