/// A slot whose words contradict each other when they come from two writings.
struct StressSlot: BitwiseCopyable, Sendable {
    var publisher: UInt64
    var number: UInt64
    var echo: UInt64
    var stamp: UInt64

    init(publisher: UInt64, number: UInt64) {
        self.publisher = publisher
        self.number = number
        echo = ~(number ^ publisher &* 0x9E37_79B9_7F4A_7C15)
        stamp = 0
    }

    static let blank = StressSlot(publisher: 0, number: 0)

    var isWhole: Bool { echo == ~(number ^ publisher &* 0x9E37_79B9_7F4A_7C15) && (stamp == 0 || stamp == number) }
    var stamped: StressSlot {
        var copy = self
        copy.stamp = number
        return copy
    }
}
