package import PlantTime

/// Numbers as reports show them: few digits, never on the other side of a limit.
package enum ShownNumber {
    /// About three digits, however small the number.
    package static func rounded(_ number: Double) -> String {
        var places = number.magnitude >= 100 ? 0 : number.magnitude >= 10 ? 1 : number.magnitude >= 1 ? 2 : 3
        var least = 0.1
        while number.magnitude < least, number != 0, places < 15 {
            places += 1
            least /= 10
        }
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let near = (number * scale).rounded() / scale
        return DecimalText.shortest(near.isFinite ? (near == 0 ? 0 : near) : number)
    }

    package static func signed(_ number: Double) -> String {
        number > 0 ? "+" + rounded(number) : "−" + rounded(-number)
    }

    /// A measured value with as many digits as keep it on its side of a limit (39.96 never reads 40 under 40).
    package static func value(_ number: Double, beside limit: Double? = nil) -> String {
        guard let limit, number != limit else { return rounded(number) }
        if let near = Double(rounded(number)), near != limit, (near < limit) == (number < limit) {
            return rounded(number)
        }
        var scale = 1000.0
        for _ in 0..<12 {
            let near = (number * scale).rounded() / scale
            if near.isFinite, near != limit, (near < limit) == (number < limit) { return DecimalText.shortest(near) }
            scale *= 10
        }
        return DecimalText.shortest(number)
    }
}

/// Times and spans as reports show them, in the zone that the report names.
package enum ShownTime {
    /// `2024-05-01 08:30:05.120`; milliseconds only where there are any.
    package static func full(_ instant: PlantInstant, _ utcOffsetSeconds: Int) -> String {
        let text = local(instant, utcOffsetSeconds)
        let seconds = "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
        let fraction = text.dropFirst(19).prefix(4)
        return fraction == ".000" ? seconds : seconds + fraction
    }

    /// `05-01 08:30`.
    package static func minute(_ instant: PlantInstant, _ utcOffsetSeconds: Int) -> String {
        let text = local(instant, utcOffsetSeconds)
        return "\(text.dropFirst(5).prefix(5)) \(text.dropFirst(11).prefix(5))"
    }

    /// `08:30:05`, with milliseconds where there are any.
    package static func ofDay(_ instant: PlantInstant, _ utcOffsetSeconds: Int) -> String {
        String(full(instant, utcOffsetSeconds).dropFirst(11))
    }

    /// `0.5 s`, `59 s`, `1:07`, `2:03:09`, `3 d 4 h`.
    package static func span(_ span: Duration) -> String {
        let seconds = abs(span.seconds)
        if seconds < 60 { return "\(DecimalText.shortest((seconds * 1000).rounded() / 1000)) s" }
        let whole = Int(seconds.rounded())
        let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        switch whole {
        case ..<3600: return "\(whole / 60):\(two(whole % 60))"
        case ..<86_400: return "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))"
        default: return "\(whole / 86_400) d \(whole / 3600 % 24) h"
        }
    }

    /// `+0:30`, `−5 s`.
    package static func signedSpan(_ span: Duration) -> String {
        span == .zero ? "0 s" : (span > .zero ? "+" : "−") + Self.span(span)
    }

    private static func local(_ instant: PlantInstant, _ utcOffsetSeconds: Int) -> String {
        TimeText.local(WallTime(nanoseconds: instant.nanoseconds), offsetSeconds: utcOffsetSeconds)
    }
}
