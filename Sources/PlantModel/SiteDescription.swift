/// One measured or derived variable of the plant; its tag is what people call it.
package struct Point: Sendable, Equatable {
    /// Classes decide reserved ring slots, poll priority and back-off; a site may add its own classes as `.other`.
    package enum Class: String, Sendable, CaseIterable, Comparable {
        case sis, gas, level, crane, slope, dust, electricity, system, other

        /// SIS > gas > level > crane and slope > dust > electricity (acquisition.md 3.1).
        package static func < (left: Class, right: Class) -> Bool { left.urgency > right.urgency }

        private var urgency: Int {
            switch self {
            case .sis: 0
            case .gas: 1
            case .level: 2
            case .crane, .slope: 3
            case .dust: 4
            case .electricity: 5
            case .system, .other: 6
            }
        }

        /// SIS and gas may use the last eighth of the input ring, and their links back off to 5 s at most.
        package var isSafety: Bool { self == .sis || self == .gas }
    }

    package var index: PointIndex
    /// Unique in the site: `NH3-101.conc`.
    package var tag: String
    package var name: BilingualText
    package var pointClass: Class
    package var unit: EngineeringUnit
    /// The values that the instrument can show.
    package var range: ClosedRange<Double>?
    /// Silence for this long makes it stale; nil only with a reason to report by exception.
    package var staleAfter: Duration?
    package var hazardSource: String?
    package var area: String
    /// The link and device that it comes through; nil for derived and system points.
    package var device: String?

    package init(
        index: PointIndex, tag: String, name: BilingualText = BilingualText(), pointClass: Class,
        unit: EngineeringUnit = .none, range: ClosedRange<Double>? = nil, staleAfter: Duration? = nil,
        hazardSource: String? = nil, area: String = "", device: String? = nil
    ) {
        self.index = index
        self.tag = tag
        self.name = name
        self.pointClass = pointClass
        self.unit = unit
        self.range = range
        self.staleAfter = staleAfter
        self.hazardSource = hazardSource
        self.area = area
        self.device = device
    }
}

/// The registered unit or tank group whose safety is watched (重大危险源): the owner of points.
package struct HazardSource: Sendable, Equatable {
    package var id: String
    package var name: BilingualText
    /// The registered level 1...4 (一级 to 四级), as registered; nil when not.
    package var level: Int?

    package init(id: String, name: BilingualText, level: Int?) {
        self.id = id
        self.name = name
        self.level = level
    }
}

/// What somebody may do (decisions.md 4).
package enum Role: String, Sendable, CaseIterable, Codable {
    case dutyOfficer, safetyEngineer, administrator, auditor, platform, wall

    /// Duty officers and safety engineers answer alarms; nobody else does.
    package var mayAcknowledge: Bool { self == .dutyOfficer || self == .safetyEngineer }
}

package struct Person: Sendable, Equatable {
    /// The key in the site's `people` table; what events carry as actor.
    package var id: String
    package var name: String
    package var role: Role
    /// The Unix user who is this person on the control socket; nil when none is.
    package var unixUser: String?
    package var language: BilingualText.Language

    package init(id: String, name: String, role: Role, unixUser: String?, language: BilingualText.Language = .chinese) {
        self.id = id
        self.name = name
        self.role = role
        self.unixUser = unixUser
        self.language = language
    }
}

/// Sizes of every queue (decisions.md 12, 14; "bound everything"). Ring capacities are powers of two and change only by
/// restart.
package struct Capacities: Sendable, Equatable {
    package var inputRing: Int
    package var eventRing: Int
    package var commandTable: Int
    package var consoleStreams: Int
    package var outboxRows: Int
    package var waiting: Waiting

    /// How the core's and the journal's threads wait.
    package enum Waiting: String, Sendable, CaseIterable {
        /// They sleep as soon as nothing is there.
        case park
        /// They look a while first, for as long as that has paid lately.
        case adaptive
    }

    package init(
        inputRing: Int = 65_536, eventRing: Int = 16_384, commandTable: Int = 1024, consoleStreams: Int = 200,
        outboxRows: Int = 1_000_000, waiting: Waiting = .adaptive
    ) {
        self.inputRing = inputRing
        self.eventRing = eventRing
        self.commandTable = commandTable
        self.consoleStreams = consoleStreams
        self.outboxRows = outboxRows
        self.waiting = waiting
    }
}

/// The site as checked: everything that is not a device's wire format or a rule.
package struct SiteDescription: Sendable, Equatable {
    /// Short id, part of every event key: letters, digits and hyphens.
    package var id: String
    package var name: BilingualText
    /// East of UTC; the console and messages show the site's time, never the browser's.
    package var utcOffsetSeconds: Int
    package var hazardSources: [HazardSource]
    /// In index order: `points[i].index.offset == i`.
    package var points: [Point]
    package var people: [Person]
    package var colours: ColourTable
    package var capacities: Capacities

    package init(
        id: String, name: BilingualText, utcOffsetSeconds: Int = 8 * 3600, hazardSources: [HazardSource] = [],
        points: [Point] = [], people: [Person] = [], colours: ColourTable = .usual,
        capacities: Capacities = Capacities()
    ) {
        self.id = id
        self.name = name
        self.utcOffsetSeconds = utcOffsetSeconds
        self.hazardSources = hazardSources
        self.points = points
        self.people = people
        self.colours = colours
        self.capacities = capacities
    }

    package func point(tagged tag: String) -> Point? { points.first { $0.tag == tag } }
}
