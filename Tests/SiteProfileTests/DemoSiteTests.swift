import DeviceMap
import PlantModel
import PlantTime
import SiteProfile
import Testing

@Suite struct `Demo site` {
    @Test func `is loaded without a mistake and has one device of each class`() throws {
        let result = try SiteFolder.demo().load()
        #expect(result.diagnostics == [])
        let site = try #require(result.site)
        let classes = site.modbus.flatMap(\.units).map(\.pointClass) + site.brokers.flatMap(\.routes).map(\.pointClass)
        #expect(Set(classes) == [.gas, .sis, .level, .dust, .crane, .slope, .electricity])
        #expect(classes.count == 7)
        #expect(site.hash.count == 64)
    }

    @Test func `points stand at their own index and keep name, unit, area and hazard source`() throws {
        let site = try #require(try SiteFolder.demo().load().site)
        #expect(site.description.points.enumerated().allSatisfy { $0.offset == $0.element.index.offset })
        let point = try #require(site.description.point(tagged: "NH3-101.conc"))
        #expect(point.unit.symbol == "ppm")
        #expect(point.range == 0...500)
        #expect(point.staleAfter == .seconds(3))
        #expect(point.pointClass == .gas)
        #expect(point.hazardSource == "AMMONIA-ROOM")
        #expect(point.device == "NH3-101")
        #expect(site.description.point(tagged: "SIS-1.fan_run")?.name.english == "exhaust fan FAN-2 running")
        #expect(site.description.point(tagged: "LT-1203.level")?.range == 0...12)
        #expect(site.description.point(tagged: "SL-1.h")?.staleAfter == .seconds(30))
    }

    @Test func `the ammonia transmitter is read as its profile says`() throws {
        let site = try #require(try SiteFolder.demo().load().site)
        let endpoint = try #require(site.modbus.first { $0.id == "nh3" })
        #expect(endpoint.host == "127.0.0.1")
        #expect(endpoint.port == 40001)
        let unit = try #require(endpoint.units.first)
        let concentration = try #require(unit.points.first)
        let status = try #require(site.description.point(tagged: "NH3-101.status"))
        #expect(concentration.area == .holdingRegister)
        #expect(concentration.address == RegisterAddress(0))
        #expect(concentration.type == .unsigned16)
        #expect(concentration.scaling == Scaling(scale: 0.1))
        #expect(concentration.sentinels == [0xFFFF])
        #expect(concentration.clampAbove == 490)
        #expect(concentration.status == status.index)
        #expect(
            concentration.statusEffects == [
                StatusEffect(bit: 2, quality: .bad(.deviceFault)), StatusEffect(bit: 3, quality: .bad(.warmUp)),
                StatusEffect(bit: 4, quality: .bad(.calibrating)),
            ])
        #expect(concentration.period == .seconds(1))
        #expect(concentration.snapshotGroup == 0)
        #expect(unit.linkPoint == site.systemPoints.links["NH3-101"])
    }

    @Test func `a tripped loop and a broken wire both read 1 = tripped`() throws {
        let site = try #require(try SiteFolder.demo().load().site)
        let unit = try #require(site.modbus.first { $0.id == "sis" }?.units.first)
        let tripped = try #require(unit.points.first { $0.address == RegisterAddress(1) && $0.area == .discreteInput })
        #expect(tripped.scaling == Scaling(scale: -1, offset: 1))
    }

    @Test func `topics carry the site's and the device's names`() throws {
        let site = try #require(try SiteFolder.demo().load().site)
        let broker = try #require(site.brokers.first)
        #expect(
            broker.routes.map(\.topic) == [
                "park/demo/crane/TC-1/telemetry", "park/demo/slope/SL-1/gnss", "park/demo/elec/EM-1/telemetry",
            ])
        #expect(broker.routes.map(\.expectedPeriod) == [.seconds(2), .seconds(10), .seconds(5)])
        #expect(broker.routes[0].stamp?.format == .iso8601)
        #expect(broker.routes[0].sequencePath?.text == "$.seq")
        let height = try #require(broker.routes[1].points.first { $0.path.text == "$.h_mm" })
        #expect(height.statusValues == [0: .bad(.deviceFault), 1: .bad(.deviceFault), 5: .uncertain(.degraded)])
        #expect(broker.linkPoint == site.systemPoints.links["park"])
        #expect(broker.quarantinePoint == site.systemPoints.quarantines["park"])
    }

    @Test(arguments: [
        (
            "TC-1", 10,
            #"{"ts":"2026-11-24T08:30:00.000+08:00","seq":1,"load_t":2.4,"rated_t":3.0,"radius_m":38.5,"height_m":42.1,"#
                + #""slew_deg":127.4,"wind_ms":8.2,"tilt_deg":[0.05,-0.03],"moment_pct":83,"alarms":0,"peer":null}"#
        ),
        (
            "SL-1", 8,
            #"{"ts":1795480200000,"x_mm":12.4,"y_mm":-3.1,"h_mm":-8.0,"fix":"fixed","sat":21,"sigma_mm":[2.1,2.0,4.3]}"#
        ),
        (
            "EM-1", 11,
            #"{"ts":1795480200000,"leak_ma":[86],"temp_c":[41.2,40.8,42.0],"u_v":[231.2,230.8,232.0],"#
                + #""i_a":[12.1,11.8,12.4],"arc":0}"#
        ),
    ])
    func `the payloads that its README shows are good samples of every point`(
        device: String, points: Int, payload: String
    ) throws {
        let site = try #require(try SiteFolder.demo().load().site)
        let route = try #require(site.brokers.first?.routes.first { $0.device == device })
        let arrival = PayloadArrival(
            instant: PlantInstant(milliseconds: 1_795_480_200_100), wall: WallTime(milliseconds: 1_795_480_200_100))
        let decoded = try PayloadDecoder(route: route).decode(Array(payload.utf8), arrival: arrival)
        #expect(decoded.samples.count == points)
        #expect(decoded.samples.allSatisfy { $0.quality == .good })
        #expect(decoded.stamp == .device)
    }

    @Test func `rules inherit the age and the clamp of their points`() throws {
        let site = try #require(try SiteFolder.demo().load().site)
        let level2 = try #require(site.rules.rules.first { $0.id == "NH3-101.L2" })
        #expect(level2.maxAge == .seconds(3))
        #expect(level2.kind == .threshold(.init(level: .HH, limit: 50, deadband: 5, clampAbove: 490)))
        let stale = try #require(site.rules.rules.first { $0.id == "NH3-101.STALE" })
        #expect(stale.maxAge == .seconds(5))
    }

    @Test func `every rule has bilingual guidance, a basis and an approver`() throws {
        let site = try #require(try SiteFolder.demo().load().site)
        for rule in site.rules.rules {
            #expect(rule.guidance.action.chinese?.isEmpty == false, "\(rule.id)")
            #expect(rule.guidance.action.english?.isEmpty == false, "\(rule.id)")
            #expect(rule.name.chinese?.isEmpty == false && rule.name.english?.isEmpty == false, "\(rule.id)")
            #expect(rule.basis?.isEmpty == false && rule.approvedBy?.isEmpty == false, "\(rule.id)")
        }
    }

    @Test func `the fan is expected after level 2, which stands above it`() throws {
        let site = try #require(try SiteFolder.demo().load().site)
        let ids = site.rules.rules.map(\.id)
        let level2 = try #require(ids.firstIndex(of: "NH3-101.L2"))
        let fan = try #require(ids.firstIndex(of: "NH3-101.FAN"))
        #expect(level2 < fan)
        #expect(
            site.rules.rules[fan].kind
                == .expect(when: "NH3-101.L2", within: .seconds(10), .states([1])))
    }

    @Test func `the station watches itself: links, brokers and a fixed list, each with a shipped rule`() throws {
        let site = try #require(try SiteFolder.demo().load().site)
        #expect(
            Set(site.systemPoints.links.keys)
                == ["NH3-101", "SIS-1", "LT-1203", "DUST-201", "TC-1", "SL-1", "EM-1", "park"])
        #expect(Set(site.systemPoints.station.keys) == Set(StationPoint.allCases))
        let rules = site.rules.rules.filter { $0.id.hasPrefix("sys.") }
        #expect(rules.count == 8 + 3 + StationPoint.allCases.count)
        let down = try #require(rules.first { $0.id == "sys.NH3-101.link.DOWN" })
        #expect(down.kind == .state(.states([0])))
        #expect(down.onDelay == .seconds(3))
        #expect(down.priority == .high)
        let tags = Set(site.description.points.map(\.tag))
        #expect(rules.allSatisfy { tags.contains($0.point) })
    }

    @Test func `a shipped rule can be delayed by the site`() throws {
        let folder = try SiteFolder.demo(["site.d/z.yaml": "system_rules: {sys.EM-1.link.DOWN: {on_delay_s: 20}}"])
        let result = folder.load()
        #expect(result.diagnostics == [])
        let down = result.site?.rules.rules.first { $0.id == "sys.EM-1.link.DOWN" }
        #expect(down?.onDelay == .seconds(20))
    }

    @Test func `without addresses it can be checked, but not started`() throws {
        let folder = try SiteFolder.demo(["site.d/ports.yaml": "endpoints: {}"])
        let wanting = folder.load()
        #expect(wanting.site == nil)
        #expect(wanting.diagnostics.errorCount == 7)
        #expect(
            wanting.diagnostics.map(\.description).contains(
                "site.yaml:17:8: error: endpoint \"nh3\" has no \"host\"; site.yaml or a file in site.d would do"))
        let checked = folder.load(addresses: .mayBeMissing)
        #expect(checked.diagnostics.errorCount == 0)
        #expect(checked.diagnostics.warningCount == 7)
    }

    @Test func `the hash follows every byte of every file`() throws {
        let first = try SiteFolder.demo().load().site?.hash
        let same = try SiteFolder.demo().load().site?.hash
        let other = try SiteFolder.demo(["site.d/z.yaml": "console: {insecure: false}"]).load().site?.hash
        #expect(first != nil)
        #expect(first == same)
        #expect(first != other)
    }
}
