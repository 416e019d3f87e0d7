import DeviceMap
import PlantModel
import PlantTesting
import PlantTime
import Testing

@testable import ModbusIntake

extension Play {
    fileprivate mutating func refuse(_ code: UInt8) -> [EndpointSession.Action] { answer { $0.exception = code } }
}

extension [EndpointSession.Action] {
    fileprivate var silences: [QualityReason] {
        compactMap { if case .note(.blockSilent(_, let reason)) = $0 { reason } else { nil } }
    }
    fileprivate var isReadAgain: Bool {
        contains { if case .note(.blockReadAgain) = $0 { true } else { false } }
    }
}

@Suite struct `A block of which nothing comes` {
    /// Two blocks of one unit: 0 and 500 lie too far apart for one request.
    private static let unit = Plant.unit(
        7, [Plant.point(1, at: 0, every: .seconds(1)), Plant.point(2, at: 500, every: .seconds(1))])

    @Test(arguments: [UInt8(5), 6]) func `busy for ever is bad within two periods and a half, and says so once`(
        code: UInt8
    ) throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        _ = play.answer()
        let heardAt = play.now
        var silent: [(at: Duration, QualityReason)] = []
        var spoiledAfter = 0
        while play.now - heardAt < .seconds(60) {
            let actions = play.request == nil ? play.untilNext() : play.refuse(code)
            for reason in actions.silences { silent.append((play.now - heardAt, reason)) }
            if !silent.isEmpty { spoiledAfter += actions.spoiled.count }
            #expect(actions.links.allSatisfy { $0 == "0+" }, "it answers: its link is up")
        }
        #expect(silent.map(\.1) == [.deviceFault])
        #expect(silent.allSatisfy { $0.at == .milliseconds(2500) }, "\(silent)")
        #expect(spoiledAfter > 100, "three tries in each slot go on, and each refusal is a word")
        #expect(play.session.counts.silences == 1)
        while play.request == nil { _ = play.untilNext() }
        let found = play.answer()
        #expect(found.contains(.publish(lane: 0)) && found.isReadAgain)
        _ = play.untilNext()
        #expect(play.answer() == [.publish(lane: 0)], "told once")
    }

    @Test func `busy for two slots is nothing`() throws {
        var play = try Play([gasUnit])
        _ = play.connect()
        _ = play.answer()
        let busyUntil = play.now + .milliseconds(2100)
        var actions: [EndpointSession.Action] = []
        while play.now < busyUntil {
            if play.request == nil { actions += play.untilNext() } else { actions += play.refuse(6) }
        }
        while play.request == nil { actions += play.untilNext() }
        actions += play.answer()
        #expect(actions.spoiled == [] && play.session.counts.silences == 0)
    }

    @Test func `that alone times out while its unit answers is bad, and its neighbour is not`() throws {
        var play = try Play([Self.unit])
        _ = play.connect()
        _ = play.answer()
        _ = play.answer()
        let heardAt = play.now
        var spoiled: [EndpointSession.Action] = []
        while play.now - heardAt < .seconds(30) {
            guard let request = play.request else {
                spoiled += play.untilNext().filter { [$0].spoiled != [] }
                continue
            }
            spoiled += (request.start.offset == 500 ? play.untilNext() : play.answer()).filter { [$0].spoiled != [] }
        }
        #expect(spoiled == [.spoil(lane: 1, .linkDown)])
        #expect(play.session.units[0].link == .up)
    }

    @Test func `that gets no turn on a link without time is stale`() throws {
        let urgent = Plant.unit(8, [Plant.point(3, at: 0, every: .milliseconds(200))], class: .sis, link: 901)
        let patient = Plant.unit(7, [Plant.point(1, at: 0, every: .seconds(1))], class: .dust)
        var play = try Play([urgent, patient])
        _ = play.connect()
        _ = play.answer()
        _ = play.answer()
        var silent: [QualityReason] = []
        let began = play.now
        // Each answer takes a slot of the urgent one: the next is due when it comes.
        while play.now - began < .seconds(20) {
            if play.request == nil { silent += play.untilNext().silences }
            guard play.request != nil else { continue }
            play.now = play.now + .milliseconds(205)
            silent += play.answer().silences
        }
        // Now and then there is time for it after all, and it falls silent again.
        #expect(Set(silent) == [.stale] && silent.count <= 3, "\(silent)")
    }

    @Test func `of a device that calls anew before it answers is bad`() throws {
        var endpoint = Plant.endpoint([gasUnit])
        endpoint.manners.dialIn = LinkManners.DialIn(
            host: "0.0.0.0", port: 9502, registration: Array("PUMP7".utf8))
        var play = try Play(endpoint)
        _ = play.untilNext()
        _ = play.after(.called)
        _ = play.answer()
        let heardAt = play.now
        var spoiled: [QualityReason] = []
        while play.now - heardAt < .seconds(20) {
            spoiled += play.wait(.milliseconds(50)).spoiled
            spoiled += play.after(.called).spoiled
        }
        #expect(spoiled == [.linkDown])
        #expect(play.session.counts.timeouts == 0)
    }

    @Test func `because nobody says where the device is has no link as soon as connecting would have taken too long`()
        throws
    {
        var play = try Play([gasUnit])
        #expect(play.untilNext() == [.resolve])
        let began = play.now
        let actions = play.untilNext()
        #expect(play.now - began == .seconds(2))
        #expect(actions == [.note(.nameAwaited), .spoilUnit(0, .linkDown), .reportLink(unit: 0, isUp: false)])
        #expect(!play.session.hasBegun, "it is not tried yet")
        #expect(play.untilNext().spoiled == [])
        #expect(play.after(.addressFound) == [.connect])
        _ = play.after(.connected)
        #expect(play.answer().links == ["0+"])
    }
}

/// A session, everything that may happen to it in a row of chance, and what each of its points was last told.
private struct ChancePlay {
    enum Conduct: CaseIterable {
        case answers, isBusy, isSilent, isLate, isIll, refuses, hasNoTarget, isForeign, flickers
    }

    var play: Play
    var random: UInt64
    var conducts: [Int: Conduct] = [:]
    var told: [UInt32: (at: PlantInstant, isBad: Bool)] = [:]
    let began: PlantInstant

    init(_ endpoint: ModbusEndpoint, seed: UInt64) throws {
        play = try Play(endpoint)
        random = StableHash.mixed(seed &+ 1)
        began = play.now
    }

    mutating func pick(_ count: Int) -> Int {
        random = StableHash.mixed(random &+ 0x9E37_79B9)
        return Int(random % UInt64(count))
    }

    mutating func step() {
        if pick(60) == 0 { conducts = [:] }
        switch play.session.state {
        case .resolving where pick(4) > 0: tell(.addressFound)
        case .connecting where play.session.endpoint.manners.dialIn != nil:
            if pick(3) > 0 { tell(.called) } else { pass() }
        case .connecting where pick(4) > 0: tell(.connected)
        case .connecting where pick(3) == 0: tell(.lost(.broken(111)))
        case .exchanging: answer()
        case .ready where pick(150) == 0: tell(.lost(.closedByPeer))
        case .resting, .between, .resolving, .connecting, .ready: pass()
        }
    }

    private mutating func answer() {
        guard let entry = play.session.ledger.outstanding, let request = lastRequest else { return pass() }
        if play.session.endpoint.manners.dialIn != nil, pick(6) == 0 { return tell(.called) }
        let place = Int(request.unit) << 16 | Int(request.start.offset)
        if conducts[place] == nil {
            conducts[place] = pick(3) == 0 ? .answers : Conduct.allCases[pick(Conduct.allCases.count)]
        }
        var header = AnswerHeader(answering: request)
        header.transaction = entry.transaction
        play.now = play.now + .milliseconds(Int64(5 + pick(20)))
        switch conducts[place] ?? .answers {
        case .answers: break
        case .isBusy: header.exception = UInt8(5 + pick(2))
        case .isSilent: return pass()
        case .isLate:
            pass()
            if pick(2) == 0 { return }
        case .isIll: header.exception = 4
        case .refuses: header.exception = UInt8(1 + pick(3))
        case .hasNoTarget: header.exception = UInt8(10 + pick(2))
        case .isForeign:
            if pick(10) == 0 { header.unit &+= 1 } else { return pass() }
        case .flickers: if pick(2) == 0 { return pass() }
        }
        tell(.answered(header))
    }

    private var lastRequest: ReadRequest?

    private mutating func pass() { note(play.untilNext()) }
    private mutating func tell(_ event: EndpointSession.Event) { note(play.after(event)) }

    private mutating func note(_ actions: [EndpointSession.Action]) {
        if let request = actions.lastRequest { lastRequest = request }
        func points(ofLane lane: Int) -> [UInt32] {
            let lane = play.session.schedule.lanes[lane]
            return lane.block.members.map { play.session.endpoint.units[lane.unit].points[$0].point.number }
        }
        for action in actions {
            switch action {
            case .publish(let lane): for point in points(ofLane: lane) { told[point] = (play.now, false) }
            case .spoil(let lane, _): for point in points(ofLane: lane) { told[point] = (play.now, true) }
            case .spoilUnit(let unit, _):
                for point in play.session.endpoint.units[unit].points { told[point.point.number] = (play.now, true) }
            default: break
            }
        }
    }

    /// Points that were told nothing for too long, though nobody has said that they are bad.
    var silentPoints: [String] {
        // A connection that is made again in order may take its time-out, a read its own.
        let grace = play.session.endpoint.connectTimeout + .seconds(1)
        return play.session.endpoint.units.flatMap(\.points).compactMap { point in
            let bound = SilenceWatch.patience(period: point.period) + grace
            guard let word = told[point.point.number] else {
                let first = play.session.endpoint.connectTimeout + bound
                return play.now - began > first ? "\(point.point.number) untold" : nil
            }
            return !word.isBad && play.now - word.at > bound ? "\(point.point.number) since \(play.now - word.at)" : nil
        }
    }
}

extension [EndpointSession.Action] {
    fileprivate var lastRequest: ReadRequest? {
        for case .send(let request) in reversed() { return request }
        return nil
    }
}

@Suite struct `Whatever a device does` {
    static let manners: [@Sendable (inout LinkManners) -> Void] = [
        { _ in }, { $0.session = .closesWhenIdle(for: .zero) }, { $0.transactions = .zero },
        { $0.backup = LinkManners.Address(host: "10.0.0.2", port: 503) },
        { $0.dialIn = LinkManners.DialIn(host: "0.0.0.0", port: 9502, registration: Array("PUMP7".utf8)) },
    ]

    @Test(arguments: manners.indices)
    func `no point is for long neither good nor bad`(place: Int) throws {
        let units = [
            Plant.unit(
                1,
                [
                    Plant.point(1, at: 0, every: .seconds(1)), Plant.point(2, at: 1, every: .seconds(1)),
                    Plant.point(3, at: 500, every: .milliseconds(500)),
                ]),
            Plant.unit(2, [Plant.point(4, at: 0, every: .seconds(2))], class: .level, link: 901),
            Plant.unit(3, [Plant.point(5, at: 0, every: .seconds(1))], class: .dust, link: 902),
        ]
        var endpoint = Plant.endpoint(units)
        Self.manners[place](&endpoint.manners)
        for seed in UInt64(0)..<12 {
            var chance = try ChancePlay(endpoint, seed: seed)
            for step in 0..<2000 {
                chance.step()
                let silent = chance.silentPoints
                guard silent.isEmpty else {
                    Issue.record("seed \(seed), step \(step): \(silent) in \(chance.play.session.state)")
                    break
                }
            }
            #expect(chance.told.count == 5)
        }
    }
}
