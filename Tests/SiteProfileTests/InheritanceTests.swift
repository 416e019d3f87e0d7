import DeviceMap
import PlantModel
import SiteProfile
import Testing

/// Profiles that extend each other, channels, and what a site pins.
@Suite struct `A profile that extends another` {
    static let base = """
        schema: hazardd.profile/v1
        rev: 4
        class: level
        name: gauge
        source: the test
        modbus: {limits: {max_regs: 20}, rates: {fast: 1s}, snapshots: [[level, status]]}
        points:
          level: {at: hr:0, type: u16, scale: 0.1, unit: m, qualified_by: status, rate: fast}
          status: {at: hr:1, type: u16, rate: fast, bits: {0: {name: fault, quality: bad.deviceFault}}}
          spare: {at: hr:2, type: u16, rate: fast}
        """
    static func child(_ more: String, extends: String = "level/gauge@4") -> String {
        "schema: hazardd.profile/v1\nrev: 1\nclass: level\nname: child\nsource: the test\nextends: \(extends)\n" + more
    }

    static func read(
        _ child: String, base: String = base, device: String = "profile: level/child@1\nunit: 1"
    ) throws -> (device: LoneDevice?, told: [String]) {
        let folder = try SiteFolder(["level/gauge.yaml": base, "level/child.yaml": child])
        let (read, diagnostics) = LoneDevice.read(device, shown: "device.yaml", profileFolders: [folder.path])
        return (read, diagnostics.map { $0.description.replacing("\(folder.path)/", with: "") })
    }

    @Test func `says only what is different`() throws {
        let child = Self.child(
            "modbus: {rates: {fast: 5s}}\npoints: {level: {scale: 0.01}, spare: ~, extra: {at: hr:3, type: i16, rate: fast}}"
        )
        let (device, told) = try Self.read(child)
        #expect(told == [])
        let unit = try #require(device?.endpoint?.units.first)
        #expect(unit.maxRegisters == 20)
        #expect(unit.points.map(\.address.offset) == [0, 1, 3])
        #expect(unit.points.map(\.period) == [.seconds(5), .seconds(5), .seconds(5)])
        #expect(unit.points[0].scaling == Scaling(scale: 0.01))
        #expect(unit.points[0].statusEffects == [StatusEffect(bit: 0, quality: .bad(.deviceFault))])
    }

    @Test(arguments: [
        (
            child("", extends: "level/gauge@3"),
            "level/child.yaml:6:10: error: profile level/gauge@3 is not here; level/gauge@4 is"
        ),
        (
            child("", extends: "gauge"),
            "level/child.yaml:6:10: error: extends must be <class>/<maker>-<model>@<rev>, found gauge"
        ),
        (
            child("", extends: "level/child@1"),
            "level/child.yaml:6:10: error: profiles extend each other in a circle, or too deep: level/child level/child"
        ),
        (
            child("points: {level: {map: {table: [[0, 0], [9, 1]]}}}"),
            "level/child.yaml:7:23: error: map stands in place of scale and offset; one of the two must go"
        ),
        (
            child("points: {level: {raneg: [0, 1]}}"),
            "level/child.yaml:7:18: error: unknown key \"raneg\"; the keys here are"
        ),
    ])
    func `tells its own mistakes at its own lines`(child: String, line: String) throws {
        let (device, told) = try Self.read(child)
        #expect(device == nil)
        #expect(told.count == 1 && told[0].hasPrefix(line), "\(told)")
    }

    @Test func `has another digest when its base changes`() throws {
        let one = try Self.read(Self.child("")).device?.profile.digest
        let other = try Self.read(Self.child(""), base: Self.base.replacing("0.1", with: "0.2")).device?.profile.digest
        #expect(one?.count == 64 && other?.count == 64 && one != other)
    }
}

@Suite struct `A device with channels` {
    static let profile = """
        schema: hazardd.profile/v1
        rev: 1
        class: level
        name: gateway
        source: the test
        modbus: {rates: {fast: 1s}, snapshots: [[level, status]]}
        points:
          level: {name: {zh-CN: 液位, en: level}, at: hr:100, channels: {first: 1, last: 9, stride: 3}, type: f32, qualified_by: status, rate: fast}
          status: {at: hr:102, channels: {first: 1, last: 9, stride: 3}, type: u16, rate: fast, bits: {0: {name: fault, quality: bad.deviceFault}}}
          health: {at: hr:90, type: u16, rate: fast}
        """
    static func read(_ more: String) throws -> (device: LoneDevice?, told: [String]) {
        let folder = try SiteFolder(["level/gateway.yaml": profile])
        let (read, diagnostics) = LoneDevice.read(
            "profile: level/gateway@1\nunit: 1\n\(more)", shown: "device.yaml", profileFolders: [folder.path])
        return (read, diagnostics.map(\.description))
    }

    @Test func `has the points of the channels in use, each qualified by its own status`() throws {
        let (device, told) = try Self.read("channels: [1, 4]\npoints: {level_4: {range: [0, 9]}}")
        #expect(told == [])
        #expect(
            device?.points.filter { $0.device != nil }.map(\.tag) == [
                "level_1", "level_4", "status_1", "status_4", "health",
            ])
        let points = try #require(device?.endpoint?.units.first?.points)
        #expect(points.map(\.address.offset) == [100, 109, 102, 111, 90])
        #expect(points[0].status == points[2].point && points[1].status == points[3].point)
        #expect(points[1].range == 0...9 && points[0].range == nil)
        #expect(
            points[0].snapshotGroup == points[2].snapshotGroup && points[0].snapshotGroup != points[1].snapshotGroup)
        #expect(device?.points[1].name.english == "level 4")
    }

    @Test(arguments: [
        ("", "profile level/gateway@1 has channels 1 to 9; \"channels\" must list those in use"),
        ("channels: [0]", "channels must lie in 1 to 9, found 0"),
        ("channels: [2, 2]", "channels names 2 twice; once would do"),
        ("channels: 3", "channels must be a list, found 3"),
    ])
    func `says which are in use`(more: String, message: String) throws {
        let (device, told) = try Self.read(more)
        #expect(device == nil)
        #expect(told.count == 1 && told[0].contains(message), "\(told)")
    }
}

@Suite struct `A pinned profile` {
    static func site(_ pins: String) throws -> [String] {
        let site = """
            schema: hazardd.site/v1
            site: {id: t, name: t}
            endpoints: {e: {host: 127.0.0.1, port: 5020}}
            devices: {T: {profile: level/gauge@4, endpoint: e, unit: 1}}
            pins: {\(pins)}
            """
        return try SiteFolder(["site.yaml": site, "profiles/level/gauge.yaml": `A profile that extends another`.base])
            .mistakes
    }

    static var digest: String {
        get throws {
            let folder = try SiteFolder(["level/gauge.yaml": `A profile that extends another`.base])
            return try #require(
                LoneDevice.read("profile: level/gauge@4\nunit: 1", shown: "d", profileFolders: [folder.path]).device?
                    .profile
                    .digest)
        }
    }

    @Test func `of an old revision stays in use from the site's own folder, whatever is installed`() throws {
        let base = `A profile that extends another`.base
        let installed = try SiteFolder(["level/gauge.yaml": base.replacing("rev: 4", with: "rev: 5")])
        let site = """
            schema: hazardd.site/v1
            site: {id: t, name: t}
            endpoints: {e: {host: 127.0.0.1, port: 5020}}
            devices: {T: {profile: level/gauge@4, endpoint: e, unit: 1}}
            """
        func told(_ files: [String: String]) throws -> [String] {
            let folder = try SiteFolder(files)
            return SiteLoader.load(directory: folder.path, profileFolders: [installed.path]).diagnostics.map(
                \.description)
        }
        #expect(
            try told(["site.yaml": site]) == [
                "site.yaml:4:24: error: profile level/gauge@4 is not here; level/gauge@5 is"
            ])
        #expect(try told(["site.yaml": site, "profiles/level/gauge.yaml": base]) == [])
    }

    @Test func `is taken while it is what was approved`() throws {
        #expect(try Self.site("level/gauge@4: \"\(Self.digest)\"") == [])
        #expect(try Self.site("level/gauge@4: \"\(Self.digest.prefix(12))\"") == [])
    }

    @Test func `is refused when it says something else under the same revision`() throws {
        #expect(
            try Self.site("level/gauge@4: \"000000000000\"") == [
                "site.yaml:5:23: error: profile level/gauge@4 is not what was pinned: its digest is \(Self.digest.prefix(12)); "
                    + "a new revision, or this digest after a look at it, would do"
            ])
    }

    @Test func `that no device uses, or that is no digest, is told`() throws {
        #expect(
            try Self.site("level/other@1: \"000000000000\", level/gauge@4: 12") == [
                "site.yaml:5:8: warning: profile level/other@1 is pinned, and no device uses it",
                "site.yaml:5:54: error: a pin is 12 to 64 hexadecimal digits of the profile's digest in quotes, found 12",
            ])
    }
}
