/// Elements that are taken and given back by number, in slabs: growing allocates one slab and moves nothing. Each element
/// can name one behind it, so a chain of any length is given back in one step. Owned by one thread.
@safe struct SlabPool<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    // @unchecked Sendable: the slabs are reached through this value alone, and it cannot be copied.
    private static var slabElements: Int { 256 }

    private var slabs: [UnsafeMutablePointer<Element>] = unsafe []
    /// The element behind each in its chain, or the next free one; -1 at the end.
    private var following: [Int32] = []
    private var free: Int32 = -1

    init() {}

    deinit { unsafe slabs.forEach { unsafe $0.deallocate() } }

    /// Bytes held, used or not.
    var byteCount: Int { following.count * (MemoryLayout<Element>.stride + 4) }

    /// The number of a place that now holds `element`, and names none behind it.
    mutating func take(_ element: Element) -> Int32 {
        if free < 0 { addSlab() }
        let place = free
        free = following[Int(place)]
        following[Int(place)] = -1
        self[place] = element
        return place
    }

    /// Gives back the chain from `first` to `last`.
    mutating func giveBack(from first: Int32, through last: Int32) {
        following[Int(last)] = free
        free = first
    }

    mutating func link(_ place: Int32, to next: Int32) { following[Int(place)] = next }
    func element(after place: Int32) -> Int32 { following[Int(place)] }

    subscript(_ place: Int32) -> Element {
        // The slab is looked up with its bounds checked, and no place within it lies beyond its end.
        get { unsafe slabs[Int(place) / Self.slabElements][Int(place) % Self.slabElements] }
        set { unsafe (slabs[Int(place) / Self.slabElements] + Int(place) % Self.slabElements).initialize(to: newValue) }
    }

    private mutating func addSlab() {
        let first = following.count
        unsafe slabs.append(.allocate(capacity: Self.slabElements))
        for place in first..<first + Self.slabElements {
            following.append(place + 1 < first + Self.slabElements ? Int32(place + 1) : -1)
        }
        free = Int32(first)
    }
}
