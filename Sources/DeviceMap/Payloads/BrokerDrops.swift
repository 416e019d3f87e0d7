import PlantTime

/// What a broker says of its own losses: `$SYS/broker/publish/messages/dropped`, a number that grows while it runs. A full
/// queue at the broker is the one place where a message goes lost before anything of ours has seen it.
struct BrokerDrops: Sendable {
    static let topic = "$SYS/broker/publish/messages/dropped"

    /// The number of before; nil until the broker has said one.
    private var newest: Int?
    private var losses = RecentCount()

    /// - Returns: false when the payload is no number.
    /// - Note: the first number is where counting begins: nobody knows when its losses happened. A smaller one than before
    ///   is that of a broker started anew, all of whose losses are news.
    mutating func note(_ payload: [UInt8], at now: PlantInstant) -> Bool {
        guard let total = Int(String(decoding: payload.prefix(20), as: UTF8.self)), total >= 0 else { return false }
        if let newest { losses.note(total >= newest ? total - newest : total, at: now) }
        newest = total
        return true
    }

    /// Lost within the last ten minutes.
    mutating func recent(at now: PlantInstant) -> Int { losses.count(at: now) }
}
