import Glibc
import Synchronization

/// Signals as a stream: blocked for the whole process, waited for by one thread (sigwait), so that no work is done in a
/// handler.
struct SignalPost: Sendable {
    let stream: AsyncStream<Int32>

    /// Call it before any other thread is started: threads inherit what is blocked.
    init(_ numbers: Int32...) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in numbers { unsafe sigaddset(&set, number) }
        _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        let post = Post(numbers: numbers, continuation: continuation)
        let box = unsafe Unmanaged.passRetained(post).toOpaque()
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, nil, waitForSignals, box)
        precondition(code == 0, "the thread for signals could not be started: error \(code)")
        pthread_detach(thread)
    }

    fileprivate final class Post: Sendable {
        let numbers: [Int32]
        let continuation: AsyncStream<Int32>.Continuation

        init(numbers: [Int32], continuation: AsyncStream<Int32>.Continuation) {
            self.numbers = numbers
            self.continuation = continuation
        }
    }
}

private nonisolated func waitForSignals(_ box: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let box = unsafe box else { return nil }
    let post = unsafe Unmanaged<SignalPost.Post>.fromOpaque(box).takeRetainedValue()
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in post.numbers { unsafe sigaddset(&set, number) }
    while true {
        var number: Int32 = 0
        if unsafe sigwait(&set, &number) == 0 { post.continuation.yield(number) }
    }
}
