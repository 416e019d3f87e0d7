import Glibc
package import PlantTime

// The payloads of the MQTT devices, as the virtual profiles read them.
extension ParkModel {
    private static let craneRatedLoad = 3.0
    private static let craneRatedRadius = 38.5

    /// Load moment, % of the rated moment.
    package var craneMomentPercent: Double {
        100 * self[.craneLoad] * self[.craneRadius] / (Self.craneRatedLoad * Self.craneRatedRadius)
    }

    package func cranePayload(stamp: WallTime, sequence: UInt64) -> String {
        var alarms = Int(self[.craneCollision]) & 0b110
        if craneMomentPercent >= 100 { alarms |= 1 << 0 }
        if self[.craneWind] >= 20 { alarms |= 1 << 3 }
        if abs(self[.craneTilt]) >= 0.23 { alarms |= 1 << 4 }
        return """
            {"ts":"\(TimeText.utc(stamp))","seq":\(sequence),"load_t":\(decimal(max(0, self[.craneLoad]), 2)),\
            "rated_t":\(decimal(Self.craneRatedLoad, 1)),"radius_m":\(decimal(self[.craneRadius], 1)),\
            "height_m":\(decimal(self[.craneHeight], 1)),"slew_deg":\(decimal(self[.craneSlew], 1)),\
            "wind_ms":\(decimal(max(0, self[.craneWind]), 1)),\
            "tilt_deg":[\(decimal(self[.craneTilt], 3)),\(decimal(-self[.craneTilt] / 2, 3))],\
            "moment_pct":\(decimal(max(0, craneMomentPercent), 1)),"alarms":\(alarms),"peer":null}
            """
    }

    package func slopePayload(stamp: WallTime, sequence: UInt64) -> String {
        let words = [0: "none", 1: "single", 4: "fixed", 5: "float"]
        let fix = words[Int(self[.slopeFix].rounded())] ?? "none"
        let sigma = fix == "fixed" ? [2.1, 2.0, 4.3] : [41, 38, 90]
        return """
            {"ts":\(stamp.milliseconds),"seq":\(sequence),"x_mm":\(decimal(self[.slopeX], 1)),\
            "y_mm":\(decimal(self[.slopeY], 1)),"h_mm":\(decimal(self[.slopeH], 1)),"fix":"\(fix)","sat":21,\
            "sigma_mm":[\(sigma.map { decimal($0, 1) }.joined(separator: ","))]}
            """
    }

    package func meterPayload(stamp: WallTime, sequence: UInt64) -> String {
        func phases(_ signal: ParkSignal, _ spread: [Double], _ places: Int) -> String {
            spread.map { decimal(self[signal] + $0, places) }.joined(separator: ",")
        }
        return """
            {"ts":\(stamp.milliseconds),"seq":\(sequence),"leak_ma":[\(decimal(max(0, self[.meterLeakage]), 0))],\
            "temp_c":[\(phases(.meterTemperature, [0.2, -0.2, 1], 1))],"u_v":[\(phases(.meterVoltage, [0.2, 1.1, -0.6], 1))],\
            "i_a":[\(phases(.meterCurrent, [0, 0.8, -0.5], 2))],"arc":\(isOn(.meterArc) ? 1 : 0)}
            """
    }
}

/// A number with so many digits behind the point, for a payload: `231.2`.
private func decimal(_ value: Double, _ places: Int) -> String {
    guard value.isFinite else { return "null" }
    let scale = pow(10, Double(places))
    let counts = Int64((value * scale).rounded())
    guard places > 0 else { return String(counts) }
    let magnitude = counts.magnitude.quotientAndRemainder(dividingBy: UInt64(scale))
    let fraction = String(magnitude.remainder)
    let padding = String(repeating: "0", count: places - fraction.count)
    return "\(counts < 0 ? "-" : "")\(magnitude.quotient).\(padding)\(fraction)"
}
