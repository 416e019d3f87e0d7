/// Finds the number of a point from the bytes of its tag, without making a string of them.
struct TagTable {
    private struct Place {
        var hash: UInt64 = 0
        var start: UInt32 = 0
        var count: UInt32 = 0
        var number: UInt32 = .max
    }

    private var places: [Place]
    private var text: [UInt8] = []
    private let mask: Int

    /// - Parameter tags: by number.
    init(_ tags: [String]) {
        var capacity = 16
        while capacity < tags.count * 2 { capacity *= 2 }
        mask = capacity - 1
        places = Array(repeating: Place(), count: capacity)
        for (number, tag) in tags.enumerated() {
            let start = text.count
            text.append(contentsOf: tag.utf8)
            let hash = Self.hash(text.span, start..<text.count)
            var slot = Int(truncatingIfNeeded: hash) & mask
            while places[slot].count > 0 { slot = (slot + 1) & mask }
            places[slot] = Place(
                hash: hash, start: UInt32(start), count: UInt32(text.count - start), number: UInt32(number))
        }
    }

    /// - Returns: nil when no point has this tag.
    func number(of bytes: Span<UInt8>, _ range: Range<Int>) -> UInt32? {
        let hash = Self.hash(bytes, range)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while places[slot].count > 0 {
            if places[slot].hash == hash, isEqual(places[slot], bytes, range) { return places[slot].number }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private func isEqual(_ place: Place, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard Int(place.count) == range.count else { return false }
        for offset in 0..<range.count where text[Int(place.start) + offset] != bytes[range.lowerBound + offset] {
            return false
        }
        return true
    }

    /// FNV-1a, its high half folded down.
    private static func hash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in range { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
        return hash ^ hash >> 32
    }
}
