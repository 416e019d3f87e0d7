package import DeviceMap

/// The four tables of one simulated unit. Reading past a table's end is what a real device answers with exception 2.
package struct RegisterBank: Sendable, Equatable {
    private var bits: [RegisterArea: [Bool]]
    private var words: [RegisterArea: [UInt16]]

    /// Tables of these sizes, all zero. A size of 0 is a table that the device does not have.
    package init(coils: Int = 0, discreteInputs: Int = 0, holdingRegisters: Int = 0, inputRegisters: Int = 0) {
        bits = [
            .coil: Array(repeating: false, count: coils),
            .discreteInput: Array(repeating: false, count: discreteInputs),
        ]
        words = [
            .holdingRegister: Array(repeating: 0, count: holdingRegisters),
            .inputRegister: Array(repeating: 0, count: inputRegisters),
        ]
    }

    /// One register of a register area; 0 outside the table. Writing outside it is a mistake of the model and traps.
    package subscript(area: RegisterArea, address: Int) -> UInt16 {
        get { registers(area, from: address, count: 1)?.first ?? 0 }
        set { words[area, default: []][address] = newValue }
    }

    /// One bit of a bit area; false outside the table. Writing outside it traps.
    package subscript(bit area: RegisterArea, address: Int) -> Bool {
        get { bits(area, from: address, count: 1)?.first ?? false }
        set { bits[area, default: []][address] = newValue }
    }

    /// Writes a float32, high word first, into two registers.
    package mutating func setFloat32(_ value: Float, _ area: RegisterArea, at address: Int) {
        self[area, address] = UInt16(value.bitPattern >> 16)
        self[area, address + 1] = UInt16(truncatingIfNeeded: value.bitPattern)
    }

    /// Writes a number, times `scale`, rounded and held to the register's range.
    package mutating func setUnsigned(_ value: Double, times scale: Double, _ area: RegisterArea, at address: Int) {
        let counts = (value * scale).rounded()
        self[area, address] = counts.isFinite ? UInt16(min(max(counts, 0), 65_535)) : 65_535
    }

    /// The same as a 16-bit two's complement number.
    package mutating func setSigned(_ value: Double, times scale: Double, _ area: RegisterArea, at address: Int) {
        let counts = (value * scale).rounded()
        self[area, address] = UInt16(bitPattern: counts.isFinite ? Int16(min(max(counts, -32_768), 32_767)) : .min)
    }

    func registers(_ area: RegisterArea, from start: Int, count: Int) -> ArraySlice<UInt16>? {
        guard let table = words[area], start >= 0, start + count <= table.count else { return nil }
        return table[start..<start + count]
    }

    func bits(_ area: RegisterArea, from start: Int, count: Int) -> ArraySlice<Bool>? {
        guard let table = bits[area], start >= 0, start + count <= table.count else { return nil }
        return table[start..<start + count]
    }
}
