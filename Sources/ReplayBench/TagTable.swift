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
            let hash = unsafe TagHash.of(text.span.bytes, start..<text.count)
            var slot = Int(truncatingIfNeeded: hash) & mask
            while places[slot].count > 0 { slot = (slot + 1) & mask }
            places[slot] = Place(
                hash: hash, start: UInt32(start), count: UInt32(text.count - start), number: UInt32(number))
        }
    }

    /// - Returns: nil when no point has this tag.
    func number(of bytes: RawSpan, _ range: Range<Int>) -> UInt32? {
        number(of: bytes, range, hash: TagHash.of(bytes, range))
    }

    /// - Parameter hash: that of the tag.
    @inline(__always)
    func number(of bytes: RawSpan, _ range: Range<Int>, hash: UInt64) -> UInt32? {
        var slot = Int(truncatingIfNeeded: hash) & mask
        while places[slot].count > 0 {
            if places[slot].hash == hash, isEqual(places[slot], bytes, range) { return places[slot].number }
            slot = (slot + 1) & mask
        }
        return nil
    }

    @inline(__always)
    private func isEqual(_ place: Place, _ bytes: RawSpan, _ range: Range<Int>) -> Bool {
        guard Int(place.count) == range.count else { return false }
        let own = unsafe text.span.bytes
        let start = Int(place.start)
        var offset = 0
        while offset + 8 <= range.count {
            guard own.word(start + offset) == bytes.word(range.lowerBound + offset) else { return false }
            offset += 8
        }
        while offset < range.count {
            guard own.byte(start + offset) == bytes.byte(range.lowerBound + offset) else { return false }
            offset += 1
        }
        return true
    }
}

/// The hash of a tag, taken in eight bytes at a time.
struct TagHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    mutating func mix(_ word: UInt64) {
        value = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
        value ^= value >> 32
    }

    /// Takes the last bytes in: the lowest `count` of a word, fewer than eight.
    @inline(__always)
    mutating func finish(_ word: UInt64, count: Int) {
        mix(word & (1 << UInt64(8 * count) &- 1))
        mix(UInt64(count))
    }

    static func of(_ bytes: RawSpan, _ range: Range<Int>) -> UInt64 {
        var hash = TagHash()
        var place = range.lowerBound
        while place + 8 <= range.upperBound {
            hash.mix(bytes.word(place))
            place += 8
        }
        var last: UInt64 = 0
        for offset in 0..<range.upperBound - place { last |= UInt64(bytes.byte(place + offset)) << UInt64(8 * offset) }
        hash.finish(last, count: range.upperBound - place)
        return hash.value
    }
}
