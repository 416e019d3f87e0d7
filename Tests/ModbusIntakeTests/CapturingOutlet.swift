import CLinux
import Glibc
import PlantModel
import PlantTime
import Synchronization

/// A ring's end that keeps everything, can be full, and lets a test wait for what it has not seen yet.
final class CapturingOutlet: SampleOutlet, Sendable {
    private struct Contents {
        var samples: [Sample] = []
        var batches: [Bool] = []
        var isFull = false
        var refused = 0
    }

    private let contents = Mutex(Contents())
    private let news: Int32 = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))

    deinit { close(news) }

    func publish(_ slots: [InputSlot], safety: Bool) -> PublishOutcome {
        let outcome = contents.withLock { contents -> PublishOutcome in
            guard !contents.isFull else {
                contents.refused += slots.count
                return .full
            }
            contents.samples += slots.map(\.sample)
            contents.batches.append(safety)
            return .accepted(through: UInt64(contents.samples.count))
        }
        eventfd_write(news, 1)
        return outcome
    }

    var samples: [Sample] { contents.withLock { $0.samples } }
    var safetyOfBatches: [Bool] { contents.withLock { $0.batches } }
    var refused: Int { contents.withLock { $0.refused } }
    func setFull(_ isFull: Bool) { contents.withLock { $0.isFull = isFull } }

    func samples(of point: UInt32) -> [Sample] { samples.filter { $0.point.number == point } }
    func count(of point: UInt32) -> Int {
        contents.withLock { $0.samples.count { $0.point.number == point } }
    }
    /// The usable values of a point, in order.
    func values(of point: UInt32) -> [Double] { samples(of: point).compactMap(\.reading.usableValue) }
    /// The values of a link point without repeats: 1, 0, 1.
    func linkStory(of point: UInt32) -> [Int] {
        values(of: point).map { Int($0) }.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    /// Waits until the samples satisfy a condition.
    /// - Returns: false when they do not within `seconds`.
    func wait(upTo seconds: Int = 30, until isSatisfied: ([Sample]) -> Bool) -> Bool {
        let clock = SteadyClock()
        let deadline = clock.now() + .seconds(seconds)
        while true {
            if isSatisfied(samples) { return true }
            let left = deadline - clock.now()
            guard left > .zero else { return false }
            waitReadable(news, upTo: left)
            var count: UInt64 = 0
            _ = unsafe read(news, &count, MemoryLayout<UInt64>.size)
        }
    }

    func waitForValues(of point: UInt32, count: Int, upTo seconds: Int = 30) -> Bool {
        wait(upTo: seconds) { samples in
            samples.count { $0.point.number == point && $0.quality.isUsable } >= count
        }
    }
}

/// Blocks until a descriptor can be read, has hung up, or time is over.
@discardableResult
func waitReadable(_ descriptor: Int32, upTo limit: Duration) -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&watched, 1, Int32(max(1, limit.nanoseconds / 1_000_000))) > 0
}
