/// Differences on a circle: headings and phases, where 350 and 5 are 15 apart.
package enum Circle {
    /// A difference brought into [-turn/2, turn/2).
    package static func shortest(_ difference: Double, turn: Double) -> Double {
        let half = turn / 2
        if difference >= -half, difference < half { return difference }
        let rest = difference - (difference / turn).rounded(.down) * turn
        return rest >= half ? rest - turn : rest
    }
}
