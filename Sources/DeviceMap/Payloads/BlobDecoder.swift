import PlantModel
import PlantTime

/// Reads the registers of one blob: hexadecimal or base64 text, or the bytes themselves, through the decoder of Modbus
/// answers.
struct BlobDecoder: Sendable {
    enum Outcome: Equatable {
        /// It spoke of its points: with values, or with the reason for which the device gave none.
        case read
        /// Of another unit, to another read, or from a busy device: it says nothing of these points.
        case elsewhere
        /// Too damaged or short to be trusted: each point is bad.
        case malformed(found: String, wanted: String)
    }

    private let block: BlockDecoder
    private let encoding: BlobEncoding
    private let answer: WrappedRead?
    private let function: UInt8
    /// Bytes of data in the answer that is meant.
    private let answeredBytes: Int

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
        answer = blob.answer
        function = range.area.functionCode
        answeredBytes = max(blob.answer?.count ?? 0, range.count) * 2
    }

    /// Appends one sample for each point of the blob, unless it says nothing of them. What follows its last point is not looked
    /// at.
    @discardableResult
    func decode(_ written: [UInt8], at time: PlantInstant, into samples: inout [Sample]) -> Outcome {
        let bytes: [UInt8]? =
            switch encoding {
            case .raw: written
            case .hex: Self.hexadecimal(written)
            case .base64: Self.base64(written)
            }
        guard let bytes else {
            spoil(at: time, into: &samples)
            return .malformed(
                found: "text that is no \(encoding.rawValue)", wanted: "at least \(block.dataBytes) bytes")
        }
        if let answer { return take(bytes, answering: answer, at: time, into: &samples) }
        guard bytes.count >= block.dataBytes else {
            spoil(at: time, into: &samples)
            return .malformed(found: "\(bytes.count) bytes", wanted: "at least \(block.dataBytes) bytes")
        }
        block.decode(bytes.span.extracting(0..<block.dataBytes), at: time, into: &samples)
        return .read
    }

    private func take(
        _ frame: [UInt8], answering read: WrappedRead, at time: PlantInstant, into samples: inout [Sample]
    ) -> Outcome {
        let given: WrappedAnswer
        do throws(WrappedAnswer.Refused) {
            given = try WrappedAnswer(frame, form: read.form)
        } catch {
            // A damaged frame is that of the unit it names: its neighbours on the line go on being seen.
            guard error.unit ?? read.unit == read.unit else { return .elsewhere }
            spoil(at: time, into: &samples)
            return .malformed(found: error.found, wanted: error.wanted)
        }
        guard given.unit == read.unit, given.function == function else { return .elsewhere }
        if let code = given.exception {
            switch ExceptionMeaning(code: code) {
            case .busy: return .elsewhere
            case .refused: block.spoil(.misconfigured, at: time, into: &samples)
            case .deviceFault: block.spoil(.deviceFault, at: time, into: &samples)
            case .noTarget: block.spoil(.noTarget, at: time, into: &samples)
            }
            return .read
        }
        guard given.data.count == answeredBytes else { return .elsewhere }
        let own = given.data.lowerBound..<given.data.lowerBound + block.dataBytes
        block.decode(frame.span.extracting(own), at: time, into: &samples)
        return .read
    }

    func spoil(at time: PlantInstant, into samples: inout [Sample]) {
        block.spoil(.decodeFailed, at: time, into: &samples)
    }

    /// Pairs of digits. Before and between bytes: spaces, `:`, `-`, and `0x` where a group begins.
    static func hexadecimal(_ text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var isBetween = true
        var place = 0
        while place < text.count {
            if [0x20, UInt8(ascii: ":"), UInt8(ascii: "-")].contains(text[place]) {
                isBetween = true
                place += 1
                continue
            }
            guard place + 1 < text.count else { return nil }
            if isBetween, text[place] == UInt8(ascii: "0"), text[place + 1] | 0x20 == UInt8(ascii: "x") {
                isBetween = false
                place += 2
                continue
            }
            guard let high = HexDigit.value(of: text[place]), let low = HexDigit.value(of: text[place + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
            isBetween = false
            place += 2
        }
        return bytes
    }

    /// RFC 4648 in either of its alphabets, with its padding or without; no spaces.
    static func base64(_ text: [UInt8]) -> [UInt8]? {
        let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let letters = text.dropLast(padding)
        // Padding fills up four; what it would have filled up says how many bytes the last letters are.
        let missing = (4 - letters.count % 4) % 4
        guard missing < 3, padding == 0 || padding == missing else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 2)
        var bits: UInt32 = 0
        for (place, letter) in letters.enumerated() {
            let value: UInt8
            switch letter {
            case 0x41...0x5A: value = letter - 0x41
            case 0x61...0x7A: value = letter - 0x61 + 26
            case 0x30...0x39: value = letter - 0x30 + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            if place % 4 == 3 {
                bytes += [UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)]
                bits = 0
            }
        }
        switch missing {
        case 1: bytes += [UInt8(bits >> 10 & 0xFF), UInt8(bits >> 2 & 0xFF)]
        case 2: bytes.append(UInt8(bits >> 4 & 0xFF))
        default: break
        }
        return bytes
    }
}
