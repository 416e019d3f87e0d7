import PlantModel

/// What `hazardctl explain` says of brokers, payloads and rules. One table per language; `{name}` stands for what is filled
/// in.
enum ExplainPhrase: String, CaseIterable, Sendable {
    // The connection to a broker.
    case broker, noTLS, tls, clientCertificate, client, user, userCredential, noUser, password, session, drops, noWill
    // A device's messages.
    case route, subscribed, staleAfter, shared, json, tower, sparkplug, registers, each
    case time, noTime, metricTime, epoch, iso8601, pattern, captures, capture, sequence, ownSequence
    case status, noStatus, deaths, logOut, blob, wholePayload, answerOf
    // A point.
    case readAt, asWhat, scaled, unit, range, noValue, statusColumn, counts
    case plainNumber, numberInText, hexInText, bit, bits, noneOf, rawOutside, otherStates, itsWord, overRange,
        underRange
    case isStatus, byException, qualifies, mustBeReadable
    // A bit of a word, and what it stands for.
    case roleOfNumber, holdsAt, normalAt, onePointHolds, contactHolds, mustMove, setAt, justNumber, qualityAt, otherwise
    case healthy, trip, bypass, firstOut, fault, test, state, heartbeat
    case askedFor, heardAt, madeOf, staleSpan, reportsChanges
    // Who watches.
    case watched, judged, trusted, silent, nobody, byMade, withMate, speaksFor, goesInto, seesMade, silentTogether,
        spoiltTogether
    case judgedByNobody, trustByNobody, silenceByNobody, unjudged, unwatched, station, noPoint
    // A rule.
    case rule, kind, condition, onDelay, offDelay, priority, told
    case deadband, orOverRange, rises, falls, changes, leastSquares, theilSen, ewma, isState, isBad, isBadOrSilent
    case isSilent, isFrozen, unless, differs, circular, voted, scored, notExpected, reachesUp, reachesDown, counted
    case averages, worstOf
    case toldNobody, feeds, consoleOnly, asWritten, latches, basis, approved, notApproved, shipped, fromTemplate

    func callAsFunction(_ language: Language, _ values: KeyValuePairs<String, String> = [:]) -> String {
        // A missing entry shows its key rather than nothing; the test keeps it from happening.
        var text = Self.table(language)[self] ?? rawValue
        for (name, value) in values { text.replace("{\(name)}", with: value) }
        return text
    }

    static func table(_ language: Language) -> [ExplainPhrase: String] {
        switch language {
        case .chinese: chinese
        case .english: english
        }
    }
}

extension ExplainPhrase {
    static let english: [ExplainPhrase: String] = [
        .broker: "broker {id} {address}: {devices} device(s)",
        .noTLS: "no TLS: on the way everybody can read what comes, and put something else in its place",
        .tls: "TLS 1.2 or later; the broker must show a certificate signed by {authority}",
        .clientCertificate: "; ours is {certificate}, its key the credential {key}",
        .client: "client id {client}", .user: ", user {user}",
        .userCredential: ", user from the credential {credential}", .noUser: ", no user",
        .password: ", password from the credential {credential}",
        .session:
            "MQTT 5; the broker keeps the session for {expiry}, keep-alive {alive}, at most {most} messages unacknowledged",
        .drops: "what the broker says it dropped ($SYS) raises sys.{broker}.dropped.H",
        .noWill: "hazardd publishes nothing here, so it leaves no last will; those of the devices are heard",
        .route: "{device}, {profile}: {points} point(s)",
        .subscribed: "subscribed to {topic} at QoS 1; a message is expected every {period}",
        .staleAfter: ", a point is stale after {span}",
        .shared: "the topic carries other devices too; this one is found by what stands in the payload",
        .json: "payload: JSON", .tower: "payload: TX101 frames", .sparkplug: "payload: Sparkplug B metrics",
        .registers: "payload: registers and nothing else", .each: ", one message for each element of {path}",
        .time: "time: {path}, {form}; more than {ahead} ahead is not believed, and the arrival counts",
        .noTime: "time: none in the payload, a value speaks for its arrival",
        .metricTime:
            "time: the metric's own, or its message's; more than {ahead} ahead is not believed, and the arrival counts",
        .epoch: "{unit} since 1970, UTC", .iso8601: "ISO 8601 with its zone in the text",
        .pattern: "\"{pattern}\" at {zone}", .captures: "read from the topic: {levels}",
        .capture: "#.{name}, level {level}",
        .sequence: "numbered by {path}: what comes twice is known again, gaps are counted",
        .ownSequence: "numbered by Sparkplug: what comes twice is known again, gaps are counted",
        .status: "last will: {topic}{path} says {online} or {offline}",
        .noStatus: "last will: none is heard, so the link falls with the broker only and silence must be watched",
        .logOut: "last will: none is heard; the link falls with a log-out frame, and silence must be watched",
        .deaths: "last will: the death of its node or of itself",
        .blob: "registers at {place}: {encoding}, from address {start} on, {points} point(s)",
        .wholePayload: "the whole payload", .answerOf: ", the {form} answer of unit {unit}",
        .readAt: "READ AT", .asWhat: "AS", .scaled: "SCALED", .unit: "UNIT", .range: "RANGE", .noValue: "NO VALUE",
        .statusColumn: "STATUS", .counts: "COUNTS AS",
        .plainNumber: "number", .numberInText: "number or \"number\"", .hexInText: "hexadecimal \"text\"",
        .bit: "bit {bit}", .bits: "bits {bits}", .noneOf: "{bits} none of {known}",
        .rawOutside: "raw outside {range}", .otherStates: "all but {states}", .itsWord: "its word: {effects}",
        .overRange: "over range from {from}", .underRange: "under range below {from}",
        .isStatus: "status", .byException: "by exception: never stale",
        .qualifies: "says of {points}: {meaning}", .mustBeReadable: "nothing but that it must be readable",
        .roleOfNumber: "role {role}, a number", .holdsAt: "role {role}, holds at {number}",
        .normalAt: ", normal at {number}", .onePointHolds: ", {point} is 1 while it holds",
        .contactHolds: "role {role}, the contact is 0 while it holds and the point 1",
        .mustMove: "role {role}, must keep changing", .setAt: "set at 1", .justNumber: "a number",
        .qualityAt: "{quality} at {numbers}", .otherwise: "otherwise {quality}",
        .healthy: "healthy", .trip: "trip", .bypass: "bypass", .firstOut: "first_out", .fault: "fault", .test: "test",
        .state: "state", .heartbeat: "heartbeat",
        .askedFor: "asked for at endpoint {endpoint}, unit {unit}, every {period}",
        .heardAt: "heard at broker {broker} on {topic}, every {period}", .madeOf: "made of {points}: {operation}",
        .staleSpan: "stale after {span} without a row",
        .reportsChanges: "reports by exception: silence alone does not make it stale",
        .watched:
            "who watches {device}: of {points} points {unjudged} are judged by no rule, the silence of {unwatched} is told by none",
        .judged: "JUDGED BY", .trusted: "TOLD WHEN BAD BY", .silent: "TOLD WHEN SILENT BY", .nobody: "NOBODY",
        .byMade: "{rule} (by {point})", .withMate: "{rule} (with {point})", .speaksFor: "speaks for {points}",
        .goesInto: "goes into {points}",
        .seesMade: "{rule} looks at {point}, which is made of it",
        .silentTogether: "{rule} looks at {point}, which comes with it: the two fall silent together",
        .spoiltTogether:
            "{rule} looks at {point}, which comes with it: it tells what befalls both, a lost link or silence",
        .judgedByNobody: "NO RULE JUDGES the value of {point}",
        .trustByNobody: "NOBODY IS TOLD when the value of {point} alone is bad (no BAD_QUALITY)",
        .silenceByNobody: "NOBODY IS TOLD when {point} falls silent (no STALE)",
        .unjudged: "judged by no rule: {count} of {points} point(s)",
        .unwatched: "silence told by no rule: {count} of {points} point(s)",
        .station: "the station and its brokers",
        .noPoint: "the site has no point {point}{near}",
        .rule: "RULE", .kind: "KIND", .condition: "MET WHEN", .onDelay: "ON DELAY", .offDelay: "OFF DELAY",
        .priority: "PRIORITY", .told: "TOLD TO",
        .deadband: ", deadband {width}", .orOverRange: ", or over range from {from}", .rises: "rises by ≥ {limit}",
        .falls: "falls by ≥ {limit}", .changes: "changes by ≥ {limit}", .leastSquares: "slope over {span}",
        .theilSen: "Theil-Sen slope over {span}", .ewma: "smoothed slope, tau {span}", .isState: "is {states}",
        .isBad: "value bad", .isBadOrSilent: "value bad, or no row for {span}", .isSilent: "no row for {span}",
        .isFrozen: "stays within {span} for {window}", .unless: ", unless {rule} is active",
        .differs: "differs from {other} by ≥ {limit}", .circular: ", a full turn being {turn}",
        .voted: "{needed} of {count}: {members} (a blind one: {bad})",
        .scored: "the levels of {members} make {needed}, a level counting {scores}",
        .notExpected: "not ({state}) within {within} of {rule}",
        .reachesUp: "rises to {limit} within {horizon}, clears beyond {clear}",
        .reachesDown: "falls to {limit} within {horizon}, clears beyond {clear}",
        .counted: "{needed} raises of {members} within {window}",
        .averages: "mean over {window} ≥ {limit}, of which {good} % must be known", .worstOf: "the worst of {levels}",
        .toldNobody: "nobody: silent, and no rule uses it", .feeds: "nobody itself: decides {rules}",
        .consoleOnly: "the console only", .asWritten: "written as {limit}", .latches: "stays until it is reset",
        .basis: "basis: {basis}", .approved: "approved by {person}", .notApproved: "approved by nobody",
        .shipped: "shipped with hazardd", .fromTemplate: "{place}, from template {template}",
    ]
}
