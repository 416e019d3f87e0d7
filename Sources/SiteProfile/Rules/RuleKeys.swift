/// Which keys each kind uses (semantics.md A2, B4). A key that a kind does not use is an error, even `deadband: 0`.
enum RuleKeys {
    /// What every rule may say; the second line is for people.
    static let everyRule = [
        "id", "point", "kind", "priority", "silent",
        "latching", "name", "unit", "conversion", "basis", "flag", "approved_by", "guidance",
    ]
    static let everyDerived = ["derived", "op", "of", "max_age_s", "unit", "name", "range"]

    private static let delays = ["on_delay_s", "off_delay_s"]
    private static let test = ["states", "bit", "invert"]
    private static let slope = ["method", "window_s", "tau_s"]

    /// In the order in which messages list the kinds.
    static let kinds: [(word: String, keys: [String])] = [
        ("H", delays + ["max_age_s", "limit", "deadband", "clamp_above"]),
        ("HH", delays + ["max_age_s", "limit", "deadband", "clamp_above"]),
        ("L", delays + ["max_age_s", "limit", "deadband"]),
        ("LL", delays + ["max_age_s", "limit", "deadband"]),
        ("ROC", delays + slope + ["max_age_s", "limit", "deadband"]),
        ("ROC_RISE", delays + slope + ["max_age_s", "limit", "deadband"]),
        ("ROC_FALL", delays + slope + ["max_age_s", "limit", "deadband"]),
        ("STATE", delays + test + ["max_age_s"]),
        ("BAD_QUALITY", delays + ["max_age_s"]),
        ("STALE", delays + ["max_age_s"]),
        ("FROZEN", delays + ["max_age_s", "window_s", "min_span", "unless"]),
        ("DEVIATION", delays + ["max_age_s", "other", "limit", "deadband", "circular"]),
        ("VOTE", delays + ["of", "m", "on_bad", "scores"]),
        ("EXPECT", test + ["off_delay_s", "max_age_s", "when", "within_s"]),
        ("TIME_TO", delays + slope + ["max_age_s", "limit", "direction", "horizon_s", "clear_horizon_s"]),
        ("COUNT", delays + ["of", "n", "window_s"]),
        ("TWA", delays + ["max_age_s", "limit", "deadband", "window_s", "min_good"]),
        ("LADDER", ["levels"]),
    ]

    static let operations: [(word: String, keys: [String])] = [
        ("sum", []),
        ("difference", []),
        ("linear", ["scale", "offset"]),
        ("table", ["x", "y"]),
        ("mean", ["window_s"]),
        ("counter", ["wrap"]),
        ("unwrap", ["period"]),
        ("product", []),
        ("inverse", ["floor"]),
        ("min", []),
        ("max", []),
        ("slope", ["window_s"]),
    ]

    private static let known: Set<String> = Set(everyRule + everyDerived)
        .union(kinds.flatMap(\.keys)).union(operations.flatMap(\.keys))

    /// Why a key has no place in an entry.
    static func objection(to key: String, in entry: String, using keys: [String]) -> String {
        if known.contains(key) { return "\(entry) does not use \"\(key)\"; leaving it out would do" }
        if let near = nearest(to: key, among: keys) { return "unknown key \"\(key)\"; \"\(near)\" is known" }
        return "unknown key \"\(key)\"; \(entry) knows \(keys.joined(separator: " "))"
    }

    /// The word that a slip of at most two letters turns into this one.
    static func nearest(to word: String, among words: [String]) -> String? {
        words.map { ($0, slips(from: word, to: $0)) }.filter { $0.1 <= 2 && $0.1 < word.count }
            .min { $0.1 < $1.1 }?.0
    }

    /// Levenshtein's distance.
    private static func slips(from left: String, to right: String) -> Int {
        let (left, right) = (Array(left.utf8.prefix(64)), Array(right.utf8.prefix(64)))
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var corner = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, corner + (letter == other ? 0 : 1))
                corner = above
            }
        }
        return row[right.count]
    }
}
