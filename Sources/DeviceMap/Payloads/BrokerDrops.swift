import PlantTime

/// What is known of a broker's count of its losses; kept over a restart of the daemon.
package enum DroppedTotal: Sendable, Equatable {
    case number(Int)
    /// The broker went on speaking and has never said the number: whatever it is, it has not changed since.
    case unchanged
}

/// What a broker says of its own losses: `$SYS/broker/publish/messages/dropped`, a number that grows while it runs. A full
/// queue at the broker is the one place where a message goes lost before anything of ours has seen it; and it is full when
/// nobody of ours listens, so the number that was heard last is kept over a restart of the daemon.
///
/// Mosquitto says the number when it changes and keeps what it has said for a minute, so a broker that drops nothing is silent on
/// it. How long it is up it says all the time: that shows that it speaks of itself, and that we may hear it.
struct BrokerDrops: Sendable {
    static let topic = "$SYS/broker/publish/messages/dropped"
    static let uptime = "$SYS/broker/uptime"
    /// A broker that speaks of itself does so every few seconds (`sys_interval`, 10 s if not set).
    static let patience = Duration.seconds(60)

    /// What was known before, in this life or the one before; nil until the broker has ever spoken while we listened.
    private(set) var known: DroppedTotal?
    private var losses = RecentCount()
    /// It has spoken of itself since it was last lost.
    private var hasSpoken = false
    /// By when the broker is to have said one; nil once it has, and while it is not there.
    private var dueAt: PlantInstant?
    /// The broker is there and does not say it.
    private(set) var isUnsaid = false

    /// - Parameter known: what was known last before the daemon was stopped or killed.
    init(after known: DroppedTotal? = nil) { self.known = known }

    /// - Returns: false when the payload is no number.
    /// - Note: the very first number is where counting begins: nobody knows when its losses happened. Said while we listen it is
    ///   a change, and one message at least was lost. A smaller one than before is that of a broker started anew, all of whose
    ///   losses are news.
    mutating func note(_ payload: [UInt8], isKept: Bool, at now: PlantInstant) -> Bool {
        guard let total = Int(String(decoding: payload.prefix(20), as: UTF8.self)), total >= 0 else { return false }
        speak()
        switch known {
        case .number(let before): losses.note(total >= before ? total - before : total, at: now)
        case nil where isKept: break
        case nil, .unchanged: losses.note(min(total, 1), at: now)
        }
        known = .number(total)
        return true
    }

    /// It says how long it is up.
    mutating func noteUptime(isKept: Bool) {
        speak()
        if !isKept { known = known ?? .unchanged }
    }

    private mutating func speak() {
        hasSpoken = true
        dueAt = nil
        isUnsaid = false
    }

    /// Lost within the last ten minutes.
    mutating func recent(at now: PlantInstant) -> Int { losses.count(at: now) }

    /// The broker is there, and has a minute to say its number, or anything of itself, unless it has before its last
    /// subscription was answered.
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
