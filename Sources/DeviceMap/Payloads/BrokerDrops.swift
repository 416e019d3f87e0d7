import PlantTime

/// What a broker says of its own losses: `$SYS/broker/publish/messages/dropped`, a number that grows while it runs. A full
/// queue at the broker is the one place where a message goes lost before anything of ours has seen it; and it is full when
/// nobody of ours listens, so the number that was heard last is kept over a restart of the daemon.
struct BrokerDrops: Sendable {
    static let topic = "$SYS/broker/publish/messages/dropped"
    /// A broker that says it at all says it at once: it keeps the number.
    static let patience = Duration.seconds(60)

    /// The number of before, of this life or the one before; nil until the broker has ever said one.
    private(set) var newest: Int?
    private var losses = RecentCount()
    /// It has said one since it was last lost.
    private var hasSpoken = false
    /// By when the broker is to have said one; nil once it has, and while it is not there.
    private var dueAt: PlantInstant?
    /// The broker is there and does not say it.
    private(set) var isUnsaid = false

    /// - Parameter newest: what was heard last before the daemon was stopped or killed.
    init(after newest: Int? = nil) { self.newest = newest }

    /// - Returns: false when the payload is no number.
    /// - Note: the very first number is where counting begins: nobody knows when its losses happened. A smaller one than
    ///   before is that of a broker started anew, all of whose losses are news.
    mutating func note(_ payload: [UInt8], at now: PlantInstant) -> Bool {
        guard let total = Int(String(decoding: payload.prefix(20), as: UTF8.self)), total >= 0 else { return false }
        hasSpoken = true
        dueAt = nil
        isUnsaid = false
        if let newest { losses.note(total >= newest ? total - newest : total, at: now) }
        newest = total
        return true
    }

    /// Lost within the last ten minutes.
    mutating func recent(at now: PlantInstant) -> Int { losses.count(at: now) }

    /// The broker is there, and has a minute to say its number, unless it has before its last subscription was answered.
    mutating func connected(at now: PlantInstant) { dueAt = hasSpoken ? nil : now + Self.patience }

    mutating func disconnected() {
        hasSpoken = false
        dueAt = nil
        isUnsaid = false
    }

    mutating func passTime(at now: PlantInstant) {
        guard let dueAt, now >= dueAt else { return }
        self.dueAt = nil
        isUnsaid = true
    }
}
