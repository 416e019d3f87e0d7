extension Wording {
    static let english: [Problem.Kind: Wording] = [
        .noSuchPage: Wording("no such page", "nothing is served at {found}; the API begins at {expected}"),
        .verbNotOffered: Wording("method not offered", "{found} is not offered here; {expected} is"),
        .noSuchAlarm: Wording("no such alarm", "the journal has no alarm {found}; name it as {expected}"),
        .noSuchPoint: Wording("no such point", "this site has no point {found}; {expected} lists all tags"),
        .badParameter: Wording("parameter not understood", "found {found}; expected {expected}"),
        .tokenNeeded: Wording("token needed", "to act from here, send {expected}; found {found}"),
        .controlSocketOnly: Wording(
            "acts need the control socket",
            "this address only reads; acknowledge at the machine itself with {expected}"),
        .userNotMapped: Wording(
            "user may only read",
            "{found} is nobody in the site's people table; an administrator can add {expected}"),
        .roleMayNot: Wording("role may not act", "the role {found} does not answer alarms; {expected} do"),
        .foreignOrigin: Wording(
            "request from a foreign page", "the page {found} may not act here; only {expected} may"),
        .foreignHost: Wording("not the name of this console", "asked for host {found}; this console is {expected}"),
        .sightNeeded: Wording(
            "say what you saw", "an act must name the alarm as you saw it, with the header {expected}"),
        .sightUnreadable: Wording("If-Match not understood", "found {found}; expected {expected}"),
        .keyNeeded: Wording(
            "Idempotency-Key needed", "found {found}; expected {expected}, new for each act, the same on each retry"),
        .keyReused: Wording(
            "Idempotency-Key used before",
            "the key {found} belongs to another act; nothing was done, send this one with {expected}"),
        .jsonNeeded: Wording("JSON needed", "found {found}; expected Content-Type {expected}"),
        .bodyUnreadable: Wording("body not understood", "found {found}; expected {expected}"),
        .bodyTooLarge: Wording("body too large", "found {found}; at most {expected} are read"),
        .commentNeeded: Wording(
            "comment needed", "a comment without words says nothing; found {found}, expected {expected}"),
        .commentTooLong: Wording("comment too long", "found {found}; at most {expected} are kept"),
        .alarmChanged: Wording(
            "alarm changed", "not done: you saw {found}, it is now {expected}; look again"),
        .notActive: Wording("alarm not active", "not done: {found} is {expected}; there is nothing to answer"),
        .stillActive: Wording("alarm still active", "not done: {found} is {expected}; reset needs the condition clear"),
        .acknowledgeFirst: Wording(
            "acknowledge first", "not done: {found} is {expected}; acknowledge it before the reset"),
        .notLatched: Wording("alarm not latched", "not done: {found} is {expected}; only a latched alarm is reset"),
        .notAcknowledged: Wording(
            "alarm not acknowledged", "not done: {found} is {expected}; there is no acknowledgement to take back"),
        .pointNotUsable: Wording(
            "point not usable", "not done: the point of {found} has no usable value ({expected}); reset needs one"),
        .notOffered: Wording("not offered", "this station does not offer that for {found} ({expected})"),
        .busy: Wording("station busy", "the way into the station is full; nothing was done, send it again"),
        .notKnown: Wording(
            "not known whether it arrived", "no answer from the journal in time; send it again with {expected}"),
        .streamsFull: Wording("too many streams", "{found} event streams are open; at most {expected} are served"),
        .journalUnreadable: Wording(
            "journal cannot be read", "the journal does not answer: {found}"),
    ]
}
