package import PlantModel

/// What the station says of itself: points that the wiring publishes and shipped rules judge, in the same life cycle as
/// every alarm of the plant (house.md, self-watch). They can be delayed, not deleted.
package enum StationPoint: String, Sendable, CaseIterable {
    // Each is 1 while it is so, and 0 else.
    case historyOverrun = "sys.history.overrun"
    case inputDropped = "sys.input.dropped"
    case deliveryFailing = "sys.delivery.failing"
    case platformFailing = "sys.platform.failing"
    case journalSuspect = "sys.journal.suspect"
    case clockStep = "sys.clock.step"
    case sourceClock = "sys.source.clock"

    package var tag: String { rawValue }
}

/// The numbers of the station's own points.
package struct SystemPoints: Sendable, Equatable {
    /// `sys.<id>.link` of each device and broker: 1 up, 0 down.
    package var links: [String: PointIndex] = [:]
    /// `sys.<broker>.quarantined`: payloads of the last ten minutes that could not be used.
    package var quarantines: [String: PointIndex] = [:]
    /// `sys.<broker>.dropped`: messages of the last ten minutes that the broker says it dropped.
    package var drops: [String: PointIndex] = [:]
    /// `sys.<broker>.gaps`: times of the last ten minutes that a device's own numbers skipped some.
    package var gaps: [String: PointIndex] = [:]
    /// One for each ``StationPoint``.
    package var station: [StationPoint: PointIndex] = [:]

    package subscript(_ point: StationPoint) -> PointIndex? { station[point] }
}

/// The table of shipped rules: names, priorities, delays and guidance in both languages.
enum SystemRules {
    struct Row {
        var word: String
        var kind: RuleKind
        var onDelay: Duration
        var priority: Priority
        var name: BilingualText
        var guidance: Guidance
    }

    private static func text(_ chinese: String, _ english: String) -> BilingualText {
        BilingualText(chinese: chinese, english: english)
    }

    static func name(of point: StationPoint) -> BilingualText {
        switch point {
        case .historyOverrun: text("输入日志漏记", "input log overrun")
        case .inputDropped: text("输入丢弃", "inputs dropped")
        case .deliveryFailing: text("通知发送失败", "notifications failing")
        case .platformFailing: text("平台上报失败", "platform uplink failing")
        case .journalSuspect: text("报警日志存疑", "journal suspect")
        case .clockStep: text("主机时钟跳变", "host clock stepped")
        case .sourceClock: text("设备时钟倒退", "a device's clock jumped back")
        }
    }

    static func linkName(_ id: String) -> BilingualText { text("\(id) 通讯", "link of \(id)") }
    static func quarantineName(_ id: String) -> BilingualText { text("\(id) 无法解析的报文", "unusable payloads of \(id)") }

    static func dropName(_ id: String) -> BilingualText { text("\(id) 丢弃的消息", "messages dropped by \(id)") }

    static func gapName(_ id: String) -> BilingualText { text("\(id) 消息序号缺口", "gaps in messages of \(id)") }

    /// `sys.<id>.link.DOWN`. SIS and gas are high, for their silence hides the worst.
    static func linkDown(_ id: String, isSafety: Bool, isBroker: Bool) -> Row {
        Row(
            word: "DOWN", kind: .state(.states([0])), onDelay: .seconds(3), priority: isSafety ? .high : .medium,
            name: text("\(id) 通讯中断", "link of \(id) is down"),
            guidance: Guidance(
                cause: isBroker
                    ? text("消息服务器停止、网络中断或证书失效", "the broker stopped, the network is down or a certificate has ended")
                    : text("设备断电、网络中断或地址错误", "the device has no power, the network is down or its address is wrong"),
                consequence: text("其后的测点不可见", "the points behind it are not seen"),
                action: text(
                    "检查供电、网络与设备；期间安排人工巡检", "check power, network and device; have the place watched by people meanwhile"
                ),
                respondWithinSeconds: isSafety ? 300 : 900))
    }

    /// `sys.<broker>.quarantined.H`.
    static let quarantined = Row(
        word: "H", kind: .threshold(.init(level: .H, limit: 1)), onDelay: .zero, priority: .medium,
        name: text("有报文无法解析", "payloads could not be used"),
        guidance: Guidance(
            cause: text("设备固件或配置与档案不符", "a device's firmware or settings do not match its profile"),
            consequence: text("相应测点缺数", "values of that device are missing"),
            action: text(
                "查看隔离区中的报文与原因，核对设备档案", "look at the quarantined payloads and their reasons; check the profile"),
            respondWithinSeconds: 3600))

    /// `sys.<broker>.dropped.H`: high, for an excursion may have been among them.
    static let dropped = Row(
        word: "H", kind: .threshold(.init(level: .H, limit: 1)), onDelay: .zero, priority: .high,
        name: text("消息服务器丢弃消息", "the broker dropped messages"),
        guidance: Guidance(
            cause: text("服务器排队已满（max_queued_messages）", "the broker's queue was full (max_queued_messages)"),
            consequence: text("可能有测量值未送达", "measurements may never have arrived"),
            action: text(
                "查看现场当前值；检查 hazardd 是否落后；放宽服务器限值",
                "look at the present values; see whether hazardd is behind; raise the broker's limits"),
            respondWithinSeconds: 900))

    /// `sys.<broker>.gaps.H`: low, to be in the journal; what was lost is not known, and the next value has come.
    static let gaps = Row(
        word: "H", kind: .threshold(.init(level: .H, limit: 1)), onDelay: .zero, priority: .low,
        name: text("设备消息序号不连续", "messages of a device are missing"),
        guidance: Guidance(
            cause: text(
                "网络丢包、设备以 QoS 0 发布或服务器重启",
                "a network that loses, a device that publishes at QoS 0, a broker that restarted"),
            consequence: text("缺少的消息中可能有测量值", "measurements may have been in what is missing"),
            action: text(
                "核对趋势；令设备以 QoS 1 发布；检查网络", "look at the trend; have the device publish at QoS 1; check the network"),
            respondWithinSeconds: 28_800))

    static func row(of point: StationPoint) -> Row {
        func row(
            _ word: String, _ priority: Priority, onDelay: Duration = .zero, cause: BilingualText,
            consequence: BilingualText, action: BilingualText, within seconds: Int
        ) -> Row {
            Row(
                word: word, kind: .state(.states([1])), onDelay: onDelay, priority: priority, name: name(of: point),
                guidance: Guidance(
                    cause: cause, consequence: consequence, action: action, respondWithinSeconds: seconds))
        }
        switch point {
        case .historyOverrun:
            return row(
                "OVERRUN", .high, cause: text("磁盘过慢或故障", "the disk is slow or failing"),
                consequence: text("重启与回放缺少这段输入", "restart and replay miss this stretch of inputs"),
                action: text("检查磁盘空间与速度", "check the disk's space and speed"), within: 900)
        case .inputDropped:
            return row(
                "DROPPED", .high, cause: text("输入超过处理能力", "more inputs than can be judged"),
                consequence: text("部分采样未参与判断", "some samples were not judged"),
                action: text("查找异常高频的设备；检查主机负载", "find the device that sends too much; check the host's load"),
                within: 600)
        case .deliveryFailing:
            return row(
                "FAILING", .high, onDelay: .seconds(30),
                cause: text("通知服务不可达或拒绝", "the notification service is not reached, or refuses"),
                consequence: text("值班人员可能收不到报警", "the officer on duty may not be told"),
                action: text("改用电话通知；检查网络与通道配置", "tell people by telephone; check network and channel"),
                within: 300)
        case .platformFailing:
            return row(
                "FAILING", .medium, onDelay: .seconds(30),
                cause: text("应急平台不可达或拒绝", "the emergency platform is not reached, or refuses"),
                consequence: text("上级平台看不到报警；记录不会丢失", "the platform does not see the alarms; no record is lost"),
                action: text("电话上报重大报警；检查网络与证书", "report grave alarms by telephone; check network and certificate"),
                within: 900)
        case .journalSuspect:
            return row(
                "SUSPECT", .high, cause: text("日志文件损坏或被改动", "the journal was damaged or altered"),
                consequence: text("历史记录不完整；监测仍在继续", "the record is not whole; the watch goes on"),
                action: text(
                    "保留原文件，运行 hazardctl journal verify，通知管理员",
                    "keep the file; run hazardctl journal verify; tell the administrator"),
                within: 1800)
        case .clockStep:
            return row(
                "STEP", .medium, cause: text("主机时钟被调整", "the host's clock was set"),
                consequence: text("显示时间跳变；延时与判断不受影响", "shown times jump; delays and judgement are not touched"),
                action: text("检查时间同步", "check the time service"), within: 3600)
        case .sourceClock:
            return row(
                "STEP", .medium, cause: text("设备时钟被调整或失准", "a device's clock was set, or runs wrong"),
                consequence: text(
                    "该设备的测点改按新时间判断,趋势窗口重新开始",
                    "its points are judged by the new time; their windows start anew"),
                action: text("检查设备的时间同步", "check the device's time service"), within: 3600)
        }
    }

    static func rule(_ row: Row, tag: String, onDelay: Duration?, location: SourceLocation) -> Rule {
        Rule(
            id: "\(tag).\(row.word)", point: tag, kind: row.kind, onDelay: onDelay ?? row.onDelay,
            priority: row.priority, name: row.name, guidance: row.guidance, basis: "shipped with hazardd",
            approvedBy: "hazardd", location: location)
    }
}
