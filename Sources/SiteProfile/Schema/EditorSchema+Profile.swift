import DeviceMap
import PlantModel

extension EditorSchema {
    static let classes = Point.Class.allCases.filter { $0 != .system }.map(\.rawValue)

    static var profileNode: SchemaNode {
        .object(
            name: "profile",
            [
                ("schema", .constant(ProfileReader.schema)), ("rev", .integer(1...1_000_000)),
                ("class", .words(classes)),
                ("name", .bilingual), ("source", .text), ("flag", .sources), ("access", .constant("read_only")),
                ("extends", .text), ("modbus", modbusNode), ("mqtt", mqttNode),
                ("points", .map(.either([pointNode, .nothing]))), ("derived", .list(.either(derivedNodes))),
            ], required: ["schema", "rev", "class", "name", "source"])
    }

    private static var modbusNode: SchemaNode {
        .object(
            name: "modbus",
            [
                ("address_base", .integer(0...1)), ("connect_timeout", .span), ("response", responseNode),
                (
                    "limits",
                    .object(name: "limits", [("max_regs", .integer(1...125)), ("max_bits", .integer(1...2000))])
                ),
                ("gap", .object(name: "gap", [("max_regs", .integer(0...124))])), ("pause", pauseNode),
                ("rates", .map(.span)), ("snapshots", .list(.list(.text))), ("burst", .span),
                ("tid", .words(LinkManners.TransactionEcho.allCases.map(\.rawValue))),
                ("unit_echo", .words(LinkManners.UnitEcho.allCases.map(\.rawValue))),
                (
                    "session",
                    .either([.words(["keep", "per_cycle"]), .object(name: "session", [("idle_close", .span)])])
                ),
                ("forbidden", .list(.text)),
            ])
    }

    static let responseNode = SchemaNode.object(name: "response", [("floor", .span), ("ceil", .span)])
    static let pauseNode = SchemaNode.object(
        name: "pause", [("after_connect", .span), ("between", .span), ("unit_turnaround", .span)])

    private static let statusWord = SchemaNode.either([
        .text, .number, .flag, .list(.either([.text, .number, .flag])),
    ])

    private static var mqttNode: SchemaNode {
        .object(
            name: "mqtt",
            [
                ("topic", .text), ("status_topic", .text),
                (
                    "status",
                    .object(name: "status", [("path", .text), ("online", statusWord), ("offline", statusWord)])
                ),
                ("qos", .constant1), ("expect_period", .span),
                ("max_future", .span),
                ("time", .object(name: "time", [("path", .text), ("format", .text), ("zone", .text)])),
                ("sequence", .text), ("codec", .words(["json", "tx101", "sparkplug_b", "registers"])), ("each", .text),
                (
                    "blobs",
                    .map(
                        .object(
                            name: "blob",
                            [
                                ("path", .text), ("start", .integer(0...65_535)),
                                ("encoding", .words(BlobEncoding.allCases.map(\.rawValue))),
                                ("frame", .words(WrappedForm.allCases.map(\.rawValue))),
                                ("unit", .integer(0...255)), ("count", .integer(1...125)),
                            ]))
                ),
            ])
    }

    private static var pointNode: SchemaNode {
        .object(
            name: "point",
            [
                ("name", .bilingual), ("class", .words(classes)), ("unit", .text), ("range", .pair),
                ("clamp_above", .number), ("clamp_below", .number), ("scale", .number), ("offset", .number),
                ("sentinels", .list(.anything)), ("qualified_by", .text), ("qualified_apart", .flag),
                ("bits", .map(.either([.text, bitNode]))),
                ("role", .words(PointRole.allCases.map(\.rawValue))), ("report_by_exception", .text),
                ("resolution", .number), ("noise", .number), ("conversion", .map(.anything)), ("flag", .sources),
                ("at", .text), ("type", .text), ("order", .text), ("field", .text), ("rate", .text),
                ("words", .map(.number)), ("valid_raw", .pair), ("map", mapNode), ("expect", .text), ("invert", .flag),
                ("values", .map(qualityNode)), ("path", .text), ("blob", .text),
                (
                    "channels",
                    .object(
                        name: "channels",
                        [
                            ("first", .integer(0...65_535)), ("last", .integer(0...65_535)),
                            ("stride", .integer(1...65_535)),
                        ], required: ["first", "last"])
                ),
            ])
    }

    static let mapNode = SchemaNode.object(name: "map", [("two_point", .list(.pair)), ("table", .list(.pair))])

    private static let qualityNode = SchemaNode.words(["good"] + QualityWords.all)

    private static let bitNode = SchemaNode.object(
        name: "bit",
        [
            ("name", .text), ("quality", qualityNode), ("when_set", .flag), ("values", .map(qualityNode)),
            ("role", .words(PointRole.allCases.map(\.rawValue))),
            ("polarity", .words(["energised_normal", "energised_active"])), ("label", .bilingual),
        ])
}

extension SchemaNode {
    /// The only quality of service there is.
    fileprivate static let constant1 = SchemaNode.integer(1...1)
}
