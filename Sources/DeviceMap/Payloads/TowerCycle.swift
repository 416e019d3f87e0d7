extension TowerFrame {
    /// One lift from pick-up to set-down, told when it is over: its number, its times, and the furthest that each quantity
    /// went. Of the crane (0x91), and shorter of the hoist (0x9B).
    enum Cycle {
        case crane, hoist

        init?(function: UInt8) {
            switch function {
            case 0x91: self = .crane
            case 0x9B: self = .hoist
            default: return nil
            }
        }

        /// Numbers in the order of the frame.
        private var quantities: [String] {
            switch self {
            case .crane:
                [
                    "load_max", "height_max", "moment_max", "height_min", "radius_max", "radius_min", "slew_max",
                    "slew_min",
                    "travel_max", "travel_min", "lifted_slew", "lifted_radius", "lifted_height", "set_down_slew",
                    "set_down_radius", "set_down_height",
                ]
            case .hoist: ["load_max", "height_max"]
            }
        }

        /// Members of the frame's object: the clock is that of the cycle's end.
        func members(_ reader: inout Reader) throws(Refused) -> String {
            let number = UInt16(try reader.byte()) | UInt16(try reader.byte()) << 8
            // The operator's number.
            try reader.skip(4)
            let start = try reader.clock()
            let end = try reader.clock()
            var text = end.map { ",\"clock\":\"\($0)\"" } ?? ""
            text += ",\"cycle\":{\"number\":\(number)"
            if let start { text += ",\"start\":\"\(start)\"" }
            for name in quantities { text += ",\"\(name)\":\(try reader.number() ?? "null")" }
            if self == .hoist { text += ",\"people_max\":\(try reader.byte()),\"floor_max\":\(try reader.byte())" }
            return text + "}"
        }
    }
}
