import ArgumentParser
import DeviceMap
import DeviceProbe
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile

/// `hazardctl probe mqtt`: listens at a broker for a while.
struct ProbeMQTTCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mqtt",
        abstract: "Listen at a broker and show payloads, values and what looks wrong. 监听 MQTT 消息。",
        discussion: """
            A bystander with a client id of its own, a clean session and QoS 0: it takes no message away from hazardd and \
            leaves nothing behind. With a profile the payloads of one device become samples, exactly as hazardd and a \
            replay of the capture make them; --topic is then what the site would say, with {+name} where a level varies. \
            Without one each number of a payload is listed with its path. Then what looks wrong: payloads that could \
            not be used, points without a value, stamps far from the arrival, messages that did not come in time.

            Examples:
              hazardctl probe mqtt broker.park --topic 'park/#' --seconds 30
              hazardctl probe mqtt 127.0.0.1:1883 --topic crane/TC-7/rt --profile crane/smarplatform-tda@1 --capture tc7.jsonl
              hazardctl probe mqtt broker.park --ca ca.pem --cert me.pem --key me.key --profile level/acme-edge@1 \\
                --topic 'spBv1.0/plant/{+message}/edge-1/TK-1'

            Exit status: 0 every payload was used, 1 nothing came or something looks wrong, 64 wrong usage, 69 not reached.
            """)

    @Argument(help: "HOST or HOST:PORT (1883, with --ca 8883). 地址") var address: String
    @Option(help: "Topic filter; with a profile the device's topic. 主题") var topic: String
    @Option(help: "How long to listen. 监听秒数") var seconds = 30.0
    @Option(help: "Stop after so many messages. 消息条数上限") var count = 1000
    @Option(help: "User name at the broker. 用户名") var username: String?
    @Option(help: "File with the password. 密码文件", completion: .file()) var passwordFile: String?
    @Option(help: "Authority that signed the broker (PEM): TLS. 证书", completion: .file()) var ca: String?
    @Option(help: "The listener's own certificate (PEM). 客户端证书", completion: .file()) var cert: String?
    @Option(help: "Key of the certificate (PEM). 客户端私钥", completion: .file()) var key: String?
    @OptionGroup var options: ProbeOptions

    func validate() throws {
        guard ProbeOptions.address(address, usualPort: 1883) != nil else {
            throw ValidationError("\(address) is no HOST or HOST:PORT such as 10.1.2.3:1883")
        }
        guard (cert == nil) == (key == nil), cert == nil || ca != nil else {
            throw ValidationError("--cert and --key go together, and need --ca")
        }
        guard passwordFile == nil || username != nil else {
            throw ValidationError("--password-file needs --username")
        }
        guard (0.1...86_400).contains(seconds), (1...1_000_000).contains(count) else {
            throw ValidationError("--seconds is 0.1 to 86400, --count 1 to 1000000")
        }
    }

    func run() throws {
        try Refusal.told {
            let language = options.language
            let device = try options.profile.map {
                try LiveDevice.profile($0, unit: 0, channels: nil, topic: topic, options.folders)
            }
            let filters = device?.broker.map { MessageIntake(link: $0, source: 0).filters.map(\.topic) } ?? [topic]
            let messages = try listen(to: filters, language)
            if let file = options.capture {
                try CaptureFile.write(
                    MessageReport.lines(messages, broker: options.name ?? LoneDevice.broker), to: file, language)
            }
            let report = try MessageReport(messages, device: device, listened: .seconds(seconds), language: language)
            Terminal.answer(report.text)
            if messages.isEmpty || !report.wrong.isEmpty { throw ExitStatus.no.code }
        }
    }

    private func listen(to filters: [String], _ language: Language) throws -> [ProbedMessage] {
        guard let (host, port) = ProbeOptions.address(address, usualPort: ca == nil ? 1883 : 8883) else { return [] }
        let password = try passwordFile.map { file in
            do throws(RecordingMistake) {
                var bytes: [UInt8] = []
                var source = try ByteSource(path: file)
                while try source.read(4096, into: &bytes) {}
                return String(decoding: bytes, as: UTF8.self).trimmingSuffix(while: \.isNewline)
            } catch {
                throw Refusal(.usage, "\(error)")
            }
        }
        Interrupts.note()
        do throws(ProbeFault) {
            return try MessageProbe.listen(
                MessageProbeLink(
                    host: host, port: port, username: username, password: password, certificateAuthority: ca,
                    identity: cert.flatMap { cert in key.map { (cert, $0) } }),
                filters: filters, seconds: seconds, count: count,
                ready: {
                    Terminal.note(
                        DevicePhrase.listening(language, ["topic": topic, "seconds": ShownText.number(seconds)]))
                }, isOver: { Interrupts.wasAsked })
        } catch {
            throw Refusal(.notReached, "\(address): \(error.reason)")
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(while isGone: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, isGone(last) { text = text.dropLast() }
        return String(text)
    }
}
