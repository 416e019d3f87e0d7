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
    var role: PointRole?
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
        role = point.role
        switch (device.link, point.wire) {
        case (.modbus(_, _, let manners), .register(let wire)):
            period = manners.period(ofRate: wire.rate)
            group = manners.snapshot(of: point.id).map { "\(device.id)#\($0)" }
            describe(wire, point)
        case (.mqtt(_, let manners), .payload(_, let type, _)):
            period = manners.expectedPeriod
            if case .words(let words) = type {
                attainable = .values(Set(words.values.map { point.scaling.value(of: $0) }))
            }
        case (.mqtt(_, let manners), .register(let wire)):
            period = manners.expectedPeriod
            describe(wire, point)
        case (.modbus, .payload): break
        }
        staleAfter = point.reportByException == nil ? period.map { $0 * 3 } : nil
    }

    private mutating func describe(_ wire: RegisterWire, _ point: ProfilePoint) {
        let scaling = point.scaling
        if case .text = wire.type {
            attainable = wire.expectedText == nil ? .anything : .values([0, 1])
            return
        }
        if wire.width == 1 {
            attainable = .values([scaling.value(of: 0), scaling.value(of: 1)])
            bits = 1
            return
        }
        if wire.type.isFloat || point.curve != nil { return }
        if !wire.states.isEmpty, wire.field == nil {
            attainable = .values(
                Set(wire.states.compactMap { wire.type.payload(ofPattern: $0) }.map { scaling.value(of: $0.number) }))
        } else if !wire.states.isEmpty {
            attainable = .values(Set(wire.states.map { scaling.value(of: Double($0)) }))
        } else {
            attainable = .integers(Self.numbers(of: wire), scaling)
        }
        resolution = resolution ?? scaling.scale.magnitude
        // A scaled value is a measurement, and a BCD number is no pattern: their bits mean nothing.
        guard scaling == .identity, wire.type.isUnsigned || wire.type.isSigned else { return }
        bits = wire.type.isSigned ? wire.width - 1 : wire.width
    }

    /// The whole numbers that the registers can hold.
    private static func numbers(of wire: RegisterWire) -> ClosedRange<Double> {
        if case .decimal(let registers) = wire.type {
            return 0...(registers == 1 ? 9_999 : registers == 2 ? 99_999_999 : 1e16)
        }
        let half = Double(sign: .plus, exponent: wire.width - 1, significand: 1)
        return wire.type.isSigned ? -half...(half - 1) : 0...(half * 2 - 1)
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
