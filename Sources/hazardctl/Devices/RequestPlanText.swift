import DeviceMap
import PlantModel
import PlantTime
import SiteProfile

/// How devices are asked: each request with its bytes and milliseconds, from the daemon's own planner.
struct RequestPlanText {
    let language: Language
    /// By device id.
    let profiles: [String: ProfileReference]
    let tag: (PointIndex) -> String

    init(language: Language, profiles: [String: ProfileReference], tag: @escaping (PointIndex) -> String) {
        self.language = language
        self.profiles = profiles
        self.tag = tag
    }

    // MARK: Modbus

    /// - Parameter device: only this one; nil: all.
    func text(_ endpoint: ModbusEndpoint, device: String? = nil) -> String {
        let plans = endpoint.units.map { unit in
            (unit, Result { try ReadPlan(unit: unit, cost: endpoint.planningCost) })
        }
        let blocks = plans.flatMap { (try? $0.1.get().blocks) ?? [] }
        let busy = Admission.utilisation(of: endpoint, blocks: blocks) * 100
        var lines = [
            DevicePhrase.endpoint(
                language,
                [
                    "id": endpoint.id, "address": address(of: endpoint), "units": "\(endpoint.units.count)",
                    "busy": ShownText.number(busy, limit: Admission.utilisationLimit * 100),
                ])
        ]
        lines += conduct(of: endpoint)
        for (unit, plan) in plans where device == nil || unit.device == device {
            lines.append("")
            let values: KeyValuePairs = [
                "device": unit.device, "unit": "\(unit.unit)", "profile": profile(of: unit.device),
            ]
            lines.append(DevicePhrase.unit(language, values))
            if !unit.forbidden.isEmpty {
                let spans = unit.forbidden.map {
                    "\($0.area.word):"
                        + PlaceText.span(RegisterAddress($0.addresses.lowerBound), $0.addresses.count)
                }
                lines.append(DevicePhrase.forbidden(language, ["spans": spans.joined(separator: " ")]))
            }
            do {
                let blocks = try plan.get().blocks
                lines.append(table(blocks, of: unit, endpoint))
                lines.append(cycle(blocks, endpoint))
            } catch {
                let reason = (error as? ReadPlan.Refused)?.text(tag: tag) ?? "\(error)"
                lines.append(DevicePhrase.refusedPlan(language, ["device": unit.device, "reason": reason]))
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Where it is called, or where it calls; `-` where nobody has said.
    private func address(of endpoint: ModbusEndpoint) -> String {
        if let dialIn = endpoint.manners.dialIn {
            return DevicePhrase.dialsIn(language, ["address": PlaceText.address(dialIn.host, dialIn.port)])
        }
        guard !endpoint.host.isEmpty else { return "-" }
        let first = PlaceText.address(endpoint.host, endpoint.port)
        guard let backup = endpoint.manners.backup else { return first }
        let second = PlaceText.address(backup.host, backup.port)
        return DevicePhrase.withBackup(language, ["first": first, "second": second])
    }

    /// What its time is reckoned by, how long is waited for it, and how its connection is kept.
    private func conduct(of endpoint: ModbusEndpoint) -> [String] {
        let cost = endpoint.manners.cost
        var lines = [
            DevicePhrase.estimated(
                language,
                [
                    "request": milliseconds(cost.perRequest),
                    "register": ShownText.number(seconds(cost.perRegister) * 1e6),
                    "pause": milliseconds(endpoint.pauseAfterAnswer),
                ]),
            DevicePhrase.deadlines(
                language,
                [
                    "floor": milliseconds(endpoint.responseFloor), "ceil": milliseconds(endpoint.responseCeiling),
                    "connect": milliseconds(endpoint.connectTimeout),
                ]),
        ]
        if case .closesWhenIdle(let span) = endpoint.manners.session {
            let call = milliseconds(endpoint.callCost)
            lines.append(
                span == .zero
                    ? DevicePhrase.perCycle(language, ["call": call])
                    : DevicePhrase.idleClose(language, ["span": period(span), "call": call]))
        }
        return lines
    }

    private func milliseconds(_ span: Duration) -> String { ShownText.number(seconds(span) * 1e3) }

    private func table(_ blocks: [ReadBlock], of unit: ModbusUnit, _ endpoint: ModbusEndpoint) -> String {
        let columns: [TextTable.Column] = [
            .init(DevicePhrase.every(language)), .init(DevicePhrase.reads(language)),
            .init(DevicePhrase.registers(language), isNumber: true), .init(DevicePhrase.sent(language), isNumber: true),
            .init(DevicePhrase.answer(language), isNumber: true),
            .init(DevicePhrase.milliseconds(language), isNumber: true), .init(DevicePhrase.points(language)),
        ]
        let rows = blocks.map { block in
            let names = block.members.map { place in
                let tag = tag(unit.points[place].point)
                return tag.hasPrefix("\(unit.device).") ? String(tag.dropFirst(unit.device.count + 1)) : tag
            }
            return TextTable.Line([
                period(block.period), "\(block.area.word) \(PlaceText.span(block.start, block.count))",
                "\(block.count)",
                "\(ReadRequest.length) B", "\(AnswerHeader.dataOffset + block.dataBytes) B",
                "\(ShownText.number(seconds(service(block, endpoint)) * 1e3)) ms", names.joined(separator: " "),
            ])
        }
        return TextTable(columns: columns, lines: rows).text()
    }

    private func cycle(_ blocks: [ReadBlock], _ endpoint: ModbusEndpoint) -> String {
        func sum(_ amount: (ReadBlock) -> Double) -> String {
            ShownText.number(blocks.reduce(0) { $0 + amount($1) / seconds($1.period) })
        }
        return DevicePhrase.cycle(
            language,
            [
                "requests": sum { _ in 1 },
                "bytes": sum { Double(ReadRequest.length + AnswerHeader.dataOffset + $0.dataBytes) },
                "milliseconds": sum { seconds(service($0, endpoint)) * 1e3 },
            ])
    }

    private func service(_ block: ReadBlock, _ endpoint: ModbusEndpoint) -> Duration {
        endpoint.planningCost.service(of: block)
    }

    // MARK: Words

    private func profile(of device: String) -> String { profiles[device].map { "\($0.id) (\($0.pin))" } ?? "" }

    private func period(_ span: Duration) -> String {
        let seconds = seconds(span)
        return seconds < 1 ? "\(ShownText.number(seconds * 1e3)) ms" : ShownText.span(seconds: seconds)
    }

    private func seconds(_ span: Duration) -> Double { Double(span.nanoseconds) / 1e9 }
}

/// Addresses as `explain` and `probe` write them.
enum PlaceText {
    static func span(_ start: RegisterAddress, _ count: Int) -> String {
        count == 1 ? "\(start.offset)" : "\(start.offset)-\(Int(start.offset) + count - 1)"
    }

    /// IPv6 in brackets, or its port could not be told from it.
    static func address(_ host: String, _ port: UInt16) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    static func bytes(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.utf8.count == 1 ? "0\(digits)" : digits
        }.joined(separator: " ")
    }
}
