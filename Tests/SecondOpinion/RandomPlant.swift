/// Makes up a plant from a seed: rules of every kind, derived points, and a recording with what recordings have.
///
/// Times lie on a grid, and values are eighths, exact in binary: ties with limits, deadlines and window edges abound, and
/// plain IEEE arithmetic is exact at them. One plant in eight has values in tenths instead. Spikes of 1e15 are eighths
/// too, so that a difference from one is exact; a plant that has them has no tenths, of which such a difference keeps
/// nothing, and no EWMA, whose rounding they would magnify.
struct RandomPlant {
    private var numbers: SeededNumbers
    private var plant = PaperPlant()
    private let hasSpikes: Bool
    private let isInTenths: Bool
    private var points = ["A", "B", "C", "D"]
    private var ids: [String] = []
    private var silentIDs: [String] = []
    /// With the number of their levels.
    private var ladders: [(id: String, count: Int)] = []

    static func made(from seed: UInt64) -> PaperPlant {
        var plant = RandomPlant(seed: seed)
        plant.makeRules()
        plant.makeRows()
        return plant.plant
    }

    private init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
        _ = numbers.next()
        isInTenths = numbers.chance(1, in: 8)
        let mayHaveSpikes = numbers.chance(1, in: 5)
        hasSpikes = mayHaveSpikes && !isInTenths
    }

    // MARK: Rules

    private mutating func makeRules() {
        for number in 1...numbers.number(5...13) {
            if numbers.chance(1, in: 5) { makeDerived("D\(number)") }
            if numbers.chance(1, in: 6) { makeLadder("R\(number)") } else { makeRule("R\(number)") }
        }
    }

    private typealias Key = PaperPlant.Key

    private func needed(_ name: String, _ text: String) -> Key { Key(name: name, text: text, isOptional: false) }
    private func needed(_ name: String, _ choices: [Double]) -> Key { needed(name, Self.text(choices[0])) }
    private func list(_ names: some Sequence<String>) -> String { "[" + names.joined(separator: ", ") + "]" }

    /// Numbers as people write them.
    static func text(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private mutating func pick(_ name: String, _ choices: [Double]) -> Key {
        needed(name, Self.text(numbers.pick(choices)))
    }

    private mutating func maybe(_ name: String, _ choices: [Double], _ times: Int = 1, in all: Int = 2) -> [Key] {
        guard numbers.chance(times, in: all) else { return [] }
        return [Key(name: name, text: Self.text(numbers.pick(choices)))]
    }

    private mutating func limit() -> Key { pick("limit", isInTenths ? [0.3, 5, 7.1, 9.9] : [-2, 0, 5, 7.5, 10]) }
    private mutating func deadband() -> [Key] { maybe("deadband", isInTenths ? [0.1, 0.7] : [0.125, 0.5, 2]) }
    private mutating func window() -> Key { pick("window_s", [1, 2.5, 4, 8]) }

    private mutating func delays(_ names: [String] = ["on_delay_s", "off_delay_s"]) -> [Key] {
        names.flatMap { maybe($0, [0, 0.25, 1, 2.5, 6]) }
    }

    private mutating func members(_ most: Int) -> [String] {
        Array(ids.shuffled(using: &numbers).prefix(numbers.number(1...most)))
    }

    private mutating func test() -> [Key] {
        if numbers.chance(2, in: 3) { return [needed("states", numbers.pick(["[5]", "[0, 10]", "[1, 2, 5, 7]"]))] }
        return [pick("bit", [0, 1, 2])] + (numbers.chance(1, in: 3) ? [Key(name: "invert", text: "true")] : [])
    }

    private mutating func estimator() -> [Key] {
        switch numbers.number(0...3) {
        case 0: [window(), Key(name: "method", text: "theil_sen")]
        case 1 where !hasSpikes: [pick("tau_s", [0.5, 2, 5]), needed("method", "ewma")]
        default: [window()]
        }
    }

    private mutating func makeRule(_ id: String) {
        let kinds =
            ["H", "HH", "L", "LL", "H", "ROC", "ROC_RISE", "ROC_FALL", "STATE", "BAD_QUALITY", "STALE", "FROZEN"]
            + ["DEVIATION", "TIME_TO", "TWA"] + (ids.isEmpty ? [] : ["VOTE", "VOTE", "EXPECT", "COUNT", "COUNT"])
        let kind = numbers.pick(kinds)
        let point = numbers.pick(points)
        let age = [0.5, 2, 5]
        var keys = [needed("id", id), needed("point", point), needed("kind", kind)]
        switch kind {
        case "H", "HH": keys += [limit()] + deadband() + delays() + maybe("clamp_above", [7, 9.5, 12], in: 5)
        case "L", "LL": keys += [limit()] + deadband() + delays()
        case "ROC", "ROC_RISE", "ROC_FALL":
            keys += [pick("limit", [0.25, 0.5, 1, 2.25])] + maybe("deadband", [0.125, 0.5]) + estimator() + delays()
        case "STATE": keys += test() + delays()
        case "BAD_QUALITY": keys += delays()
        case "STALE": keys += [pick("max_age_s", age)] + delays()
        case "FROZEN":
            keys += [window(), pick("min_span", [0, 0.125, 1])] + delays()
            if !ids.isEmpty, numbers.chance(1, in: 2) { keys.append(Key(name: "unless", text: numbers.pick(ids))) }
        case "DEVIATION":
            let other = numbers.pick(points.filter { $0 != point })
            keys += [needed("other", other), pick("limit", [0.5, 2, 3]), pick("max_age_s", [2, 5, 20])]
            keys += deadband() + delays() + maybe("circular", [8, 10, 360])
        case "TIME_TO":
            keys += [limit(), pick("horizon_s", [1, 4, 10])] + estimator() + delays()
            if numbers.chance(1, in: 2) { keys.append(Key(name: "direction", text: numbers.pick(["up", "down"]))) }
            keys += maybe("clear_horizon_s", [10, 20])
        case "TWA":
            keys += [limit(), window(), pick("max_age_s", [0.5, 2, 5])] + deadband() + delays()
            keys += maybe("min_good", [0, 0.25, 0.5, 1])
        case "VOTE" where !ladders.isEmpty && numbers.chance(1, in: 2):
            let rungs = numbers.pick(ladders).count
            let members = ladders.filter { $0.count == rungs }.prefix(3).map(\.id)
            let scores = Array([1, 3, 4, 9].prefix(rungs))
            let most = members.count * scores[rungs - 1]
            keys += [needed("of", list(members)), needed("m", "\(numbers.number(1...most))")] + delays()
            keys.append(needed("scores", "[\(scores.map(String.init).joined(separator: ", "))]"))
            if numbers.chance(1, in: 3) { keys.append(Key(name: "on_bad", text: "trip")) }
        case "VOTE":
            let members = members(4)
            keys += [needed("of", list(members)), needed("m", "\(numbers.number(1...members.count))")] + delays()
            if numbers.chance(1, in: 2) {
                keys.append(Key(name: "on_bad", text: numbers.pick(["drop", "trip", "hold"])))
            }
        case "EXPECT":
            keys += [needed("when", numbers.pick(ids)), pick("within_s", [0.25, 1, 3])] + test()
            keys += delays(["off_delay_s"])
        default: keys += [needed("of", list(members(3))), pick("n", [1, 2, 3]), window()] + delays()
        }
        let takesAge = !["STALE", "DEVIATION", "TWA", "VOTE", "COUNT"].contains(kind)
        if takesAge { keys += maybe("max_age_s", age, in: 3) }
        finish(id, keys, isSilent: numbers.chance(1, in: 5))
    }

    private mutating func finish(_ id: String, _ keys: [Key], isSilent: Bool) {
        let ends = [needed("priority", "LOW")] + (isSilent ? [Key(name: "silent", text: "true")] : [])
        plant.entries.append(PaperPlant.Entry(keys: keys + ends))
        ids.append(id)
        if isSilent { silentIDs.append(id) }
    }

    /// Three silent limits of one point and the ladder over them, sometimes with another silent rule among its levels.
    private mutating func makeLadder(_ id: String) {
        let point = numbers.pick(points)
        var levels: [String] = []
        for (letter, limit) in zip("abc", [5.0, 7.5, 10]) {
            let keys = [needed("id", "\(id)\(letter)"), needed("point", point), needed("kind", "H")]
            finish("\(id)\(letter)", keys + [needed("limit", [limit])] + deadband() + delays(), isSilent: true)
            levels.append("\(id)\(letter)")
        }
        if let extra = silentIDs.dropLast(3).randomElement(using: &numbers), numbers.chance(1, in: 3) {
            levels.insert(extra, at: numbers.number(0...3))
        }
        let keys = [needed("id", id), needed("point", point), needed("kind", "LADDER"), needed("levels", list(levels))]
        finish(id, keys, isSilent: numbers.chance(1, in: 8))
        ladders.append((id, levels.count))
    }

    private mutating func makeDerived(_ name: String) {
        let inputs = points.shuffled(using: &numbers)
        let op = numbers.pick([
            "sum", "difference", "linear", "table", "mean", "counter", "unwrap", "product", "inverse", "min", "max",
            "slope",
        ])
        var keys = [needed("derived", name), needed("op", op)]
        let age = pick("max_age_s", [0.5, 2, 5])
        switch op {
        case "sum", "product", "min", "max": keys += [needed("of", list(inputs.prefix(numbers.number(1...3)))), age]
        case "difference": keys += [needed("of", list(inputs.prefix(2))), age]
        default:
            keys += [needed("of", list(inputs.prefix(1)))]
            if numbers.chance(1, in: 2) { keys.append(Key(name: "max_age_s", text: age.text)) }
        }
        switch op {
        case "linear": keys += maybe("scale", [0.5, -2, 1.5]) + maybe("offset", [-5, 0.25])
        case "table":
            keys += [needed("x", "[0, 2, 4, 8]"), needed("y", numbers.pick(["[0, 1, 5, 10]", "[9, 0, 0, 4]"]))]
        case "mean", "slope": keys.append(window())
        case "inverse": keys.append(pick("floor", [0.25, 1, 4]))
        case "counter": keys += maybe("wrap", [8, 10, 16])
        case "unwrap": keys.append(pick("period", [4, 8, 10]))
        default: break
        }
        plant.entries.append(PaperPlant.Entry(keys: keys))
        points.append(name)
    }

    // MARK: Rows

    private mutating func makeRows() {
        let grid: Int64 = numbers.pick([1, 125, 250, 250, 1000])
        var time: Int64 = 1_704_067_200_000 + Int64(numbers.number(0...100_000))
        let steps = isInTenths ? [-0.7, -0.1, 0, 0, 0.1, 0.3, 1.1] : [-2.5, -1, -0.125, 0, 0, 0.125, 0.5, 1, 2.5]
        var levels = [5.0, 5, 0, 5]
        let manners = levels.map { _ in numbers.number(0...3) }
        for _ in 0..<numbers.number(30...110) {
            let pause = grid == 1 ? Int64(numbers.number(0...900)) : grid * numbers.pick([1, 1, 2, 4])
            if !numbers.chance(2, in: 5) { time += numbers.chance(1, in: 25) ? pause * 12 + 3000 : pause }
            let point = numbers.number(0...3)
            switch manners[point] {
            case 0, 1:
                levels[point] += numbers.pick(steps)
                if levels[point] < -3 || levels[point] > 13 { levels[point] = 5 }
            case 2: levels[point] = numbers.pick([0, 1, 2, 5, 5, 7, 7.5, 9.5, 10])
            default: levels[point] = (levels[point] + numbers.pick([0, 0.5, 1, 3])).truncatingRemainder(dividingBy: 10)
            }
            if isInTenths { levels[point] = (levels[point] * 10).rounded() / 10 }
            let isLate = numbers.chance(1, in: 30)
            let row = PaperPlant.Row(
                time: isLate ? time - grid : time, point: ["A", "B", "C", "D"][point],
                value: Self.text(levels[point]), quality: numbers.chance(1, in: 10) ? "UNCERTAIN" : "GOOD")
            plant.rows.append(spoilt(row))
            if numbers.chance(1, in: 25) { plant.rows.append(row) }
        }
    }

    private mutating func spoilt(_ row: PaperPlant.Row) -> PaperPlant.Row {
        var row = row
        if numbers.chance(1, in: 9) {
            (row.value, row.quality) = numbers.pick(
                [("", "BAD"), ("99", "BAD"), ("-200", "BAD"), ("NaN", "GOOD"), ("inf", "GOOD"), ("fault", "GOOD")]
                    + [("", "GOOD"), ("5", "BAD")])
        } else if hasSpikes, numbers.chance(1, in: 25) {
            row.value = numbers.pick(["1e15", "-1e15", "1000000"])
        }
        return row
    }
}
