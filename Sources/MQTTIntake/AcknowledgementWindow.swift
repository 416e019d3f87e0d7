import PlantTime

/// What was read from a broker and is not acknowledged yet: when the door may read on, what it asks the gate, and when bytes
/// may leave. Pure.
///
/// The library sends all that it has queued or nothing. So bytes leave only at an instant when everything read so far is
/// settled. Reading goes on while earlier messages settle, up to a limit in number and one in time: a broker that never falls
/// silent must be answered, too. Half way to a limit the gate is asked beside the reading; when it answers, reading rests
/// until what came since is settled, which is little and takes a moment.
struct AcknowledgementWindow {
    /// What the gate is asked.
    struct Question: Equatable {
        /// An input sequence.
        var through: UInt64
        /// Reading rests until the answer is yes.
        var isResting: Bool
    }

    /// Once no message has come for so long, the gate is asked for all of them.
    static let lull = Duration.milliseconds(1)
    /// Reading rests at so many messages, or this long after the oldest of them was read, if not before.
    let messagesMax: Int
    let aheadMax: Duration
    /// The last input sequence that the ring gave us, and the last that the gate called settled.
    private(set) var acceptedThrough: UInt64 = 0
    private(set) var settledThrough: UInt64 = 0
    private var messages = 0
    private var oldestRead: PlantInstant?
    private var newestRead = PlantInstant.distantPast
    /// What was asked beside the reading and is not answered.
    private var besideThrough: UInt64?
    /// It was: reading rests until the rest is settled.
    private var isClosing = false

    /// - Parameter receiveMaximum: how many messages the broker sends before it waits. Reading rests at three quarters of
    ///   them, so that the broker has something under way while it rests.
    init(receiveMaximum: UInt16, aheadMax: Duration) {
        messagesMax = max(1, Int(receiveMaximum) * 3 / 4)
        self.aheadMax = aheadMax
    }

    /// Everything that was read is settled: what is queued may leave.
    var isSettled: Bool { acceptedThrough == settledThrough }
    /// How many messages may still be read.
    var room: Int { isClosing ? 0 : max(0, messagesMax - messages) }

    func mayRead(at now: PlantInstant) -> Bool {
        guard let oldestRead else { return true }
        return room > 0 && now - oldestRead < aheadMax
    }

    /// What to ask the gate now, if anything.
    mutating func question(at now: PlantInstant) -> Question? {
        guard !isSettled else { return nil }
        let isResting = !mayRead(at: now)
        if isResting || now - newestRead >= Self.lull {
            return Question(through: acceptedThrough, isResting: isResting)
        }
        if besideThrough == nil,
            messages >= (messagesMax + 1) / 2 || oldestRead.map({ now - $0 >= aheadMax / 2 }) ?? false
        {
            besideThrough = acceptedThrough
        }
        return besideThrough.map { Question(through: $0, isResting: false) }
    }

    /// Messages came: their acknowledgements are queued from now on.
    mutating func read(_ count: Int, at now: PlantInstant) {
        guard count > 0 else { return }
        messages += count
        oldestRead = oldestRead ?? now
        newestRead = now
    }

    /// What was read is in the ring, up to this sequence.
    mutating func accept(through sequence: UInt64) { acceptedThrough = max(acceptedThrough, sequence) }

    /// The gate says that everything in the ring up to this sequence is settled.
    mutating func settle(through sequence: UInt64) {
        settledThrough = min(acceptedThrough, max(settledThrough, sequence))
        if isSettled { return forgetMessages() }
        isClosing = sequence == besideThrough
    }

    /// The connection is gone, and what was queued for it with it. What is in the ring settles as before.
    mutating func forgetMessages() {
        messages = 0
        oldestRead = nil
        besideThrough = nil
        isClosing = false
    }
}
