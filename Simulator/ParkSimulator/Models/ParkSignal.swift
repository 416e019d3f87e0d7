/// Everything of the park that a scenario can drive, by the name that scenario files use.
package enum ParkSignal: String, Sendable, CaseIterable {
    /// Ammonia escaping into the machine room, as ppm/s of the room's air.
    case ammoniaLeak = "ammonia.leak"
    /// What the room settles at without a leak, ppm.
    case ammoniaBackground = "ammonia.background"
    /// What the transmitter shows beside the truth, ppm: for spikes and over-range.
    case ammoniaOffset = "ammonia.offset"
    /// Cell temperature, °C.
    case ammoniaTemperature = "ammonia.temperature"
    /// 1: the transmitter reports a fault of its own.
    case ammoniaFault = "ammonia.fault"
    /// 1: the exhaust fan does not obey its controller.
    case fanRefuses = "fan.refuses"
    /// 1: somebody starts the exhaust fan by hand.
    case fanByHand = "fan.by_hand"

    case dustConcentration = "dust.concentration"
    case dustFilterPressure = "dust.filter_pressure"
    case dustDuctVelocity = "dust.duct_velocity"
    case dustHopperTemperature = "dust.hopper_temperature"
    /// Sparks seen so far.
    case dustSparks = "dust.sparks"
    case dustRotaryStopped = "dust.rotary_stopped"

    case tankLevel = "tank.level"
    case tankWater = "tank.water"
    case tankTemperature = "tank.temperature"
    case tankPressure = "tank.pressure"
    case tankInletOpen = "tank.inlet_open"
    case tankOutletOpen = "tank.outlet_open"
    case tankPump = "tank.pump"
    case tankFault = "tank.fault"

    case sisTripped = "sis.tripped"
    case sisMaintenanceBypass = "sis.maintenance_bypass"
    case sisOperationalBypass = "sis.operational_bypass"
    case sisFirstOut = "sis.first_out"
    case sisForced = "sis.forced"
    case sisFault = "sis.fault"
    case sisTest = "sis.test"
    /// 1: the gateway's heartbeat stands still.
    case sisHeartbeatStopped = "sis.heartbeat_stopped"

    case craneLoad = "crane.load"
    case craneRadius = "crane.radius"
    case craneHeight = "crane.height"
    case craneSlew = "crane.slew"
    case craneWind = "crane.wind"
    case craneTilt = "crane.tilt"
    /// Code of the collision guard: bit 1 warning, bit 2 stop.
    case craneCollision = "crane.collision"

    case slopeX = "slope.x"
    case slopeY = "slope.y"
    case slopeH = "slope.h"
    /// 4 fixed, 5 float, 1 single, 0 none.
    case slopeFix = "slope.fix"

    case meterLeakage = "meter.leakage"
    case meterTemperature = "meter.temperature"
    case meterVoltage = "meter.voltage"
    case meterCurrent = "meter.current"
    case meterArc = "meter.arc"

    /// What it is on a calm day.
    var usual: Double {
        switch self {
        case .ammoniaBackground: 8
        case .ammoniaTemperature: 21
        case .dustConcentration: 1.8
        case .dustFilterPressure: 860
        case .dustDuctVelocity: 20.5
        case .dustHopperTemperature: 38
        case .tankLevel: 8.2
        case .tankWater: 0.06
        case .tankTemperature: 24
        case .tankPressure: 1.4
        case .tankOutletOpen: 1
        case .craneLoad: 1.6
        case .craneRadius: 38.5
        case .craneHeight: 42.1
        case .craneSlew: 127
        case .craneWind: 6
        case .craneTilt: 0.04
        case .slopeX: 12.4
        case .slopeY: -3.1
        case .slopeH: -8
        case .slopeFix: 4
        case .meterLeakage: 86
        case .meterTemperature: 41
        case .meterVoltage: 231
        case .meterCurrent: 12.4
        case .ammoniaLeak, .ammoniaOffset, .ammoniaFault, .fanRefuses, .fanByHand, .dustSparks, .dustRotaryStopped,
            .tankInletOpen,
            .tankPump, .tankFault, .sisTripped, .sisMaintenanceBypass, .sisOperationalBypass, .sisFirstOut, .sisForced,
            .sisFault, .sisTest, .sisHeartbeatStopped, .craneCollision, .meterArc:
            0
        }
    }

    /// One sigma of its instrument's noise, in the signal's unit. Switches have none.
    var usualNoise: Double {
        switch self {
        case .ammoniaOffset: 0.15
        case .ammoniaTemperature, .dustHopperTemperature, .tankTemperature, .meterTemperature: 0.1
        case .dustConcentration: 0.08
        case .dustFilterPressure: 6
        case .dustDuctVelocity: 0.1
        case .tankLevel, .tankWater: 0.0006
        case .tankPressure: 0.01
        case .craneLoad: 0.01
        case .craneRadius, .craneHeight: 0.02
        case .craneSlew: 0.1
        case .craneWind: 0.3
        case .craneTilt: 0.003
        case .slopeX, .slopeY: 0.3
        case .slopeH: 0.5
        case .meterLeakage: 1.5
        case .meterVoltage: 0.4
        case .meterCurrent: 0.1
        default: 0
        }
    }
}
