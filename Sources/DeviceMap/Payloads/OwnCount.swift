/// The numbers that a device gives its messages, to notice those that never came. Pure.
struct OwnCount: Sendable {
    /// A number so far below the newest is of a count that began anew, or went round; a nearer one only came late.
    private static let lateness: UInt64 = 64

    private var newest: UInt64?

    /// - Returns: whether numbers are missing between the newest so far and this one.
    mutating func skips(to number: UInt64) -> Bool {
        guard let last = newest else {
            newest = number
            return false
        }
        if number > last {
            newest = number
            return number - last > 1
        }
        if last - number >= Self.lateness { newest = number }
        return false
    }
}
