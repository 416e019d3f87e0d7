import PlantModel
import PlantTime

/// Reads the registers of one blob: hexadecimal or base64 text, or the bytes themselves, through the decoder of Modbus
/// answers.
struct BlobDecoder: Sendable {
    private let block: BlockDecoder
    private let encoding: BlobEncoding

    init(_ blob: PayloadBlob) {
        let end = blob.points.map { Int($0.address.offset) + $0.type.registerCount }.max() ?? 0
        let range = ReadBlock(
            area: blob.points.first?.area ?? .holdingRegister, start: blob.start,
            count: max(end - Int(blob.start.offset), 0), period: .seconds(1), members: Array(blob.points.indices))
        block = BlockDecoder(
            block: range,
            unit: ModbusUnit(
                device: "", unit: 0, pointClass: .other, points: blob.points, linkPoint: PointIndex(0)))
        encoding = blob.encoding
    }

    var wanted: String { "at least \(block.dataBytes) bytes" }

    /// Appends one sample for each point of the blob. What follows its last point is not looked at.
    /// - Returns: false when it is malformed or too short to be trusted: then each sample is bad.
    @discardableResult
    func decode(_ written: [UInt8], at time: PlantInstant, into samples: inout [Sample]) -> Bool {
        let bytes: [UInt8]? =
            switch encoding {
            case .raw: written
            case .hex: Self.hexadecimal(written)
            case .base64: Self.base64(written)
            }
        guard let bytes, bytes.count >= block.dataBytes else {
            spoil(at: time, into: &samples)
            return false
        }
        block.decode(bytes.span.extracting(0..<block.dataBytes), at: time, into: &samples)
        return true
    }

    func spoil(at time: PlantInstant, into samples: inout [Sample]) {
        block.spoil(.decodeFailed, at: time, into: &samples)
    }

    /// Pairs of digits, with or without spaces between bytes.
    static func hexadecimal(_ text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for letter in text {
            if letter == 0x20, high == nil { continue }
            guard let digit = HexDigit.value(of: letter) else { return nil }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? bytes : nil
    }

    /// RFC 4648, with its padding; no spaces, no other alphabet.
    static func base64(_ text: [UInt8]) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        for (place, letter) in text.dropLast(padding).enumerated() {
            let value: UInt8
            switch letter {
            case 0x41...0x5A: value = letter - 0x41
            case 0x61...0x7A: value = letter - 0x61 + 26
            case 0x30...0x39: value = letter - 0x30 + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            if place % 4 == 3 {
                bytes += [UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)]
                bits = 0
            }
        }
        switch padding {
        case 1: bytes += [UInt8(bits >> 10 & 0xFF), UInt8(bits >> 2 & 0xFF)]
        case 2: bytes.append(UInt8(bits >> 4 & 0xFF))
        default: break
        }
        return bytes
    }
}
