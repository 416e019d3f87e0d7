/// What must be declared before a number changes its quantity: the gas between ppm and mg/m3, its lower explosive limit
/// between ppm and %LEL, what is 100 % of a share. Data of a profile, a device or a rule, each with its basis.
package struct ConversionBasis: Sendable, Equatable {
    /// Grams per mole.
    package var molarMass: Double?
    /// Of the air that the limit is meant for; degrees Celsius.
    package var temperature: Double?
    /// kPa.
    package var pressure: Double
    /// The lower explosive limit, %vol.
    package var lowerLimit: Double?
    /// What 100 % are.
    package var hundredPercent: WrittenLimit?
    /// The document that these rest on.
    package var basis: String?

    package static let usualPressure = 101.325

    package init(
        molarMass: Double? = nil, temperature: Double? = nil, pressure: Double? = nil, lowerLimit: Double? = nil,
        hundredPercent: WrittenLimit? = nil, basis: String? = nil
    ) {
        self.molarMass = molarMass
        self.temperature = temperature
        self.pressure = pressure ?? Self.usualPressure
        self.lowerLimit = lowerLimit
        self.hundredPercent = hundredPercent
        self.basis = basis
    }
}

/// A number with its unit, as a person wrote it.
package struct WrittenLimit: Sendable, Hashable {
    package var value: Double
    package var unit: EngineeringUnit

    package init(value: Double, unit: EngineeringUnit) {
        self.value = value
        self.unit = unit
    }
}

/// From numbers in one unit to numbers in another: to = from * scale + offset, once rounded.
package struct UnitConversion: Sendable, Equatable {
    package enum Refused: Error, Equatable {
        case unknown(EngineeringUnit)
        /// The two measure different things, and nothing that could be declared leads from one to the other.
        case differ
        /// Keys of ``ConversionBasis`` that would lead there.
        case needs([String])
    }

    package var scale: Ratio
    package var offset: Ratio

    /// Nothing changes.
    package static let none = UnitConversion(scale: .one, offset: .zero)

    package init(scale: Ratio, offset: Ratio) {
        self.scale = scale
        self.offset = offset
    }

    /// - Parameter basis: what has been declared; it matters only between quantities.
    package init(
        from: EngineeringUnit, to: EngineeringUnit, under basis: ConversionBasis = ConversionBasis()
    ) throws(Refused) {
        if from == to {
            self = .none
            return
        }
        guard let source = from.definition else { throw .unknown(from) }
        guard let target = to.definition else { throw .unknown(to) }
        let bridge = try Self.bridge(from: source.dimension, to: target.dimension, basis)
        guard let inverse = target.scale.inverse, let scale = source.scale.times(bridge)?.times(inverse),
            let offset = source.offset.plus(target.offset.negated)?.times(inverse)
        else { throw .differ }
        self.init(scale: scale, offset: source.dimension == target.dimension ? offset : .zero)
    }

    /// A value: a limit.
    package func value(_ number: Double) -> Double {
        guard let exact = Ratio(written: number)?.times(scale)?.plus(offset) else {
            return number * scale.double + offset.double
        }
        return exact.double
    }

    /// A difference of values: a deadband, a rate, a span.
    package func difference(_ number: Double) -> Double {
        Ratio(written: number)?.times(scale)?.double ?? number * scale.double
    }

    /// Back again, for differences.
    package func inverseDifference(_ number: Double) -> Double { number / scale.double }

    // MARK: Between quantities

    /// By what a number in base units of one quantity is multiplied to be one of the other.
    private static func bridge(
        from source: UnitDimension, to target: UnitDimension, _ basis: ConversionBasis
    ) throws(Refused) -> Ratio {
        if source == target { return .one }
        if source.perTime == target.perTime, let gas = try gasBridge(source.quantity, target.quantity, basis) {
            return gas
        }
        return try shareBridge(from: source, to: target, basis)
    }

    /// Between mg/m3, ppm and %LEL, by way of ppm; nil when one of the two is none of them.
    private static func gasBridge(
        _ source: UnitDimension.Quantity, _ target: UnitDimension.Quantity, _ basis: ConversionBasis
    ) throws(Refused) -> Ratio? {
        let gases: [UnitDimension.Quantity] = [.volumeShare, .massConcentration, .explosiveShare]
        guard gases.contains(source), gases.contains(target) else { return nil }
        var missing: [String] = []
        for quantity in [source, target] {
            switch quantity {
            case .massConcentration:
                if basis.molarMass == nil { missing.append("molar_mass") }
                if basis.temperature == nil { missing.append("temperature") }
            case .explosiveShare: if basis.lowerLimit == nil { missing.append("lower_limit") }
            default: break
            }
        }
        guard missing.isEmpty else { throw .needs(missing) }
        guard let up = volumeShare(of: source, basis), let down = volumeShare(of: target, basis)?.inverse,
            let bridge = up.times(down)
        else { throw .differ }
        return bridge
    }

    /// What one base unit of a quantity (g/m3, 1 LEL) is as a share of the volume.
    private static func volumeShare(of quantity: UnitDimension.Quantity, _ basis: ConversionBasis) -> Ratio? {
        switch quantity {
        case .massConcentration:
            // Moles of a gram, times the volume of a mole, R T / p; R is exact since 2019.
            guard let mass = basis.molarMass.flatMap({ Ratio(written: $0) }),
                let kelvin = basis.temperature.flatMap({ Ratio(written: $0) })?.plus(zeroCelsius),
                let pascal = Ratio(written: basis.pressure)?.times(Ratio(1000)),
                let perMole = mass.inverse, let perPascal = pascal.inverse
            else { return nil }
            return kelvin.times(perPascal)?.times(perMole)?.times(gasConstant)
        case .explosiveShare:
            return basis.lowerLimit.flatMap { Ratio(written: $0) }?.times(hundredth)
        default: return .one
        }
    }

    /// From % to a unit in which 100 % have been declared, or back.
    private static func shareBridge(
        from source: UnitDimension, to target: UnitDimension, _ basis: ConversionBasis
    ) throws(Refused) -> Ratio {
        let (share, other) = source.quantity == .share ? (source, target) : (target, source)
        guard share.quantity == .share, other.quantity != .share else { throw .differ }
        guard let whole = basis.hundredPercent else { throw .needs(["hundred_percent"]) }
        guard let unit = whole.unit.definition else { throw .unknown(whole.unit) }
        // 100 % may be a mass per volume while the point shows a share of it.
        let gas =
            try unit.dimension.quantity == other.quantity
            ? Ratio.one : gasBridge(unit.dimension.quantity, other.quantity, basis)
        guard let gas, share.perTime + unit.dimension.perTime == other.perTime, unit.offset == .zero,
            let size = Ratio(written: whole.value)?.times(unit.scale)?.times(gas), let inverse = size.inverse
        else { throw .differ }
        return source.quantity == .share ? size : inverse
    }

    private static let zeroCelsius = Ratio(27_315, over: 100) ?? .zero
    private static let hundredth = Ratio(1, over: 100) ?? .zero
    /// 8.31446261815324 J/(mol K).
    private static let gasConstant = Ratio(831_446_261_815_324, over: 100_000_000_000_000) ?? .zero
}
