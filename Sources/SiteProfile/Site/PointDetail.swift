import DeviceMap
import PlantModel
import PlantTime

/// What the checks of rules want to know of a point beyond ``Point``.
struct PointDetail {
    /// The numbers that a point can show, as far as its type says.
    enum Attainable {
        case anything
        case values(Set<Double>)
        case integers(ClosedRange<Double>, Scaling)
    }

    var index: PointIndex
    var staleAfter: Duration?
    var clampAbove: Double?
    /// Points that one request always reads together share a group: `device#n`. Their silence and their link are one.
    var group: String?
    /// How often a row is expected; nil when nobody says.
    var period: Duration?
    /// The smallest step, and one sigma of its trembling; nil when unknown.
    var resolution: Double?
    var noise: Double?
    var conversion: ConversionBasis?
    var attainable = Attainable.anything
    /// How many bits it has, where its bits mean something.
    var bits: Int?

    init(index: PointIndex, staleAfter: Duration? = nil) {
        self.index = index
        self.staleAfter = staleAfter
    }

    /// Silence of three periods, or of three times the expected interval, is staleness (semantics.md D).
    init(_ point: ProfilePoint, of device: DeviceDraft) {
        index = PointIndex(0)
        clampAbove = point.clampAbove
        conversion = point.conversion
        noise = point.noise
        resolution = point.resolution
        switch (device.link, point.wire) {
        case (.modbus(_, _, let manners), .register(let wire)):
            period = manners.period(ofRate: wire.rate)
            group = manners.snapshot(of: point.id).map { "\(device.id)#\($0)" }
            describe(wire.type, point.scaling)
        case (.mqtt(_, let manners), .payload(_, let type, _)):
            period = manners.expectedPeriod
            if case .words(let words) = type {
                attainable = .values(Set(words.values.map { point.scaling.value(of: $0) }))
            }
        case (.mqtt(_, let manners), .register): period = manners.expectedPeriod
        case (.modbus, .payload): break
        }
        staleAfter = point.reportByException == nil ? period.map { $0 * 3 } : nil
    }

    private mutating func describe(_ type: RegisterType, _ scaling: Scaling) {
        let width: Int
        var isSigned = false
        switch type {
        case .bit:
            attainable = .values([scaling.value(of: 0), scaling.value(of: 1)])
            bits = 1
            return
        case .float32, .float64: return
        case .unsigned16: width = 16
        case .signed16: (width, isSigned) = (16, true)
        case .unsigned32: width = 32
        case .signed32: (width, isSigned) = (32, true)
        case .unsigned64: width = 64
        case .signed64: (width, isSigned) = (64, true)
        }
        let half = Double(sign: .plus, exponent: width - 1, significand: 1)
        attainable = .integers(isSigned ? -half...(half - 1) : 0...(half * 2 - 1), scaling)
        resolution = resolution ?? scaling.scale.magnitude
        // A scaled value is a measurement: its bits mean nothing.
        if scaling == .identity { bits = isSigned ? width - 1 : width }
    }

    /// Whether a state could ever come.
    func canShow(_ number: Double) -> Bool {
        switch attainable {
        case .anything: return true
        case .values(let values): return values.contains(number)
        case .integers(let range, let scaling):
            let raw = (number - scaling.offset) / scaling.scale
            return range.contains(raw.rounded()) && (raw - raw.rounded()).magnitude < 1e-6
        }
    }

    /// `0 1 4 5`, for "... would do"; nil when there are too many to say.
    var shownStates: String? {
        guard case .values(let values) = attainable else { return nil }
        return values.sorted().map(written).joined(separator: " ")
    }
}

extension Scaling {
    fileprivate func value(of raw: Double) -> Double { raw * scale + offset }
}
