/// The four tables of a Modbus device, each with the one function code that reads it. There is no write code here or
/// anywhere in the product.
package enum RegisterArea: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case coil = 1
    case discreteInput = 2
    case holdingRegister = 3
    case inputRegister = 4

    package var functionCode: UInt8 { rawValue }
    package var holdsBits: Bool { self == .coil || self == .discreteInput }

    /// The short word in profiles: `co`, `di`, `hr`, `ir`.
    package var word: String {
        switch self {
        case .coil: "co"
        case .discreteInput: "di"
        case .holdingRegister: "hr"
        case .inputRegister: "ir"
        }
    }

    package init?(word: some StringProtocol) {
        guard let match = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = match
    }
}

/// An address as it goes over the wire: counted from 0.
package struct RegisterAddress: Sendable, Hashable, Comparable, BitwiseCopyable {
    package let offset: UInt16

    package init(_ offset: UInt16) { self.offset = offset }

    package static func < (left: RegisterAddress, right: RegisterAddress) -> Bool { left.offset < right.offset }
}
