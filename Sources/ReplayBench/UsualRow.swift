/// A row in the form that nearly every row has, read in one pass over its bytes, eight at a time:
/// `2024-01-01T00:00:00.000Z,TAG,12.5,GOOD`, on the day of the row before.
///
/// It refuses whatever is unusual, mistakes included, and leaves them to ``RecordingReader``, which says what is wrong.
struct UsualRow {
    /// Milliseconds since 1970.
    var time: Int64
    var tag: Range<Int>
    var tagHash: UInt64
    var value: Double
    var quality: RecordingRow.Word
    /// Where the next line begins.
    var end: Int

    /// Rows longer than this are unusual.
    static let bytesMax = 256

    /// - Parameters:
    ///   - bytes: a buffer; at least ``bytesMax`` bytes lie behind `start`.
    ///   - start: where the line begins.
    @inline(__always)
    init?(in bytes: RawSpan, at start: Int, on day: Day) {
        guard bytes.byteCount - start >= Self.bytesMax, let time = day.time(in: bytes, at: start),
            bytes.byte(start + 24) == 0x2C
        else { return nil }
        self.time = time
        // The tag, hashed while its end is looked for.
        var place = start + 25
        var hash = TagHash()
        while true {
            let word = bytes.word(place)
            let length = Self.bytesBefore(0x2C, in: word)
            guard Self.bytesBefore(0x0A, in: word) >= length else { return nil }
            if length < 8 {
                hash.finish(word, count: length)
                place += length
                break
            }
            hash.mix(word)
            place += 8
            guard place - start < Self.bytesMax - 96 else { return nil }
        }
        tag = start + 25..<place
        tagHash = hash.value
        guard !tag.isEmpty, let number = PlainDecimal(in: bytes, at: place + 1) else { return nil }
        value = number.value
        place = number.end
        guard bytes.byte(place) == 0x2C else { return nil }
        let word = bytes.word(place + 1)
        if word & 0xFFFF_FFFF == 0x444F_4F47 {
            quality = .good
            place += 5
        } else if word & 0xFF_FFFF == 0x44_4142 {
            quality = .bad
            place += 4
        } else if word == 0x4941_5452_4543_4E55, bytes.byte(place + 9) == 0x4E {
            quality = .uncertain
            place += 10
        } else {
            return nil
        }
        if bytes.byte(place) == 0x0D { place += 1 }
        guard bytes.byte(place) == 0x0A else { return nil }
        end = place + 1
    }

    /// How many bytes of a word, lowest first, stand before the first that equals `byte`; 8 if none does.
    @inline(__always)
    private static func bytesBefore(_ byte: UInt64, in word: UInt64) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let differences = word ^ (byte &* ones)
        let marks = (differences &- ones) & ~differences & (ones << 7)
        return marks.trailingZeroBitCount >> 3
    }
}

extension UsualRow {
    /// The day that rows are on, as its first eleven bytes, `2024-01-01T`, and as an instant.
    struct Day {
        private var head: UInt64 = 0
        private var tail: UInt64 = 0
        private var start: Int64 = 0

        init() {}

        /// - Parameters:
        ///   - start: of a time of 24 bytes that ends in Z.
        ///   - milliseconds: what it means.
        init(of bytes: RawSpan, at start: Int, milliseconds: Int64) {
            head = bytes.word(start)
            tail = bytes.word(start + 8) & 0xFF_FFFF
            self.start = milliseconds - (Self.timeOfDay(bytes.word(start + 8), bytes.word(start + 16)) ?? 0)
        }

        /// nil when the time is on another day, or has not the usual form.
        @inline(__always)
        func time(in bytes: RawSpan, at place: Int) -> Int64? {
            let middle = bytes.word(place + 8)
            guard bytes.word(place) == head, middle & 0xFF_FFFF == tail,
                let ofDay = Self.timeOfDay(middle, bytes.word(place + 16))
            else { return nil }
            return start + ofDay
        }

        /// - Parameters: the bytes `01T00:00` and `:00.000Z`, lowest first.
        @inline(__always)
        static func timeOfDay(_ middle: UInt64, _ last: UInt64) -> Int64? {
            // With the digits taken for zeros, the rest must be just so; then each digit must be one.
            let hours = middle >> 24 ^ 0x30_303A_3030
            let rest = last ^ 0x5A30_3030_2E30_303A
            guard hours & 0xF0_F0FF_F0F0 == 0, rest & 0xFFF0_F0F0_FFF0_F0FF == 0,
                (hours &+ 0x06_0600_0606) & 0xF0_F000_F0F0 == 0,
                (rest &+ 0x0006_0606_0006_0600) & 0x00F0_F0F0_00F0_F000 == 0
            else { return nil }
            let hour = (hours & 0xF) * 10 + (hours >> 8 & 0xF)
            let minute = (hours >> 24 & 0xF) * 10 + (hours >> 32 & 0xF)
            let second = (rest >> 8 & 0xF) * 10 + (rest >> 16 & 0xF)
            let millisecond = (rest >> 32 & 0xF) * 100 + (rest >> 40 & 0xF) * 10 + (rest >> 48 & 0xF)
            guard hour < 24, minute < 60, second < 60 else { return nil }
            return Int64(truncatingIfNeeded: ((hour * 60 + minute) * 60 + second) * 1000 + millisecond)
        }
    }
}

extension RawSpan {
    /// Eight bytes, lowest first, wherever they begin.
    @inline(__always)
    func word(_ place: Int) -> UInt64 {
        // Bounds are checked, and every pattern of bits is a number.
        unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    @inline(__always)
    func byte(_ place: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: place, as: UInt8.self) }
}
