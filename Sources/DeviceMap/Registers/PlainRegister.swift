import PlantModel
import PlantTime

/// What nearly every point is: a number in one or two registers, a scale, a range, and nothing else. Decoded from these 32
/// bytes without a look at the point's description; the outcome is the same as by that.
struct PlainRegister: Sendable, Equatable, BitwiseCopyable {
    private enum Form: UInt8, BitwiseCopyable { case unsigned16, signed16, unsigned32, signed32, float32 }

    private struct Manners: OptionSet, Equatable, BitwiseCopyable {
        var rawValue: UInt8
        static let lowWordFirst = Manners(rawValue: 1)
        static let isScaled = Manners(rawValue: 2)
        static let divides = Manners(rawValue: 4)
    }

    private let point: PointIndex
    /// Of its first byte in the data of an answer.
    private let place: UInt16
    private let form: Form
    private let manners: Manners
    private let factor: Double
    private let lowest: Double
    private let highest: Double

    /// nil for a point that needs more.
    /// - Parameter start: where the answer begins.
    init?(_ point: RegisterPoint, from start: RegisterAddress) {
        guard point.isPlain, !point.area.holdsBits, point.scaling.offset == 0 else { return nil }
        switch point.type {
        case .unsigned16: form = .unsigned16
        case .signed16: form = .signed16
        case .unsigned32: form = .unsigned32
        case .signed32: form = .signed32
        case .float32: form = .float32
        default: return nil
        }
        var manners: Manners = point.scaling.isIdentity ? [] : .isScaled
        switch point.order.letters {
        case "AB", "ABCD": break
        case "CDAB": manners.insert(.lowWordFirst)
        default: return nil
        }
        if let divisor = point.scaling.divisor {
            manners.insert(.divides)
            factor = divisor
        } else {
            factor = point.scaling.scale
        }
        self.manners = manners
        self.point = point.point
        place = (point.address.offset - start.offset) * 2
        lowest = point.range?.lowerBound ?? -.infinity
        highest = point.range?.upperBound ?? .infinity
    }

    /// - Precondition: the data are those of an answer that begins where it was told.
    @inline(__always)
    func sample(in data: Span<UInt8>, at instant: PlantInstant) -> Sample {
        let raw = raw(in: data)
        let value =
            manners.contains(.isScaled)
            ? Payload(manners.contains(.divides) ? raw.number / factor : raw.number * factor) : raw
        let number = value.number
        guard number.isFinite else { return Sample(point: point, at: instant, .bad(.notANumber)) }
        guard number >= lowest, number <= highest else { return Sample(point: point, at: instant, .bad(.outOfRange)) }
        return Sample(point: point, time: instant, arrival: instant, payload: value, quality: .good)
    }

    @inline(__always)
    private func raw(in data: Span<UInt8>) -> Payload {
        let first = word(0, in: data)
        switch form {
        case .unsigned16: return Payload(UInt64(first))
        case .signed16: return Payload(Int64(Int16(truncatingIfNeeded: first)))
        case .unsigned32, .signed32, .float32: break
        }
        let second = word(2, in: data)
        let both = manners.contains(.lowWordFirst) ? second << 16 | first : first << 16 | second
        return switch form {
        case .signed32: Payload(Int64(Int32(bitPattern: both)))
        case .float32: Payload(Double(Float(bitPattern: both)))
        case .unsigned16, .signed16, .unsigned32: Payload(UInt64(both))
        }
    }

    @inline(__always)
    private func word(_ offset: Int, in data: Span<UInt8>) -> UInt32 {
        UInt32(data[Int(place) + offset]) << 8 | UInt32(data[Int(place) + offset + 1])
    }
}
