import PlantModel
import PlantTime

/// Limits that could never be reached, or never be left again.
extension RuleChecks {
    func checkReach(_ fit: RuleFit) {
        switch fit.rule.kind {
        case .threshold(let threshold): check(threshold, fit)
        case .timeWeightedAverage(let limit, let deadband, _, _):
            checkInside(limit, fit)
            checkLeft(limit, deadband, looksUp: true, fit)
        case .timeTo(let target): checkInside(target.limit, fit)
        case .rateOfChange(let rate): check(rate, fit)
        case .deviation(let other, let limit, let deadband, let turn):
            check(limit, deadband, from: other, turn: turn, fit)
        case .state(let test), .expect(_, _, let test): check(test, fit)
        case .frozen(_, let minSpan, _):
            guard let span = fit.point.range?.span, minSpan >= span else { return }
            findings.error(
                at: fit.entry.location(of: "min_span"),
                "min_span \(fit.asWritten(minSpan)) is as wide as the range of \"\(fit.point.tag)\", "
                    + "\(fit.shownRange ?? ""): every value would be frozen")
        case .badQuality, .stale, .vote, .count, .ladder: break
        }
    }

    // MARK: Values

    private func check(_ threshold: RuleKind.Threshold, _ fit: RuleFit) {
        let range = fit.point.range
        let isClamped = threshold.clampAbove.map { range?.contains($0) ?? false } ?? false
        if let range, isClamped, threshold.limit > range.upperBound { return }
        checkInside(threshold.limit, fit)
        checkLeft(threshold.limit, threshold.deadband, looksUp: threshold.looksUp, fit)
    }

    private func checkInside(_ limit: Double, _ fit: RuleFit) {
        guard let range = fit.point.range, let shown = fit.shownRange, !range.contains(limit) else { return }
        findings.error(
            at: fit.entry.location(of: "limit"),
            "limit \(fit.shownLimit) lies outside the range of \"\(fit.point.tag)\", \(shown): "
                + "it could never be reached")
    }

    /// Whether the range holds a value at which the alarm would clear.
    private func checkLeft(_ limit: Double, _ deadband: Double, looksUp: Bool, _ fit: RuleFit) {
        guard let range = fit.point.range, let shown = fit.shownRange, range.contains(limit) else { return }
        let room = looksUp ? limit - range.lowerBound : range.upperBound - limit
        guard room > 0 else {
            findings.error(
                at: fit.entry.location(of: "limit"),
                "limit \(fit.shownLimit) is met by every value of \"\(fit.point.tag)\", \(shown): it could never clear")
            return
        }
        guard deadband >= room else { return }
        findings.error(
            at: fit.entry.location(of: "deadband"),
            "deadband \(fit.asWritten(deadband)) leaves no value of \"\(fit.point.tag)\", \(shown), at which it could "
                + "clear; less than \(fit.computed(room)) would do")
    }

    // MARK: Differences and rates

    private func check(
        _ limit: Double, _ deadband: Double, from other: String, turn: Double?, _ fit: RuleFit
    ) {
        if limit <= 0 {
            findings.error(
                at: fit.entry.location(of: "limit"),
                "limit \(fit.shownLimit) of DEVIATION is always reached; more than 0 would do")
        } else if deadband >= limit {
            tooWide(deadband, limit, fit)
        }
        guard let other = point(other) else { return }
        if other.unit != fit.point.unit {
            findings.error(
                at: fit.entry.location(of: "other"),
                "other \"\(other.tag)\" is in \(UnitWords.alternative(other.unit)) and \"\(fit.point.tag)\" in "
                    + "\(UnitWords.alternative(fit.point.unit)); a derived point, op linear, in the same unit would do")
        }
        let apart = fit.point.range.flatMap { left in
            other.range.map { max(left.upperBound - $0.lowerBound, $0.upperBound - left.lowerBound) }
        }
        guard let most = [turn.map { $0 / 2 }, apart].compactMap({ $0 }).min(), limit > most else { return }
        findings.error(
            at: fit.entry.location(of: "limit"),
            "limit \(fit.shownLimit) could never be reached: the two are at most \(fit.computed(most)) apart")
    }

    private func check(_ rate: RuleKind.RateLimit, _ fit: RuleFit) {
        if rate.direction == .either, rate.deadband >= rate.limit, rate.limit > 0 {
            tooWide(rate.deadband, rate.limit, fit)
        }
        guard let span = fit.point.range?.span else { return }
        let window: Duration
        switch rate.estimator {
        case .leastSquares(let given), .theilSen(let given): window = given
        case .ewma: return
        }
        // Two rows half a window apart are the least it takes, and the whole range the most that lies between them.
        let steepest = 2 * span / window.seconds
        guard rate.limit > steepest else { return }
        findings.error(
            at: fit.entry.location(of: "limit"),
            "limit \(fit.shownLimit) could never be reached: over \(written(window)) the range of "
                + "\"\(fit.point.tag)\", \(fit.shownRange ?? ""), gives at most \(fit.computed(steepest))")
    }

    private func tooWide(_ deadband: Double, _ limit: Double, _ fit: RuleFit) {
        findings.error(
            at: fit.entry.location(of: "deadband"),
            "deadband \(fit.asWritten(deadband)) is not below the limit, \(fit.shownLimit), and nothing is less than 0: "
                + "it could never clear; less than \(fit.asWritten(limit)) would do")
    }

    // MARK: States

    private func check(_ test: RuleKind.StateTest, _ fit: RuleFit) {
        switch test {
        case .states(let states):
            for state in states {
                let place = fit.entry.location(of: written(state), in: "states")
                if !fit.detail.canShow(state) {
                    let would = fit.detail.shownStates.map { "; \($0) would do" } ?? ""
                    findings.error(
                        at: place, "state \(written(state)) can never be shown by \"\(fit.point.tag)\"\(would)")
                } else if let range = fit.point.range, !range.contains(state) {
                    findings.error(
                        at: place,
                        "state \(written(state)) lies outside the range of \"\(fit.point.tag)\", "
                            + "\(written(range.lowerBound)) to \(written(range.upperBound))")
                }
            }
        case .bit(let bit, _):
            guard let bits = fit.detail.bits, bit >= bits else { return }
            let would = bits == 1 ? "bit 0" : "0 to \(bits - 1)"
            findings.error(
                at: fit.entry.location(of: "bit"),
                "bit \(bit) lies beyond the \(bits) bit\(bits == 1 ? "" : "s") of \"\(fit.point.tag)\"; \(would) would do"
            )
        }
    }
}

extension ClosedRange<Double> {
    var span: Double { upperBound - lowerBound }
}
