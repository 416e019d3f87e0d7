import SiteProfile
import Testing

/// A sound profile, one part of it changed.
struct ProfileSlip: Sendable, CustomTestStringConvertible {
    let part: String
    let replacement: String
    let line: String

    init(_ part: String, _ replacement: String, _ line: String) {
        self.part = part
        self.replacement = replacement
        self.line = line
    }

    var testDescription: String { line }
}

private let modbus = """
    schema: hazardd.profile/v1
    rev: 1
    class: gas
    name: cell
    source: "[P]"
    access: read_only
    modbus:
      response: {floor: 200ms, ceil: 1500ms}
      limits: {max_regs: 120, max_bits: 1968}
      rates: {fast: 1s}
      snapshots: [[conc, status]]
    points:
      conc: {at: hr:0, type: u16, scale: 0.1, unit: ppm, range: [0, 500], qualified_by: status, rate: fast}
      status: {at: hr:1, type: u16, rate: fast, bits: {2: {name: fault, quality: bad.deviceFault}}}
    """

private let mqtt = """
    schema: hazardd.profile/v1
    rev: 1
    class: slope
    name: station
    source: "[P]"
    mqtt:
      topic: "park/{site}/{device}"
      qos: 1
      expect_period: 10s
      time: {path: $.ts, format: epoch_ms}
    points:
      x: {path: $.x, unit: mm, qualified_by: fix}
      fix: {path: $.fix, words: {fixed: 4, float: 5}, values: {5: uncertain.degraded}}
    derived:
      - {derived: x_mean, op: mean, of: [x], window_s: 60}
    """

private let modbusSlips: [ProfileSlip] = [
    ProfileSlip(
        "rates: {fast: 1s}", "rates: {fast: 1s}\n  tid: sometimes",
        "11:8: error: tid must be one of strict zero ignore, found sometimes"),
    ProfileSlip(
        "rates: {fast: 1s}", "rates: {fast: 1s}\n  unit_echo: none",
        "11:14: error: unit_echo must be one of strict any, found none"),
    ProfileSlip(
        "rates: {fast: 1s}", "rates: {fast: 1s}\n  session: once",
        "11:12: error: session must be keep, per_cycle or {idle_close: 45s}, found once"),
    ProfileSlip(
        "rates: {fast: 1s}", "rates: {fast: 1s}\n  forbidden: [hr:9-3]",
        "11:15: error: forbidden must list addresses such as hr:100 or hr:100-120, found hr:9-3"),
    ProfileSlip(
        "rates: {fast: 1s}", "rates: {fast: 1s}\n  burst: 2s",
        "11:10: error: burst must be shorter than a rate, found 2 s"),
    ProfileSlip(
        "rates: {fast: 1s}", "rates: {fast: 1s}\n  write: [hr:0]",
        "11:3: error: unknown key \"write\"; hazardd never writes to a device"),
    ProfileSlip("schema: hazardd.profile/v1", "schema: v2", "1:9: error: schema must be hazardd.profile/v1, found v2"),
    ProfileSlip("schema: hazardd.profile/v1\n", "", "1:1: error: the file needs \"schema: hazardd.profile/v1\""),
    ProfileSlip("rev: 1", "rev: 0", "2:6: error: rev must lie in 1 to 1000000, found 0"),
    ProfileSlip(
        "class: gas", "class: dust", "3:8: error: class dust must be the name of the file's folder, found gas/cell"),
    ProfileSlip(
        "class: gas", "class: vapour",
        "3:8: error: class must be one of sis gas level crane slope dust electricity other, found vapour"),
    ProfileSlip("source: \"[P]\"\n", "", "1:1: error: a profile needs \"source\""),
    ProfileSlip(
        "access: read_only", "access: read_write",
        "6:9: error: access must be read_only, found read_write; hazardd never writes to a device"),
    ProfileSlip(
        "access: read_only", "write: {fan: co:0}", "6:1: error: unknown key \"write\"; hazardd never writes to a device"
    ),
    ProfileSlip(
        "rate: fast, bits", "writable: true, rate: fast, bits",
        "14:33: error: unknown key \"writable\"; hazardd never writes to a device"),
    ProfileSlip("floor: 200ms", "floor: 2s", "8:31: error: ceil must be at least floor 2 s, found 1.5 s"),
    ProfileSlip(
        "floor: 200ms", "floor: 200", "8:21: error: floor must be a time such as 500ms, 5s, 2m or 24h, found 200"),
    ProfileSlip("max_regs: 120", "max_regs: 126", "9:22: error: max_regs must lie in 1 to 125, found 126"),
    ProfileSlip("{fast: 1s}", "{fast: 0s}", "10:17: error: fast must be more than 0, found 0s"),
    ProfileSlip(
        "[[conc, status]]", "[[conc, state]]", "11:22: error: snapshots name \"state\", and no point here is so"),
    ProfileSlip(
        "at: hr:0", "at: 40001",
        "13:14: error: at must be a table and an address such as hr:0, ir:12, di:5, hr:30.4 or hr:30.high, found 40001; where "
            + "a maker's list counts so, it is hr:0"),
    ProfileSlip(
        "rates: {fast: 1s}", "rates: {fast: 1s}\n  address_base: 1",
        "14:14: error: at must be a table and an address such as hr:1, ir:12, di:5, hr:30.4 or hr:30.high, found hr:0; with "
            + "address_base: 1 the first address is 1 and the last 65536"),
    ProfileSlip(
        "at: hr:0", "at: hr:70000",
        "13:14: error: at must be a table and an address such as hr:0, ir:12, di:5, hr:30.4 or hr:30.high, found hr:70000"
    ),
    ProfileSlip("at: hr:0", "at: di:0", "13:26: error: di holds bits; type bit would do"),
    ProfileSlip(
        "at: hr:0, type: u16", "at: hr:0, type: bit",
        "13:14: error: a bit of a register needs its number, such as hr:30.4"),
    ProfileSlip(
        "type: u16, scale", "type: real, scale",
        "13:26: error: type must be one of bit u8 i8 u16 i16 u24 i24 u32 i32 u64 i64 f16 f32 f64 bcd16 bcd32 bcd64 "
            + "or ascii[1] to ascii[120], found real"),
    ProfileSlip(
        "type: u16, scale", "type: u8, scale",
        "13:14: error: a byte of a register needs its half, such as hr:30.high or hr:30.low"),
    ProfileSlip("at: hr:0", "at: hr:0.high", "13:14: error: only types u8 and i8 have a high or low half"),
    ProfileSlip(
        "type: u16, scale", "type: f32, field: 0-3, scale", "13:38: error: field goes with an unsigned type"),
    ProfileSlip(
        "type: u16, scale", "type: u16, field: 8-16, scale",
        "13:38: error: field must be bits such as 8-11, up to 15, found 8-16"),
    ProfileSlip(
        "scale: 0.1", "map: {two_point: [[4000, 0], [20000, 500], [21000, 510]]}",
        "13:48: error: two_point must be two pairs [raw, value], the second raw number above the first"),
    ProfileSlip(
        "scale: 0.1", "map: {table: [[0, 0], [0, 1]]}",
        "13:44: error: table must have two pairs [raw, value] or more, raw rising from pair to pair"),
    ProfileSlip(
        "scale: 0.1", "scale: 0.1, map: {table: [[0, 0], [9, 1]]}",
        "13:48: error: map stands in place of scale and offset; one of the two must go"),
    ProfileSlip(
        "type: u16, scale: 0.1", "type: \"ascii[8]\", sentinels: [0]", "13:49: error: sentinels go with numbers"),
    ProfileSlip("scale: 0.1", "expect: \"SN 1\"", "13:39: error: expect goes with type ascii[...]"),
    ProfileSlip(
        "scale: 0.1", "words: {on: 1, off: 1}",
        "13:51: error: off is 1, and so is another word; one of the two must go"),
    ProfileSlip(
        "bits: {2: {name: fault, quality: bad.deviceFault}}", "bits: {16: {name: fault, quality: bad.deviceFault}}",
        "14:52: error: bit 16 lies beyond the 16 bits of the point"),
    ProfileSlip(
        "bits: {2: {name: fault, quality: bad.deviceFault}}",
        "bits: {2: {name: conc, role: trip}, 3: {name: fault, quality: bad.deviceFault}}",
        "14:52: error: point \"conc\" is there already; another name would do"),
    ProfileSlip(
        "bits: {2: {name: fault, quality: bad.deviceFault}}",
        "bits: {2: {name: ok, role: healthy, polarity: energised_normal}, 3: {name: fault, quality: bad.deviceFault}}",
        "14:91: error: polarity energised_normal goes with one bit that is a trip, bypass, first_out, fault or test"),
    ProfileSlip(
        "bits: {2: {name: fault, quality: bad.deviceFault}}",
        "bits: {\"0-3\": {name: mode, values: {16: bad.warmUp}}, 5: {name: fault, quality: bad.deviceFault}}",
        "14:81: error: values of bits 0-3 must be 0 to 15, found 16"),
    ProfileSlip(
        "bits: {2: {name: fault, quality: bad.deviceFault}}", "values: {70000: bad.deviceFault}",
        "14:53: error: values must have whole numbers of 16 bits as keys, found 70000"),
    ProfileSlip(
        "type: u16, scale", "type: f32, order: ABBA, scale",
        "13:38: error: order must be a permutation of ABCD, found ABBA"),
    ProfileSlip(
        "type: u16, scale", "type: u16, order: ABCD, scale",
        "13:38: error: order must be a permutation of AB, found ABCD"),
    ProfileSlip(
        "scale: 0.1", "sentinels: [0x10000]",
        "13:43: error: sentinels must be raw patterns of 16 bits such as 0x8000, found 0x10000"),
    ProfileSlip(
        "type: u16, scale: 0.1", "type: f32, sentinels: [0x7FC00000]",
        "13:42: error: sentinels of a float would be raw patterns that look like numbers; a range would do"),
    ProfileSlip("range: [0, 500]", "range: [500, 0]", "13:61: error: range must be [low, high] with low below high"),
    ProfileSlip(
        "qualified_by: status", "qualified_by: health",
        "13:3: error: qualified_by names \"health\", and no point here is so"),
    ProfileSlip(
        "bits: {2: {name: fault, quality: bad.deviceFault}}", "bits: {2: fault}",
        "13:3: error: qualified_by names \"status\", whose bits and values give no quality"),
    ProfileSlip("bits: {2:", "bits: {64:", "14:52: error: bits must have keys 0 to 63, found 64"),
    ProfileSlip(
        "qualified_by: status, rate: fast", "qualified_by: status, rate: slow",
        "13:3: error: rate must be one of fast, found slow"),
    ProfileSlip(
        "unit: ppm", "unit: ppm, role: boss",
        "13:60: error: role must be one of healthy trip bypass first_out fault test state heartbeat, found boss"),
    ProfileSlip("unit: ppm", "unit: ppm, invert: true", "13:62: error: invert goes with type bit"),
    ProfileSlip(
        "  status: {", "  9status: {",
        "14:3: error: point \"9status\" must be named with letters, digits and _, a letter first"),
]

private let mqttSlips: [ProfileSlip] = [
    ProfileSlip(
        "qos: 1", "qos: 0", "8:8: error: qos must be 1, found 0; 0 loses messages and 2 adds nothing to a dedup key"),
    ProfileSlip(
        "park/{site}/{device}", "park/+/{device}",
        "7:10: error: topic must be one topic without wildcards; {site}, {device}, a {name} that the site fills in and a "
            + "level {+name} that varies are known, found park/+/{device}"),
    ProfileSlip("  expect_period: 10s\n", "", "7:3: error: mqtt needs \"expect_period\""),
    ProfileSlip(
        "format: epoch_ms", "format: \"yyyy-MM-dd HH:mm:ss\"",
        "10:30: error: format must be epoch_s epoch_ms epoch_us epoch_ns iso8601, or a pattern with \"zone\" beside it; "
            + "found yyyy-MM-dd HH:mm:ss"),
    ProfileSlip(
        "format: epoch_ms", "format: epoch_ms, zone: east",
        "10:46: error: zone must be an offset such as \"+08:00\", found east"),
    ProfileSlip(
        "path: $.x", "path: d.x",
        "12:13: error: path must be a path such as $.d.moment: offset 0: found \"d\", a path that starts with $ would do"
    ),
    ProfileSlip(
        "words: {fixed", "type: number, words: {fixed",
        "13:28: error: words says what the value is; leaving \"type\" out would do"),
    ProfileSlip("of: [x]", "of: [z]", "15:38: error: of names \"z\", and no point here is so"),
    ProfileSlip("derived: x_mean", "derived: fix", "15:15: error: derived point \"fix\" is a measured point already"),
    ProfileSlip(
        "mqtt:\n", "modbus: {rates: {f: 1s}}\nmqtt:\n",
        "8:3: error: a profile speaks \"modbus\" or \"mqtt\", found both"),
]

@Suite struct `Device profile` {
    @Test func `every shipped profile is sound, and its id is its path and revision`() {
        let (ids, diagnostics) = ProfileFolder.check(installedProfiles)
        #expect(diagnostics == [])
        #expect(
            Set(ids).isSuperset(of: [
                "crane/virtual-crane@1", "dust/virtual-dust-tx@1", "electricity/virtual-elec@1", "gas/virtual-nh3-tx@1",
                "level/virtual-tank@1", "sis/virtual-sis-di@1", "slope/virtual-gnss@1", "gas/honeywell-midas@1",
                "level/eh-tankvision@1", "gas/pemtech-pt495-tenths@1",
            ]))
    }

    @Test func `the profiles that the slips below start from are sound`() throws {
        let folder = try SiteFolder(["gas/cell.yaml": modbus, "slope/station.yaml": mqtt])
        let (ids, diagnostics) = ProfileFolder.check(folder.path)
        #expect(diagnostics == [])
        #expect(ids == ["gas/cell@1", "slope/station@1"])
    }

    @Test(arguments: modbusSlips)
    func `a slip in a Modbus profile is told in one line`(slip: ProfileSlip) throws {
        try expectOneLine(slip, in: modbus, file: "gas/cell.yaml")
    }

    @Test(arguments: mqttSlips)
    func `a slip in an MQTT profile is told in one line`(slip: ProfileSlip) throws {
        try expectOneLine(slip, in: mqtt, file: "slope/station.yaml")
    }

    private func expectOneLine(_ slip: ProfileSlip, in text: String, file: String) throws {
        #expect(text.contains(slip.part))
        let folder = try SiteFolder([file: text.replacing(slip.part, with: slip.replacement, maxReplacements: 1)])
        let (ids, diagnostics) = ProfileFolder.check(folder.path)
        #expect(diagnostics.map(\.description) == ["\(file):\(slip.line)"])
        #expect(ids == [])
    }
}
