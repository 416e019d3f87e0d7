import DeviceMap
import PlantModel
import PlantTime

/// Numbers and spans as they are configured, with every digit: `explain` shows what is in force, and no rounding of it.
enum ExactText {
    static func number(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// To six digits: what was converted from a limit of another unit, which stands beside it in full.
    static func converted(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return number(value) }
        var (scale, rest) = (1.0, value.magnitude)
        while rest < 100_000, scale < 1e15 { (scale, rest) = (scale * 10, rest * 10) }
        return number((value * scale).rounded() / scale)
    }

    static func numbers(_ values: [Double]) -> String { values.map(number).joined(separator: " ") }

    static func measured(_ value: Double, _ unit: EngineeringUnit) -> String {
        unit.shown.isEmpty ? number(value) : "\(number(value)) \(unit.shown)"
    }

    /// As profiles write it.
    static func range(_ range: ClosedRange<Double>) -> String {
        "[\(number(range.lowerBound)), \(number(range.upperBound))]"
    }

    /// `500 ms`, `2.5 s`, `15 min`, `1 h 30 min`, `7 d`.
    static func span(_ span: Duration) -> String {
        let nanoseconds = span.nanoseconds
        if nanoseconds > 0, nanoseconds < 1_000_000_000 { return "\(number(Double(nanoseconds) / 1e6)) ms" }
        let whole = nanoseconds / 60_000_000_000
        let seconds = Double(nanoseconds % 60_000_000_000) / 1e9
        var parts: [String] = []
        for (amount, unit) in [(whole / 1440, "d"), (whole / 60 % 24, "h"), (whole % 60, "min")] where amount != 0 {
            parts.append("\(amount) \(unit)")
        }
        if seconds != 0 || parts.isEmpty { parts.append("\(number(seconds)) s") }
        return parts.joined(separator: " ")
    }

    /// `x 0.1 - 40`; empty where the number is the value.
    static func scaling(_ scaling: Scaling) -> String {
        var parts: [String] = []
        if scaling.scale != 1 { parts.append("x \(number(scaling.scale))") }
        if scaling.offset != 0 { parts.append("\(scaling.offset < 0 ? "-" : "+") \(number(scaling.offset.magnitude))") }
        return parts.joined(separator: " ")
    }

    /// `4>0 20>10`, the raw number and its value; of a long table its ends.
    static func curve(_ curve: ValueCurve) -> String {
        let shown = curve.knots.count <= 4 ? curve.knots : [curve.knots[0], curve.knots[curve.knots.count - 1]]
        return shown.map { "\(number($0.raw))>\(number($0.value))" }
            .joined(separator: shown.count == curve.knots.count ? " " : " ... ")
    }

    static func hexadecimal(_ pattern: UInt64) -> String { "0x" + String(pattern, radix: 16, uppercase: true) }

    /// A tag within its device: `conc` of `NH3-101.conc`.
    static func name(_ tag: String, within device: String) -> String {
        tag.hasPrefix("\(device).") ? String(tag.dropFirst(device.count + 1)) : tag
    }
}
