import PlantModel

/// What `hazardctl test` says. One table per language; `{name}` stands for what is filled in.
enum TestPhrase: String, CaseIterable, Sendable {
    case passed, failed, summary
    // What came instead.
    case stood, outside, came, counted, absent, otherOrder, apart, movedWhileBad, neverHadRow, stepMissing
    case stepInstead, tooMuch, differs, noGolden
    case isActive, isInactive, isPending, isUnknown, level, value, noValue
    // Evidence.
    case time, fromStart, what, number, quality
    case neverJudged, blind
    case onDelay, offDelay, delayEnds, delayPaused, window, windowRows, windowSlope, silence, members, needed
    case missing, extra, changed, moreLines
    case goldenWritten, goldenSame
    // Coverage.
    case coverage, stationRules, gap, neverRaised, neverCleared, neverPaused
    // Mutants.
    case progress, mutants, mutantsNeedPasses, survivor, hunted, chosen, notViable

    func callAsFunction(_ language: Language, _ values: KeyValuePairs<String, String> = [:]) -> String {
        // A missing entry shows its key rather than nothing; the test keeps it from happening.
        var text = Self.table(language)[self] ?? rawValue
        for (name, value) in values { text.replace("{\(name)}", with: value) }
        return text
    }

    static func table(_ language: Language) -> [TestPhrase: String] {
        switch language {
        case .chinese: chinese
        case .english: english
        }
    }
}

extension TestPhrase {
    static let english: [TestPhrase: String] = [
        .passed: "ok", .failed: "FAILED", .summary: "{passed} passed, {failed} failed",
        .stood: "at {time} it is {found}", .outside: "{time} lies outside the time line, {first} to {last}",
        .came: "it came {times} time(s), first {event}", .counted: "{count} came{events}",
        .absent: "{event} never came", .otherOrder: "{second} is not behind {first}",
        .apart: "{event} is {span} from {time}",
        .movedWhileBad: "{event}, while {point} was bad since {since}",
        .neverHadRow: "{event}, and {point} never had a row",
        .stepMissing: "step {number}, {step}, did not come{instead}", .stepInstead: "; instead: {event}",
        .tooMuch: "behind the end of the sequence came {event}",
        .differs: "{missing} missing, {extra} more, {changed} different",
        .noGolden: "no such file: {file}; --update-golden writes it",
        .isActive: "active", .isInactive: "inactive", .isPending: "pending (on-delay runs or is paused)",
        .isUnknown: "unknown (cannot judge)", .level: "level {level}", .value: "value {value}",
        .noValue: "no value yet",
        .time: "TIME", .fromStart: "FROM START", .what: "WHAT", .number: "VALUE", .quality: "QUALITY",
        .neverJudged: "nothing has been judged yet", .blind: "cannot judge: {reason}",
        .onDelay: "on-delay: {served} of {length} s served, {end}",
        .offDelay: "off-delay: {served} of {length} s served, {end}", .delayEnds: "ends at {time}",
        .delayPaused: "paused", .window: "window of {length} s: {parts}", .windowRows: "{rows} rows over {covered} s",
        .windowSlope: "slope {slope} per second", .silence: "silent too long at {time}", .members: "members: {list}",
        .needed: "{count} needed",
        .missing: "missing", .extra: "more", .changed: "found", .moreLines: "... {count} more lines differ",
        .goldenWritten: "written: {file}", .goldenSame: "unchanged: {file}",
        .coverage: "coverage of {rules} rules: {raised} raised, {cleared} cleared, {paused} of {pausable} paused",
        .stationRules: "  {count} rules of the station itself are not counted",
        .gap: "{place}: {rule} {gaps}", .neverRaised: "never raised", .neverCleared: "never cleared",
        .neverPaused: "never paused",
        .progress: "{done} of {total}, {left} left", .mutants: "mutants",
        .mutantsNeedPasses: "mutants are tried when all tests pass",
        .survivor: "{place}: no test noticed {rule} with {change}",
        .hunted: "{tried} mutants: {noticed} noticed, {survived} survived{more}",
        .chosen: "; {tried} of {all}, seed {seed}", .notViable: "; {count} were no valid rules",
    ]

    static let chinese: [TestPhrase: String] = [
        .passed: "通过", .failed: "失败", .summary: "通过 {passed} 项,失败 {failed} 项",
        .stood: "{time} 时为:{found}", .outside: "{time} 不在时间线 {first} 至 {last} 之内",
        .came: "出现 {times} 次,首次为 {event}", .counted: "出现 {count} 次{events}", .absent: "{event} 从未出现",
        .otherOrder: "{second} 不在 {first} 之后", .apart: "{event} 距 {time} 为 {span}",
        .movedWhileBad: "{event},而 {point} 自 {since} 起无效", .neverHadRow: "{event},而 {point} 从无数据",
        .stepMissing: "第 {number} 步 {step} 未出现{instead}", .stepInstead: ";实为:{event}",
        .tooMuch: "序列结束后又出现 {event}", .differs: "缺少 {missing} 行,多出 {extra} 行,不同 {changed} 行",
        .noGolden: "没有此文件:{file};--update-golden 可生成",
        .isActive: "active 报警中", .isInactive: "inactive 未报警", .isPending: "pending 延时中(运行或暂停)",
        .isUnknown: "unknown 无法判定", .level: "第 {level} 级", .value: "数值 {value}", .noValue: "尚无数值",
        .time: "时间", .fromStart: "距起点", .what: "内容", .number: "数值", .quality: "质量",
        .neverJudged: "尚未判定过", .blind: "无法判定:{reason}",
        .onDelay: "报警延时:已计 {served}/{length} 秒,{end}", .offDelay: "恢复延时:已计 {served}/{length} 秒,{end}",
        .delayEnds: "于 {time} 结束", .delayPaused: "暂停中", .window: "窗口 {length} 秒:{parts}",
        .windowRows: "{rows} 行,覆盖 {covered} 秒", .windowSlope: "斜率每秒 {slope}", .silence: "至 {time} 无数据则过期",
        .members: "成员:{list}", .needed: "需 {count} 个",
        .missing: "缺少", .extra: "多出", .changed: "实为", .moreLines: "…… 另有 {count} 行不同",
        .goldenWritten: "已写入:{file}", .goldenSame: "未变:{file}",
        .coverage: "{rules} 条规则的覆盖:报警 {raised},恢复 {cleared},暂停 {paused}/{pausable}",
        .stationRules: "  监测站自身的 {count} 条规则不计", .gap: "{place}:{rule} {gaps}",
        .neverRaised: "从未报警", .neverCleared: "从未恢复", .neverPaused: "从未暂停",
        .progress: "{done}/{total},剩 {left}",
        .mutants: "变异", .mutantsNeedPasses: "全部测试通过后才进行变异测试",
        .survivor: "{place}:{rule} 改为 {change},没有测试发现",
        .hunted: "变异 {tried} 个:发现 {noticed},存活 {survived}{more}", .chosen: ";{all} 个中取 {tried} 个,种子 {seed}",
        .notViable: ";{count} 个不成立",
    ]
}
