/// Names by number and numbers by name, in one text: about 40 bytes a name, where an array and a dictionary of strings
/// take three times as much.
struct NameTable: Sendable {
    private var text: [UInt8] = []
    private var ends: [UInt32] = []
    /// Numbers by hash, open addressing; -1 where there is none. Its count is a power of two.
    private var places: [Int32] = Array(repeating: -1, count: 16)

    init() {}

    var count: Int { ends.count }

    /// The name of a number below ``count``.
    subscript(_ number: Int) -> String { String(decoding: text[range(of: number)], as: UTF8.self) }

    /// nil when no name is this one.
    func number(of name: String) -> Int? {
        let number = places[place(of: name)]
        return number < 0 ? nil : Int(number)
    }

    /// Adds a name that is not there yet; its number is the count so far.
    mutating func append(_ name: String) {
        if 2 * (ends.count + 1) > places.count { grow() }
        let place = place(of: name)
        precondition(places[place] < 0, "a name is added once")
        places[place] = Int32(ends.count)
        text.append(contentsOf: name.utf8)
        ends.append(UInt32(text.count))
    }

    private func range(of number: Int) -> Range<Int> {
        (number == 0 ? 0 : Int(ends[number - 1]))..<Int(ends[number])
    }

    /// Where a name stands, or would stand.
    private func place(of name: String) -> Int {
        var place = Int(truncatingIfNeeded: Self.hash(name.utf8)) & (places.count - 1)
        while places[place] >= 0 {
            if text[range(of: Int(places[place]))].elementsEqual(name.utf8) { return place }
            place = (place + 1) & (places.count - 1)
        }
        return place
    }

    private mutating func grow() {
        places = Array(repeating: -1, count: 2 * places.count)
        for number in ends.indices {
            var place = Int(truncatingIfNeeded: Self.hash(text[range(of: number)])) & (places.count - 1)
            while places[place] >= 0 { place = (place + 1) & (places.count - 1) }
            places[place] = Int32(number)
        }
    }

    /// FNV-1a, its high half folded down.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ hash >> 32
    }
}
