package import PlantTime

/// A pattern of `yyyy MM dd HH mm ss SSS` with separators between, and the zone that goes with it: for stamps whose
/// text names none. `yyyy-MM-dd HH:mm:ss` at +08:00 is the common one.
package struct StampPattern: Sendable, Equatable {
    package enum Refused: Error, Equatable, CustomStringConvertible {
        case unknownField(String)
        case repeatedField(String)
        case missingField(String)
        case impossibleZone(offsetSeconds: Int)

        package var description: String {
            switch self {
            case .unknownField(let letters): "found \(letters), which is none of them"
            case .repeatedField(let field): "found \(field) twice"
            case .missingField(let field): "\(field) is missing"
            case .impossibleZone(let seconds): "found a zone \(seconds) s from UTC, at most 14 h would do"
            }
        }
    }

    private enum Field: String, CaseIterable { case yyyy, MM, dd, HH, mm, ss, SSS }
    private enum Piece: Equatable {
        case field(Field)
        case separator(UInt8)
    }

    private var pieces: [Piece] = []
    private let offsetSeconds: Int

    /// - Throws: when a letter is no field, a field stands twice, one lacks (only `ss` and `SSS` may), or the zone is
    ///   further than 14 h from UTC.
    package init(_ text: String, offsetSeconds: Int) throws(Refused) {
        guard abs(offsetSeconds) <= 14 * 3600 else { throw .impossibleZone(offsetSeconds: offsetSeconds) }
        self.offsetSeconds = offsetSeconds
        var rest = Array(text.utf8)[...]
        while let letter = rest.first {
            guard (0x41...0x5A).contains(letter) || (0x61...0x7A).contains(letter) else {
                pieces.append(.separator(letter))
                rest.removeFirst()
                continue
            }
            let run = String(decoding: rest.prefix { $0 == letter }, as: UTF8.self)
            guard let field = Field(rawValue: run) else { throw .unknownField(run) }
            guard !pieces.contains(.field(field)) else { throw .repeatedField(run) }
            pieces.append(.field(field))
            rest = rest.dropFirst(run.utf8.count)
        }
        for field in Field.allCases where field != .ss && field != .SSS && !pieces.contains(.field(field)) {
            throw .missingField(field.rawValue)
        }
    }

    /// The time that a text names; nil when it does not match to its last byte or names no day of the calendar.
    package func time(of text: [UInt8]) -> WallTime? {
        var civil = CivilTime(year: 0, month: 0, day: 0)
        var rest = text[...]
        for piece in pieces {
            switch piece {
            case .separator(let byte):
                guard rest.popFirst() == byte else { return nil }
            case .field(let field):
                let digits = rest.prefix(field.rawValue.utf8.count)
                guard digits.count == field.rawValue.utf8.count, digits.allSatisfy(\.isDigit) else {
                    return nil
                }
                let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
                switch field {
                case .yyyy: civil.year = number
                case .MM: civil.month = number
                case .dd: civil.day = number
                case .HH: civil.hour = number
                case .mm: civil.minute = number
                case .ss: civil.second = number
                case .SSS: civil.millisecond = number
                }
                rest = rest.dropFirst(digits.count)
            }
        }
        guard rest.isEmpty else { return nil }
        return civil.milliseconds(offsetSeconds: offsetSeconds).map { WallTime(milliseconds: $0) }
    }
}
