import PlantModel
import PlantTime

/// Delays, ages and windows against the rows that the point will have.
extension RuleChecks {
    /// Rows of a window above which its memory and its warm-up want a second thought (decisions.md 25).
    private static let rowsMax = 3600

    func checkAge(_ fit: RuleFit) {
        guard !fit.entry.pointReferences.isEmpty else { return }
        guard let maxAge = fit.rule.maxAge else {
            guard fit.point.pointClass.isSafety else { return }
            findings.error(
                at: fit.entry.location,
                "rule on \(fit.point.pointClass.rawValue) point \"\(fit.point.tag)\" needs \"max_age_s\": "
                    + "its silence must not hold the last value")
            return
        }
        if let period = fit.detail.period, maxAge <= period {
            tooYoung(maxAge, period, fit.entry, fit.point.tag)
        }
        guard fit.point.pointClass.isSafety, fit.rule.offDelay >= maxAge else { return }
        findings.error(
            at: fit.entry.location(of: "off_delay_s"),
            "off_delay_s \(written(fit.rule.offDelay)) is not below max_age_s \(written(maxAge)): silence could end the alarm; "
                + "less than \(written(maxAge)) would do")
    }

    private func tooYoung(_ maxAge: Duration, _ period: Duration, _ entry: ParsedEntry, _ tag: String) {
        findings.error(
            at: entry.location(of: "max_age_s"),
            "max_age_s \(written(maxAge)) is not above the \(written(period)) between two rows of \"\(tag)\": it would be "
                + "stale between them; \(written(period * 3)) would do")
    }

    func checkTiming(_ fit: RuleFit) {
        guard let period = fit.detail.period, !fit.entry.pointReferences.isEmpty else { return }
        checkDelays(fit, period)
        switch fit.rule.kind {
        case .rateOfChange(let rate): checkRate(rate, EstimatorReach(estimator: rate.estimator, period: period), fit)
        case .timeTo(let target):
            let reach = EstimatorReach(estimator: target.estimator, period: period)
            guard checkWindow(reach, fit) else { return }
            noteLag(reach, fit)
            guard reach.lag >= target.horizon, target.horizon > .zero else { return }
            findings.warning(
                at: fit.entry.location(of: "horizon_s"),
                "horizon_s \(written(target.horizon)) is not longer than the lag of the slope, \(written(reach.lag)); "
                    + "\(Self.key(reach.estimator)) below \(written(target.horizon * (reach.window / reach.lag))) would do"
            )
        case .timeWeightedAverage(_, _, let window, _):
            checkRows(of: window, period, fit.entry, fit.point.tag, keeps: nil)
        case .frozen(let window, _, _):
            guard window < period * 2 else { return }
            findings.warning(
                at: fit.entry.location(of: "window_s"),
                "window_s \(written(window)) is shorter than two rows of \"\(fit.point.tag)\", one every "
                    + "\(written(period)): one repeated value would do to raise it; \(written(period * 10)) would do")
        case .threshold, .state, .badQuality, .stale, .deviation, .vote, .expect, .count, .ladder: break
        }
    }

    private func checkDelays(_ fit: RuleFit, _ period: Duration) {
        // Staleness is decided by a clock, not by rows.
        if case .stale = fit.rule.kind { return }
        var delays = [("on_delay_s", fit.rule.onDelay), ("off_delay_s", fit.rule.offDelay)]
        if case .expect(_, let within, _) = fit.rule.kind { delays = [("within_s", within), delays[1]] }
        for (key, delay) in delays where delay > .zero && delay < period {
            let zero = key == "within_s" ? "" : "0, or "
            findings.warning(
                at: fit.entry.location(of: key),
                "\(key) \(written(delay)) is shorter than the \(written(period)) between two rows of \"\(fit.point.tag)\": "
                    + "it ends before another row could speak; \(zero)at least \(written(period)) would do")
        }
    }

    // MARK: Slopes

    private func checkRate(_ rate: RuleKind.RateLimit, _ reach: EstimatorReach, _ fit: RuleFit) {
        guard checkWindow(reach, fit) else { return }
        guard let sigma = EstimatorReach.sigma(resolution: fit.detail.resolution, noise: fit.detail.noise) else {
            noteLag(reach, fit)
            // What a derived point is made of may cancel or add up: nobody says how it trembles.
            guard fit.point.device != nil else { return }
            findings.warning(
                at: fit.entry.location(of: "limit"),
                "neither resolution nor noise of \"\(fit.point.tag)\" is declared, so nobody can say whether a limit of "
                    + "\(fit.shownLimit) is lost in them; resolution: or noise: on its point would do")
            return
        }
        let smallest = reach.smallestLimit(sigma: sigma)
        noteLag(reach, fit, smallest: smallest)
        guard rate.limit.magnitude < smallest else { return }
        let key = Self.key(reach.estimator)
        let would =
            rate.limit == 0 ? "" : "; \(key) \(written(reach.enough(for: rate.limit.magnitude, sigma: sigma))) would do"
        findings.error(
            at: fit.entry.location(of: "limit"),
            "limit \(written(fit.rule.written?.value ?? rate.limit)) \(fit.writtenUnit.symbol) is below the smallest usable "
                + "one of \(rounded(fit.conversion.inverseDifference(smallest))) \(fit.writtenUnit.symbol), three sigma of "
                + "the slope over \(key) \(written(Self.span(reach.estimator)))\(would)")
    }

    /// Whether the slope can be known at all, and at what price.
    private func checkWindow(_ reach: EstimatorReach, _ fit: RuleFit) -> Bool {
        if case .ewma = reach.estimator { return true }
        guard reach.window >= reach.period else {
            findings.error(
                at: fit.entry.location(of: "window_s"),
                "window_s \(written(reach.window)) holds fewer than two rows of \"\(fit.point.tag)\", one every "
                    + "\(written(reach.period)): the slope could never be known; \(written(reach.period * 10)) would do"
            )
            return false
        }
        if case .leastSquares = reach.estimator {
            checkRows(
                of: reach.window, reach.period, fit.entry, fit.point.tag, keeps: "method theil_sen, which keeps 64, or "
            )
        }
        return true
    }

    private func checkRows(
        of window: Duration, _ period: Duration, _ entry: ParsedEntry, _ tag: String, keeps other: String?
    ) {
        let rows = EstimatorReach.rows(in: window, every: period)
        guard rows - 1 > Self.rowsMax else { return }
        findings.warning(
            at: entry.location(of: "window_s"),
            "window_s \(written(window)) holds \(rows) rows of \"\(tag)\", one every \(written(period)), more than "
                + "\(Self.rowsMax); \(other ?? "")at most \(written(period * Self.rowsMax)) would do")
    }

    private func noteLag(_ reach: EstimatorReach, _ fit: RuleFit, smallest: Double? = nil) {
        let usable = smallest.map {
            ", smallest usable limit \(rounded(fit.conversion.inverseDifference($0))) \(fit.writtenUnit.symbol)"
        }
        findings.note(
            at: fit.entry.location(of: "kind"),
            "\(fit.rule.id): the slope lags by \(written(reach.lag)), \(reach.rowsKept) "
                + "row\(reach.rowsKept == 1 ? "" : "s") kept\(usable ?? "")")
    }

    private static func key(_ estimator: RuleKind.Estimator) -> String {
        if case .ewma = estimator { "tau_s" } else { "window_s" }
    }

    private static func span(_ estimator: RuleKind.Estimator) -> Duration {
        switch estimator {
        case .leastSquares(let span), .theilSen(let span), .ewma(let span): span
        }
    }

    // MARK: Derived points

    func checkInputs(of derived: DerivedPoint, _ entry: ParsedEntry) {
        let inputs = derived.inputs.compactMap { tag in details[tag].map { (points[$0.index.offset], $0) } }
        for (point, detail) in inputs {
            guard let period = detail.period else { continue }
            if let maxAge = derived.maxAge, maxAge <= period { tooYoung(maxAge, period, entry, point.tag) }
            guard let window = derived.operation.window else { continue }
            if window < period {
                findings.error(
                    at: entry.location(of: "window_s"),
                    "window_s \(written(window)) holds fewer than two rows of \"\(point.tag)\", one every "
                        + "\(written(period)): it could never be known; \(written(period * 10)) would do")
            }
            checkRows(of: window, period, entry, point.tag, keeps: nil)
        }
        if case .product = derived.operation { return }
        guard let first = inputs.first?.0, let other = inputs.map(\.0).first(where: { $0.unit != first.unit }) else {
            return
        }
        findings.error(
            at: entry.location(of: other.tag, in: "of"),
            "of mixes \"\(first.tag)\" in \(UnitWords.alternative(first.unit)) with \"\(other.tag)\" in "
                + "\(UnitWords.alternative(other.unit)); a derived point, op linear, in the same unit would do")
    }
}
