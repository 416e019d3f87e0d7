import PlantModel

extension EditorSchema {
    /// One alternative for each kind and operation, by the loader's own table.
    static var rulesNode: SchemaNode { .list(.either(ruleNodes + derivedNodes + [templateNode])) }

    private static var ruleNodes: [SchemaNode] {
        RuleKeys.kinds.map { kind in
            .object(
                name: "rule",
                (RuleKeys.everyRule + kind.keys).map { key in
                    (key, key == "kind" ? .constant(kind.word) : ruleKey(key))
                }, required: ["id", "point", "kind", "priority"])
        }
    }

    static var derivedNodes: [SchemaNode] {
        RuleKeys.operations.map { operation in
            .object(
                name: "derived",
                (RuleKeys.everyDerived + operation.keys).map { key in
                    (key, key == "op" ? .constant(operation.word) : ruleKey(key))
                }, required: ["derived", "op", "of"])
        }
    }

    private static var templateNode: SchemaNode {
        .object(
            name: "template",
            [
                ("template", .text), ("device", .text),
                ("devices", .either([.list(.text), .map(.either([.map(.anything), .nothing]))])),
                ("set", .map(.anything)), ("omit", .list(.text)), ("approved_by", .text),
            ], required: ["template"])
    }

    private static func ruleKey(_ key: String) -> SchemaNode {
        switch key {
        case "priority": .words(["CRITICAL", "HIGH", "MEDIUM", "LOW"])
        case "silent", "latching", "invert": .flag
        case "name": .bilingual
        case "flag": .sources
        case "conversion": .map(.anything)
        case "guidance":
            .object(
                name: "guidance",
                [
                    ("cause", .bilingual), ("consequence", .bilingual), ("action", .bilingual),
                    ("respond_within_s", .integer(1...604_800)),
                ])
        case "of", "levels": .list(.text)
        case "states", "x", "y", "range", "scores": .list(.number)
        case "bit": .integer(0...52)
        case "m", "n": .integer(1...1_000_000)
        case "method": .words(["least_squares", "theil_sen", "ewma"])
        case "direction": .words(["up", "down"])
        case "on_bad": .words(["drop", "trip", "hold"])
        case "id", "point", "unit", "basis", "approved_by", "derived", "unless", "other", "when": .text
        default: .number
        }
    }
}
