package import PlantModel

/// The words of a comparison, in both languages: one table for the text and the page.
package enum CompareWord: String, CaseIterable, Sendable {
    case title, oldRules, newRules, recording, rows, from, to, partial
    case verdictSame, verdictDiffers, pairingNote
    case added, gone, earlier, later, otherLength, otherLevel, same
    case figures, figure, old, new, change, target
    case raises, perHour, perDay, peakFixed, peakSliding, crowdedBins, floods, floodTime, floodShare
    case chattering, chatteringRules, fleeting, standing, activeAtEnd, busiestShare, priorityMix
    case busiest, rule, point, priority, alarms, ruleChange, onlyOld, onlyNew
    case changedRules, noChangedRules, silentChanges, differences, moreDifferences, what, when, lasted, stillActive
    case ratePlot, rateNote, floodLimit, wholeLine, closeUp, signal, setpoint, deadband, badQuality, moreRules
    case tooLong, morePlots, legend, definitions, definitionsText, madeBy, cleared, raised, level, judgedValue

    package func text(_ language: BilingualText.Language) -> String {
        let words = Self.table[self]
        return language == .chinese ? words?.1 ?? rawValue : words?.0 ?? rawValue
    }

    /// With `{name}` filled in.
    package func text(_ language: BilingualText.Language, _ values: KeyValuePairs<String, String>) -> String {
        var text = text(language)
        for (name, value) in values { text.replace("{\(name)}", with: value) }
        return text
    }

    static let table: [CompareWord: (String, String)] = [
        .title: ("Rule comparison", "规则对比"), .oldRules: ("Old rules", "旧规则"), .newRules: ("New rules", "新规则"),
        .recording: ("Recording", "记录"), .rows: ("{rows} rows", "{rows} 行"), .from: ("from", "起"), .to: ("to", "止"),
        .partial: (
            "PARTIAL: stopped before the end of the recording; everything here is true up to {time} only",
            "不完整:在记录结束前中止;以下内容仅截至 {time} 有效"
        ),
        .verdictSame: ("No alarm changes: the new rules say what the old ones said", "报警无变化:新规则与旧规则结果一致"),
        .verdictDiffers: ("Alarms change", "报警有变化"),
        .pairingNote: (
            "An old and a new alarm of one rule id are taken for the same if they overlap in time, the longest overlap "
                + "first, or else if their raises lie at most {minutes} min apart, the nearest first. One stands for one: "
                + "where three alarms become one, two are gone.",
            "同一规则编号的新旧报警:时间上重叠者视为同一报警(重叠最长者优先);否则触发时刻相差不超过 {minutes} 分钟者视为同一报警(最近者优先)。"
                + "一对一配对:三次报警合并为一次时,其余两次计为消失。"
        ),
        .added: ("added", "新增"), .gone: ("gone", "消失"), .earlier: ("earlier", "提前"), .later: ("later", "推迟"),
        .otherLength: ("other length", "时长改变"), .otherLevel: ("other level", "级别改变"), .same: ("as before", "不变"),
        .figures: ("What it asks of the desk", "对值班岗位的要求"), .figure: ("FIGURE", "指标"), .old: ("OLD", "旧"),
        .new: ("NEW", "新"), .change: ("CHANGE", "变化"), .target: ("TARGET", "目标"),
        .raises: ("alarms", "报警次数"), .perHour: ("alarms per hour", "每小时报警数"), .perDay: ("alarms per day", "每天报警数"),
        .peakFixed: ("most in a fixed 10 min", "固定 10 分钟最多"), .peakSliding: ("most in any 10 min", "任意 10 分钟最多"),
        .crowdedBins: ("10 min above {limit} alarms", "超过 {limit} 次的 10 分钟占比"), .floods: ("floods", "报警泛滥次数"),
        .floodTime: ("time in flood", "泛滥时长"), .floodShare: ("share of time in flood", "泛滥时间占比"),
        .chattering: ("chattering spells", "反复报警(抖动)次数"), .chatteringRules: ("rules that chatter", "抖动规则数"),
        .fleeting: ("fleeting alarms", "瞬时报警"), .standing: ("standing over 24 h", "持续超过 24 小时"),
        .activeAtEnd: ("active at the end", "结束时仍报警"), .busiestShare: ("share of the ten busiest", "最频繁十条占比"),
        .priorityMix: ("of these", "其中"),
        .busiest: ("Ten busiest rules", "最频繁的十条规则"), .rule: ("RULE", "规则"), .point: ("POINT", "测点"),
        .priority: ("PRIORITY", "优先级"), .alarms: ("ALARMS", "报警"), .ruleChange: ("CHANGE OF THE RULE", "规则的修改"),
        .onlyOld: ("dropped", "已删除"), .onlyNew: ("newly made", "新建"),
        .changedRules: ("Rules whose alarms change", "报警有变化的规则"), .noChangedRules: ("none", "无"),
        .silentChanges: ("Rules changed without any alarm changing", "已修改但报警无变化的规则"),
        .differences: ("Alarms that change", "有变化的报警"),
        .moreDifferences: ("{count} more are in the JSON file (--json)", "另有 {count} 条,见 JSON 文件(--json)"),
        .what: ("WHAT", "变化"), .when: ("RAISED", "触发"), .lasted: ("lasted", "持续"),
        .stillActive: ("still active", "仍报警"),
        .ratePlot: ("Alarms per 10 minutes", "每 10 分钟报警数"),
        .rateNote: ("fullest ten minutes of each column", "每列取其中最多的 10 分钟"),
        .floodLimit: ("more than {limit}: a flood", "超过 {limit}:报警泛滥"), .wholeLine: ("whole recording", "整段记录"),
        .closeUp: ("around the difference", "变化前后"), .signal: ("judged signal", "判断信号"),
        .setpoint: ("set-point", "设定值"),
        .deadband: ("deadband", "死区"), .badQuality: ("bad quality", "质量坏"),
        .moreRules: (
            "{count} more rules change; they are in the JSON file (--json)", "另有 {count} 条规则有变化,见 JSON 文件(--json)"
        ),
        .tooLong: ("{count} more of this rule", "本规则另有 {count} 条"),
        .morePlots: ("{count} more stretches of this rule differ", "本规则另有 {count} 段变化"), .legend: ("Legend", "图例"),
        .definitions: ("What the words mean", "术语含义"),
        .definitionsText: (
            "Flood: starts with more than {flood} alarms in 10 min, ends below {calm}. Chattering: one rule {chatter} times "
                + "within {chatterSeconds} s. Fleeting: raised and cleared within {fleeting} s. Standing: active for more than "
                + "24 h. Targets are those of EEMUA 191 and ISA-18.2 as commonly quoted; they are per duty position.",
            "泛滥:10 分钟内超过 {flood} 次开始,低于 {calm} 次结束。抖动:同一规则在 {chatterSeconds} 秒内报警 {chatter} 次。"
                + "瞬时:触发后 {fleeting} 秒内消除。持续:超过 24 小时未消除。目标值为 EEMUA 191 与 ISA-18.2 的常用数值,按每个值班岗位计。"
        ),
        .madeBy: ("Made by hazardctl replay --compare", "由 hazardctl replay --compare 生成"),
        .cleared: ("cleared", "消除"), .raised: ("raised", "触发"), .level: ("level", "级"),
        .judgedValue: ("value", "数值"),
    ]
}
