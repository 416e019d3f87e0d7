/// One step of a path into a JSON payload, written `$.peers[2].dist`.
package enum PathStep: Sendable, Hashable {
    case key(String)
    case element(Int)
    /// `[*]`: each element of an array.
    case every
    /// `[?id=='N7']`: the one element of an array whose member says so.
    case matching(ElementMatch)
}

/// Which element of an array is meant: the one whose member is this text, or this number.
package struct ElementMatch: Sendable, Hashable {
    package var member: String
    package var literal: String

    package init(member: String, literal: String) {
        self.member = member
        self.literal = literal
    }

    /// `12` is met by 12, 12.0 and "12", `'N7'` by "N7".
    func holds(of value: PayloadValue, in bytes: [UInt8]) -> Bool {
        switch value {
        case .text(let text): return text.utf8(in: bytes).elementsEqual(literal.utf8)
        case .signed, .unsigned, .decimal:
            guard let wanted = NumberText.decimal(Array(literal.utf8)) else { return false }
            return wanted.inOneForm == value.inOneForm
        case .missing, .null, .boolean, .object, .array: return false
        }
    }
}

extension PayloadValue {
    /// One number, one form: some devices write all of theirs with a point, and 12.0 is 12.
    fileprivate var inOneForm: PayloadValue {
        guard case .decimal(let number) = self else { return self }
        return Int64(exactly: number).map { .signed($0) } ?? UInt64(exactly: number).map { .unsigned($0) } ?? self
    }
}

/// A place in a payload: from its root (`$`), from the element that is being read (`@`), or in its topic (`#`).
package struct PayloadPath: Sendable, Hashable {
    package enum Origin: Character, Sendable, Hashable, CaseIterable {
        case payload = "$"
        case element = "@"
        case topic = "#"
    }

    package var origin: Origin
    package var steps: [PathStep]

    package init(origin: Origin = .payload, steps: [PathStep]) {
        self.origin = origin
        self.steps = steps
    }
}
