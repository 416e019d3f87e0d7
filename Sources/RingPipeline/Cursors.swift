import Synchronization

/// The two numbers that every end of a ring looks at, 128 bytes apart so that publishers and the gating reader do not
/// pull one cache line back and forth, and a note of which ends have been taken.
/// - Note: `@safe`: one block, allocated in `init`, freed in `deinit`, used only through the two atomics at its ends.
@safe final class Cursors: @unchecked Sendable {
    // @unchecked Sendable: both numbers are atomics, and so is the note.
    enum End: Int, Sendable {
        case soloPublisher = 1
        case sharedPublisher = 2
        case gatingReader = 4
    }

    private let block: UnsafeMutableRawPointer
    private let taken = Atomic<Int>(0)

    init() {
        unsafe block = .allocate(byteCount: 384, alignment: 128)
        for offset in [0, 128] {
            unsafe (block + offset).bindMemory(to: Atomic<UInt64>.self, capacity: 1).initialize(to: Atomic(0))
        }
        unsafe claimedPointer = block.assumingMemoryBound(to: Atomic<UInt64>.self)
        unsafe releasedPointer = (block + 128).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    deinit { unsafe block.deallocate() }

    let claimedPointer: UnsafeMutablePointer<Atomic<UInt64>>
    let releasedPointer: UnsafeMutablePointer<Atomic<UInt64>>

    /// The last sequence that publishers have claimed.
    var claimed: UInt64 { unsafe claimedPointer.pointee.load(ordering: .acquiring) }
    /// The last sequence that the gating reader has finished with.
    var released: UInt64 { unsafe releasedPointer.pointee.load(ordering: .acquiring) }

    /// Notes that an end is taken; a second one where only one may be is a broken promise and stops the program.
    func take(_ end: End) {
        let before = taken.bitwiseOr(end.rawValue, ordering: .acquiringAndReleasing).oldValue
        switch end {
        case .soloPublisher: precondition(before & 3 == 0, "this ring has its publisher already")
        case .sharedPublisher: precondition(before & 1 == 0, "this ring has a single publisher: share that thread's")
        case .gatingReader: precondition(before & 4 == 0, "this ring has its gating reader already")
        }
    }
}
