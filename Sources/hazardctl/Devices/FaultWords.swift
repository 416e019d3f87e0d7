import DeviceMap
import PlantModel

extension FrameFault {
    /// What is wrong with an answer, and, where a key of the profile or a setting of the gateway may help, what would do.
    func words(_ language: Language) -> String {
        let words = words
        return language == .chinese ? words.chinese : words.english
    }

    private var words: (english: String, chinese: String) {
        switch self {
        case .notModbus:
            (
                "\(rawValue); a serial server that only passes bytes on would do in its mode Modbus/TCP",
                "协议标识不为 0;只透传字节的串口服务器应改为 Modbus/TCP 模式"
            )
        case .lengthOutOfBounds: (rawValue, "长度字段不在 3 至 254 之间")
        case .unknownFunction: (rawValue, "应答的功能码从未请求过")
        case .sizesDisagree: (rawValue, "长度字段与字节数不一致")
        case .unreadable: (rawValue, "报文未能完整取出")
        case .unfinished: (rawValue, "报文中途断掉")
        case .unknownTransaction:
            (
                "\(rawValue); if it numbers its answers in a way of its own, tid: zero or tid: ignore would do",
                "应答的事务号从未发出过;设备若自行编号,型号文件可写 tid: zero 或 tid: ignore"
            )
        case .foreignUnit:
            (
                "\(rawValue); if it answers in a name of its own, unit_echo: any would do",
                "应答来自另一个站号;设备若以自己的站号应答,型号文件可写 unit_echo: any"
            )
        case .foreignFunction: (rawValue, "应答的是另一个功能码")
        case .foreignSize: (rawValue, "应答的长度与请求的不一致")
        }
    }
}
