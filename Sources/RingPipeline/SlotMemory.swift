public import Synchronization

/// Moves a slot in and out of shared memory word by word, each word an atomic, so that a reader that is overtaken while
/// it copies sees mixed words (and finds out by the turn number), never a data race.
@usableFromInline enum SlotWords {
    /// A constant where the type of the slot is known.
    @inlinable @inline(__always)
    static func count<Slot: BitwiseCopyable>(_ type: Slot.Type) -> Int { (MemoryLayout<Slot>.size + 7) / 8 }

    @inlinable @inline(__always)
    static func store<Slot: BitwiseCopyable>(
        _ slot: Slot, to place: UnsafeMutablePointer<Atomic<UInt64>>
    ) {
        unsafe withUnsafeBytes(of: slot) { bytes in
            if let first = bytes.baseAddress { unsafe store(Slot.self, from: first, to: place) }
        }
    }

    /// - Parameter bytes: of one slot.
    @inlinable @inline(__always)
    static func store<Slot: BitwiseCopyable>(
        _ type: Slot.Type, from bytes: UnsafeRawPointer, to place: UnsafeMutablePointer<Atomic<UInt64>>
    ) {
        let size = MemoryLayout<Slot>.size
        let whole = size / 8
        for index in 0..<whole {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
            unsafe place[index].store(word, ordering: .relaxed)
        }
        if whole * 8 < size {
            var word: UInt64 = 0
            for offset in whole * 8..<size {
                let byte = unsafe bytes.load(fromByteOffset: offset, as: UInt8.self)
                word |= UInt64(byte) << UInt64((offset & 7) * 8)
            }
            unsafe place[whole].store(word, ordering: .relaxed)
        }
    }

    @inlinable @inline(__always)
    static func load<Slot: BitwiseCopyable>(
        _ type: Slot.Type, from place: UnsafeMutablePointer<Atomic<UInt64>>, into slot: inout Slot
    ) {
        unsafe withUnsafeMutableBytes(of: &slot) { bytes in
            if let first = bytes.baseAddress { unsafe load(Slot.self, from: place, into: first) }
        }
    }

    /// - Parameter bytes: room for one slot.
    @inlinable @inline(__always)
    static func load<Slot: BitwiseCopyable>(
        _ type: Slot.Type, from place: UnsafeMutablePointer<Atomic<UInt64>>, into bytes: UnsafeMutableRawPointer
    ) {
        let size = MemoryLayout<Slot>.size
        let whole = size / 8
        for index in 0..<whole {
            let word = unsafe place[index].load(ordering: .relaxed)
            unsafe bytes.storeBytes(of: word, toByteOffset: index * 8, as: UInt64.self)
        }
        if whole * 8 < size {
            let word = unsafe place[whole].load(ordering: .relaxed)
            for offset in whole * 8..<size {
                let byte = UInt8(truncatingIfNeeded: word >> UInt64((offset & 7) * 8))
                unsafe bytes.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
            }
        }
    }
}
