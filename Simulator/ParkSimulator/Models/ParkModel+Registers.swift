import DeviceMap

// The registers of the Modbus devices, as the virtual profiles (DeviceProfiles/*/virtual-*.yaml) read them: holding
// registers counted from 0, big-endian, float32 with the high word first.
extension ParkModel {
    /// Ammonia transmitter: 0 ppm x 10, 1 status, 2 and 3 its own set-points, 4 full scale, 5 °C x 10, 6 days since its
    /// calibration.
    package func fillAmmonia(_ bank: inout RegisterBank) {
        let fullScale = 500.0
        let ppm = min(max(room.concentrationPPM + self[.ammoniaOffset], 0), fullScale)
        bank.setUnsigned(ppm, times: 10, .holdingRegister, at: 0)
        var status: UInt16 = 0
        if ppm >= Self.ammoniaSetLow { status |= 1 << 0 }
        if ppm >= Self.ammoniaSetHigh { status |= 1 << 1 }
        if isOn(.ammoniaFault) { status |= 1 << 2 }
        bank[.holdingRegister, 1] = status
        bank.setUnsigned(Self.ammoniaSetLow, times: 10, .holdingRegister, at: 2)
        bank.setUnsigned(Self.ammoniaSetHigh, times: 10, .holdingRegister, at: 3)
        bank.setUnsigned(fullScale, times: 10, .holdingRegister, at: 4)
        bank.setSigned(self[.ammoniaTemperature], times: 10, .holdingRegister, at: 5)
        bank[.holdingRegister, 6] = 41
    }

    private static let ammoniaSetLow = 25.0
    private static let ammoniaSetHigh = 50.0

    /// Dust monitor: 0-1 mg/m3 float, 2 Pa, 3 m/s x 10, 4 °C x 10, 5 sparks, 6 status.
    package func fillDust(_ bank: inout RegisterBank) {
        bank.setFloat32(Float(max(0, self[.dustConcentration])), .holdingRegister, at: 0)
        bank.setUnsigned(self[.dustFilterPressure], times: 1, .holdingRegister, at: 2)
        bank.setUnsigned(self[.dustDuctVelocity], times: 10, .holdingRegister, at: 3)
        bank.setUnsigned(self[.dustHopperTemperature], times: 10, .holdingRegister, at: 4)
        bank.setUnsigned(self[.dustSparks], times: 1, .holdingRegister, at: 5)
        let fanRuns = self[.dustDuctVelocity] > 5
        bank[.holdingRegister, 6] = (isOn(.dustRotaryStopped) ? 1 << 1 : 0) | (fanRuns ? 1 << 2 : 0)
    }

    /// Tank gauge: 0-1 level, 2-3 water, 4 °C x 10, 5-6 kPa, 7 valves and pump, 8 status.
    package func fillTank(_ bank: inout RegisterBank) {
        let level = max(0, self[.tankLevel])
        bank.setFloat32(Float(level), .holdingRegister, at: 0)
        bank.setFloat32(Float(max(0, self[.tankWater])), .holdingRegister, at: 2)
        bank.setSigned(self[.tankTemperature], times: 10, .holdingRegister, at: 4)
        bank.setFloat32(Float(self[.tankPressure]), .holdingRegister, at: 5)
        bank[.holdingRegister, 7] =
            (isOn(.tankInletOpen) ? 1 : 0) | (isOn(.tankOutletOpen) ? 2 : 0) | (isOn(.tankPump) ? 4 : 0)
        // The switches are instruments of their own, set in the wall of a tank of 14.5 m.
        bank[.holdingRegister, 8] =
            (isOn(.tankFault) ? 1 : 0) | (level >= 13.6 ? 2 : 0) | (level <= 0.6 ? 4 : 0)
    }

    /// SIS gateway: 16 discrete inputs of the first loop, input register 0 the heartbeat. Healthy, tripped and the fan's
    /// contact are fail-safe: a broken wire reads 0.
    package func fillInterlocks(_ bank: inout RegisterBank) {
        let contacts: [Bool] = [
            !isOn(.sisFault), !isOn(.sisTripped), isOn(.sisMaintenanceBypass), isOn(.sisOperationalBypass),
            isOn(.sisFirstOut), isOn(.sisForced), isOn(.sisFault), isOn(.sisTest), room.fanRuns,
        ]
        for (address, closed) in contacts.enumerated() { bank[bit: .discreteInput, address] = closed }
        bank[.inputRegister, 0] = heartbeat
    }
}
