import PlantModel
import Testing

/// A number, its unit, another unit, and what it is there.
private typealias Turned = (Double, String, String, Double)

private let exact: [Turned] = [
    (900, "cm", "m", 9), (1.1, "MPa", "kPa", 1100), (1.8, "kPa", "Pa", 1800), (0.3, "bar", "kPa", 30),
    (70, "degC", "K", 343.15), (300, "K", "degC", 26.85), (212, "degF", "degC", 100), (36, "km/h", "m/s", 10),
    (10, "ppm/min", "ppm/s", 10.0 / 60), (2, "%/min", "%/s", 2.0 / 60), (5, "mm/h", "mm/s", 5.0 / 3600),
    (30, "mm/d", "mm/s", 30.0 / 86_400), (0.36, "m/h", "mm/s", 0.1), (5, "degC/min", "K/s", 5.0 / 60),
    (0.5, "%vol", "ppm", 5000), (8000, "ug/m3", "mg/m3", 8), (15, "g/m3", "mg/m3", 15_000),
    (300, "mA", "A", 0.3), (0.05, "MPa/min", "kPa/s", 50.0 / 60), (9.80665, "kN.m", "t.m", 1),
    (1200, "m3/h", "L/s", 1.2e6 / 3600), (3000, "rpm", "Hz", 50), (0.1, "1/min", "1/s", 0.1 / 60),
]

private let ofAmmonia: [Turned] = [
    // domain.md 3.2, at 25 degC.
    (20, "mg/m3", "ppm", 28.7), (40, "mg/m3", "ppm", 57.5), (360, "mg/m3", "ppm", 517.1),
    (25, "ppm", "mg/m3", 17.4),
    (150, "ppm", "mg/m3", 104.4), (25, "%LEL", "ppm", 37_500), (25, "%LEL", "%vol", 3.75),
    (1000, "ppm", "%LEL", 0.7), (26.1, "g/m3", "%LEL", 25.0),
]

private func converted(
    _ number: Double, _ from: String, _ to: String, _ basis: ConversionBasis = ConversionBasis()
) throws -> Double {
    try UnitConversion(
        from: EngineeringUnit(symbol: from), to: EngineeringUnit(symbol: to), under: basis
    ).value(number)
}

private let ammonia = ConversionBasis(molarMass: 17.031, temperature: 25, lowerLimit: 15)

@Suite struct `A unit` {
    @Test(arguments: exact)
    func `turns into another of its quantity with one rounding`(
        number: Double, from: String, to: String, wanted: Double
    ) throws {
        #expect(try converted(number, from, to) == wanted)
    }

    @Test(arguments: ofAmmonia)
    func `of a gas turns into another by what is declared of it`(
        number: Double, from: String, to: String, wanted: Double
    ) throws {
        #expect(abs(try converted(number, from, to, ammonia) - wanted) < 0.05 * max(1, wanted / 500))
    }

    @Test func `of a gas depends on the declared temperature and pressure`() throws {
        let cold = ConversionBasis(molarMass: 17.031, temperature: 20)
        let high = ConversionBasis(molarMass: 17.031, temperature: 20, pressure: 101.325 / 2)
        let warm = try converted(20, "mg/m3", "ppm", ammonia)
        let atTwenty = try converted(20, "mg/m3", "ppm", cold)
        // 24.465 and 24.055 litres a mole.
        #expect(abs(warm / atTwenty - 298.15 / 293.15) < 1e-12)
        #expect(abs(atTwenty - 20 * 24.055 / 17.031) < 1e-3)
        #expect(abs(try converted(20, "mg/m3", "ppm", high) / atTwenty - 2) < 1e-12)
    }

    @Test func `of a share means what 100 percent have been declared to be`() throws {
        let tank = ConversionBasis(hundredPercent: WrittenLimit(value: 10, unit: EngineeringUnit(symbol: "m")))
        #expect(try converted(85, "%", "m", tank) == 8.5)
        #expect(try converted(85, "%", "mm", tank) == 8500)
        #expect(try converted(2, "%/min", "m/s", tank) == 0.2 / 60)
        #expect(try converted(8.5, "m", "%", tank) == 85)
        #expect(throws: UnitConversion.Refused.differ) { try converted(85, "%", "kPa", tank) }
    }

    @Test func `does not turn into what it does not measure`() {
        #expect(throws: UnitConversion.Refused.differ) { try converted(1, "m", "kPa") }
        #expect(throws: UnitConversion.Refused.differ) { try converted(1, "ppm", "ppm/s") }
        #expect(throws: UnitConversion.Refused.needs(["molar_mass", "temperature"])) {
            try converted(1, "mg/m3", "ppm")
        }
        #expect(throws: UnitConversion.Refused.needs(["lower_limit"])) { try converted(1, "%LEL", "ppm") }
        #expect(throws: UnitConversion.Refused.needs(["hundred_percent"])) { try converted(1, "%", "m") }
        #expect(throws: UnitConversion.Refused.unknown(EngineeringUnit(symbol: "furlong"))) {
            try converted(1, "furlong", "m")
        }
    }

    @Test func `has differences without its zero`() throws {
        let conversion = try UnitConversion(from: EngineeringUnit(symbol: "K"), to: EngineeringUnit(symbol: "degC"))
        #expect(conversion.difference(5) == 5)
        #expect(conversion.value(5) == -268.15)
    }

    @Test func `is shown as people write it, its rates too`() {
        #expect(EngineeringUnit(symbol: "mg/m3").shown == "mg/m³")
        #expect(EngineeringUnit(symbol: "mg/m3/min").shown == "mg/m³/min")
        #expect(EngineeringUnit(symbol: "degC/min").shown == "°C/min")
        #expect(EngineeringUnit.none.perSecond.symbol == "1/s")
    }
}

@Suite struct `An exact fraction` {
    @Test func `is what was written, not the double beside it`() {
        #expect(Ratio(written: 0.1) == Ratio(1, over: 10))
        #expect(Ratio(written: -12.5) == Ratio(-25, over: 2))
        #expect(Ratio(written: 1e21)?.double == 1e21)
        #expect(Ratio(written: 1e-7) == Ratio(1, over: 10_000_000))
        #expect(Ratio(written: .infinity) == nil)
    }

    @Test func `rounds once`() throws {
        // In doubles 0.1 * 3 is 0.30000000000000004.
        let tenth = try #require(Ratio(written: 0.1))
        #expect(tenth.times(Ratio(3))?.double == 0.3)
        #expect(tenth.plus(tenth)?.plus(tenth)?.double == 0.3)
    }

    @Test func `says so when it cannot hold a number`() throws {
        let large = try #require(Ratio(written: 1e29))
        #expect(large.times(large) == nil)
        #expect(Ratio.zero.inverse == nil)
        #expect(Ratio(1, over: 0) == nil)
    }
}
