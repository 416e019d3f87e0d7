import PlantModel

/// What `hazardctl explain` and `hazardctl probe` say. One table per language; `{name}` stands for what is filled in.
enum DevicePhrase: String, CaseIterable, Sendable {
    // The request plan.
    case endpoint, unit, every, reads, registers, sent, answer, milliseconds, points, cycle, estimated
    case noDevice, refusedPlan, dialsIn, withBackup, deadlines, perCycle, idleClose, forbidden
    // A live device.
    case place, raw, point, value, quality, orders, unsigned, signed, float, payload, topic
    case wrong, nothingWrong, rounds, captured, kept, listening, heard
    case exception, silent, fault, closed, late, uniform, slow, bad, order, still, skew, gap
    case exception1, exception2, exception3, exception4, exception5, exception6, exception10, exception11,
        exceptionOther

    func callAsFunction(_ language: Language, _ values: KeyValuePairs<String, String> = [:]) -> String {
        // A missing entry shows its key rather than nothing; the test keeps it from happening.
        var text = Self.table(language)[self] ?? rawValue
        for (name, value) in values { text.replace("{\(name)}", with: value) }
        return text
    }

    static func table(_ language: Language) -> [DevicePhrase: String] {
        switch language {
        case .chinese: chinese
        case .english: english
        }
    }

    /// What an exception code of the standard means.
    static func exception(_ code: UInt8, _ language: Language) -> String {
        let phrase: DevicePhrase =
            switch code {
            case 1: .exception1
            case 2: .exception2
            case 3: .exception3
            case 4: .exception4
            case 5: .exception5
            case 6: .exception6
            case 10: .exception10
            case 11: .exception11
            default: .exceptionOther
            }
        return phrase(language, ["code": "\(code)"])
    }
}

extension DevicePhrase {
    static let english: [DevicePhrase: String] = [
        .endpoint:
            "endpoint {id} {address}: one connection, {units} device(s), busy {busy} % of its time (70 % is the most)",
        .unit: "{device}, unit {unit}, {profile}",
        .every: "EVERY", .reads: "READS", .registers: "REGISTERS", .sent: "SENT", .answer: "ANSWER",
        .milliseconds: "TIME",
        .points: "POINTS", .cycle: "a second: {requests} requests, {bytes} bytes, {milliseconds} ms",
        .estimated:
            "times are estimated: {request} ms a request, {register} us a register, {pause} ms of pause behind each answer",
        .dialsIn: "dials in to {address}", .withBackup: "{first}, backup {second}",
        .deadlines: "an answer is waited for {floor} to {ceil} ms, a connection {connect} ms",
        .perCycle: "called anew for each cycle: {call} ms a call",
        .idleClose: "closed when idle for {span}: {call} ms a call", .forbidden: "never read: {spans}",
        .noDevice: "the site has no device {device}; it has {known}", .refusedPlan: "{device} cannot be read: {reason}",
        .place: "PLACE", .raw: "RAW", .point: "POINT", .value: "VALUE", .quality: "QUALITY", .orders: "BYTE ORDERS",
        .unsigned: "U16", .signed: "I16", .float: "F32 WITH THE NEXT", .payload: "PAYLOAD", .topic: "TOPIC",
        .wrong: "what looks wrong:", .nothingWrong: "nothing looks wrong", .rounds: "reading {round} of {rounds}",
        .captured: "{lines} lines captured in {file}", .kept: "kept by the broker",
        .listening: "listening to {topic} for {seconds} s", .heard: "{messages} message(s)",
        .exception: "{place}: the device answers exception {code}: {meaning}",
        .silent: "{place}: no answer in time", .fault: "{place}: {fault}",
        .closed: "{place}: the device closed the connection",
        .late: "{place}: behind an answer to an earlier request, which came after its time (--timeout)",
        .uniform: "{place}: every register is {value}; is the device behind the gateway there?",
        .slow: "{place}: the answer took {milliseconds} ms, more than the shortest deadline of {floor} ms",
        .bad: "{point}: {reason}",
        .order: "{point}: order {better} gives {betterValue}, more plausible than {value} in {given}",
        .still: "{point} did not move in {readings} readings, and must",
        .skew: "{point}: its stamp lies {seconds} s from its arrival",
        .gap: "{seconds} s passed without a message; the profile expects one every {period} s",
        .exception1: "it does not know this function; the other table (hr, ir, co, di) would do",
        .exception2: "it has no such address; the base (0 or 1) or the map is another",
        .exception3: "it does not give so many at once; a lower limits.max_regs would do",
        .exception4: "it has failed", .exception5: "it is still busy with the request", .exception6: "it is busy",
        .exception10: "the gateway has no path to the unit",
        .exception11: "the unit behind the gateway does not answer",
        .exceptionOther: "code {code} has no meaning in the standard",
    ]

    static let chinese: [DevicePhrase: String] = [
        .endpoint: "端点 {id} {address}:一个连接,设备 {units} 台,占用时间 {busy} %(上限 70 %)",
        .unit: "{device},站号 {unit},{profile}",
        .every: "周期", .reads: "读取", .registers: "寄存器数", .sent: "发送", .answer: "应答", .milliseconds: "用时",
        .points: "测点", .cycle: "每秒:{requests} 次请求,{bytes} 字节,{milliseconds} 毫秒",
        .estimated: "用时为估计:每次请求 {request} 毫秒,每个寄存器 {register} 微秒,每次应答后停顿 {pause} 毫秒",
        .dialsIn: "主动连到 {address}", .withBackup: "{first},备用 {second}",
        .deadlines: "应答等待 {floor} 至 {ceil} 毫秒,连接等待 {connect} 毫秒",
        .perCycle: "每个周期重新连接:每次 {call} 毫秒", .idleClose: "空闲 {span} 后关闭:每次连接 {call} 毫秒",
        .forbidden: "绝不读取:{spans}",
        .noDevice: "站点没有设备 {device};现有 {known}", .refusedPlan: "{device} 无法读取:{reason}",
        .place: "位置", .raw: "原始字节", .point: "测点", .value: "数值", .quality: "质量", .orders: "各种字节序",
        .unsigned: "U16", .signed: "I16", .float: "与下一寄存器合为 F32", .payload: "内容", .topic: "主题",
        .wrong: "可疑之处:", .nothingWrong: "未见异常", .rounds: "第 {round} 次读取,共 {rounds} 次",
        .captured: "已将 {lines} 行报文写入 {file}", .kept: "服务器保留的旧消息",
        .listening: "监听 {topic},{seconds} 秒", .heard: "{messages} 条消息",
        .exception: "{place}:设备应答异常码 {code}:{meaning}",
        .silent: "{place}:未按时应答", .fault: "{place}:{fault}", .closed: "{place}:设备关闭了连接",
        .late: "{place}:此前先到了一条对更早请求的迟到应答(见 --timeout)",
        .uniform: "{place}:所有寄存器均为 {value};网关后的设备在吗?",
        .slow: "{place}:应答用时 {milliseconds} 毫秒,超过最短时限 {floor} 毫秒",
        .bad: "{point}:{reason}",
        .order: "{point}:按 {better} 为 {betterValue},比按 {given} 的 {value} 更可信",
        .still: "{point} 连续 {readings} 次未变,而它必须变化",
        .skew: "{point}:时间戳与到达时刻相差 {seconds} 秒",
        .gap: "{seconds} 秒没有消息;型号文件预期每 {period} 秒一条",
        .exception1: "不支持此功能码;应换一张表(hr、ir、co、di)",
        .exception2: "没有此地址;地址基数(0 或 1)或点表不对",
        .exception3: "一次不给这么多;应减小 limits.max_regs",
        .exception4: "设备故障", .exception5: "仍在处理该请求", .exception6: "设备忙",
        .exception10: "网关没有到该站号的通路", .exception11: "网关后的站号不应答",
        .exceptionOther: "异常码 {code} 在标准中没有含义",
    ]
}
