import FuzzTargets
import Glibc

/// One input. The name is libFuzzer's.
/// - Parameters: as many bytes as `count` says, libFuzzer's until this returns.
@_cdecl("LLVMFuzzerTestOneInput")
public func examine(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    do {
        try unsafe Guided.target.examine(input)
    } catch {
        Guided.say("broken promise: \(error)")
        abort()
    }
    return 0
}
