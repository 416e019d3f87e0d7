import PlantModel

extension EditorSchema {
    static var siteNode: SchemaNode {
        .object(
            name: "site.yaml",
            [
                ("schema", .constant(SiteLoader.schema)),
                (
                    "site",
                    .object(
                        name: "site", [("id", .text), ("name", .bilingual), ("utc_offset", .text)], required: ["id"])
                ),
                (
                    "hazard_sources",
                    .map(.object(name: "hazard source", [("name", .bilingual), ("level", .integer(1...4))]))
                ),
                ("endpoints", .map(.either([endpointNode, .nothing]))),
                ("brokers", .map(.either([brokerNode, .nothing]))),
                ("devices", .map(deviceNode)),
                (
                    "colours",
                    .object(
                        name: "colours",
                        ["CRITICAL", "HIGH", "MEDIUM", "LOW"].map { ($0, .words(WarningColour.allCases.map(\.word))) })
                ),
                (
                    "people",
                    .map(
                        .object(
                            name: "person",
                            [
                                ("name", .text), ("role", .words(Role.allCases.map(\.rawValue))), ("unix_user", .text),
                                ("language", .text),
                            ], required: ["name", "role"]))
                ),
                ("channels", .map(.either([channelNode, .nothing]))),
                (
                    "console",
                    .object(name: "console", [("host", .text), ("port", .integer(0...65_535)), ("insecure", .flag)])
                ),
                (
                    "capacities",
                    .object(
                        name: "capacities",
                        [
                            ("input_ring", .integer(1024...16_777_216)), ("event_ring", .integer(1024...16_777_216)),
                            ("command_table", .integer(16...65_536)), ("console_streams", .integer(1...10_000)),
                            ("outbox_rows", .integer(1000...100_000_000)),
                            ("waiting", .words(Capacities.Waiting.allCases.map(\.rawValue))),
                        ])
                ),
                ("system_rules", .map(.object(name: "system rule", [("on_delay_s", .number)]))), ("pins", .map(.text)),
            ], required: ["schema", "site"])
    }

    private static var endpointNode: SchemaNode {
        .object(
            name: "endpoint",
            [
                ("host", .text), ("port", .integer(1...65_535)), ("connect_timeout", .span), ("response", responseNode),
                ("pause", pauseNode), ("round_trip", .span),
                (
                    "backup",
                    .object(name: "backup", [("host", .text), ("port", .integer(1...65_535))], required: ["host"])
                ),
                (
                    "serial",
                    .object(
                        name: "serial", [("baud", .integer(300...921_600)), ("turn_around", .span)], required: ["baud"])
                ),
                (
                    "dials_in",
                    .object(
                        name: "call",
                        [
                            ("listen", .text), ("port", .integer(1...65_535)), ("registration", .text),
                            ("heartbeat", .text),
                        ], required: ["port", "registration"])
                ),
            ])
    }

    private static var brokerNode: SchemaNode {
        .object(
            name: "broker",
            [
                ("host", .text), ("port", .integer(1...65_535)), ("client_id", .text), ("username", .text),
                ("username_credential", .text), ("password", .text), ("ca", .text), ("client_certificate", .text),
                ("client_key", .text),
                ("keep_alive", .span), ("session_expiry", .span), ("receive_maximum", .integer(1...65_535)),
            ])
    }

    /// A device of either kind: the profile decides which of its keys go together.
    private static var deviceNode: SchemaNode {
        .object(
            name: "device",
            [
                ("profile", .text), ("hazard_source", .text), ("area", .text), ("name", .bilingual),
                ("points", .map(overrideNode)), ("endpoint", .text), ("unit", .integer(0...255)),
                ("rates", .map(.span)),
                ("channels", .list(.integer(0...65_535))), ("broker", .text), ("expect_period", .span),
                ("topic", .text),
                ("status_topic", .text), ("fill", .map(.text)),
            ], required: ["profile"])
    }

    private static var overrideNode: SchemaNode {
        .object(
            name: "override",
            [
                ("name", .bilingual), ("range", .pair), ("clamp_above", .number), ("clamp_below", .number),
                ("map", mapNode), ("expect", .text), ("report_by_exception", .text), ("resolution", .number),
                ("noise", .number), ("conversion", .map(.anything)), ("order", .text), ("scale", .number),
                ("offset", .number), ("sentinels", .list(.anything)),
            ])
    }

    private static var channelNode: SchemaNode {
        .object(
            name: "channel",
            [
                ("kind", .words(["webhook", "platform"])), ("recipient", .text), ("url", .text), ("secret", .text),
                ("key_id", .text), ("minimum_priority", .words(["CRITICAL", "HIGH", "MEDIUM", "LOW"])),
                ("language", .text), ("ca", .text), ("timeout", .span), ("private_addresses", .flag),
                ("enterprise", .text), ("gateway", .text), ("token", .text), ("client_certificate", .text),
                ("client_key", .text),
            ])
    }
}
