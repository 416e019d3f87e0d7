/// What makes an event the same event on every machine and after every restart: no clock and no random number in it.
///
/// Written `demo/NH3-101.HH/7/raise/0/1`: site, rule, occurrence, transition, level, nth. Commands have a key space of
/// their own, `demo/command/<idempotency key>`, and system notices a third, `demo/notice/<what>/<n>`.
package struct EventKey: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    package init(text: String) { self.text = text }

    package init(
        site: String, rule: String, occurrence: UInt32, transition: AlarmEvent.Transition, level: UInt8, nth: UInt32
    ) {
        text = "\(site)/\(rule)/\(occurrence)/\(transition.word)/\(level)/\(nth)"
    }

    package static func refusedCommand(site: String, idempotencyKey: String) -> EventKey {
        EventKey(text: "\(site)/command/\(idempotencyKey)")
    }

    package static func notice(site: String, what: String, number: UInt64) -> EventKey {
        EventKey(text: "\(site)/notice/\(what)/\(number)")
    }

    package var description: String { text }
}
