import CLinux
import Glibc
import RingPipeline

/// Signals as a stream. The handler only writes a byte into a pipe, whichever thread the signal reaches; one thread reads.
struct SignalPost: Sendable {
    let stream: AsyncStream<Int32>

    init(_ numbers: Int32...) {
        let pipe = unsafe numbers.withUnsafeBufferPointer { unsafe clinux_signals_as_bytes($0.baseAddress, $0.count) }
        precondition(pipe >= 0, "signals cannot be received: error \(-pipe)")
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        // Never joined: it waits in the pipe until the process ends.
        _ = WorkerThread(named: "signals") {
            var byte: UInt8 = 0
            while true {
                let count = unsafe read(pipe, &byte, 1)
                if count == 1 { continuation.yield(Int32(byte)) }
                if count == 0 || (count < 0 && errno != EINTR) { return }
            }
        }
    }
}
