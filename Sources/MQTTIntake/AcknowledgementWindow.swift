import PlantTime

/// What was read from a broker and is not acknowledged yet: when the door may read on, when it asks whether it is
/// settled, and when bytes may leave. Pure.
///
/// The library sends all that it has queued or nothing. So bytes leave only at an instant when everything read so far is
/// settled. Reading goes on while earlier messages settle; at a limit in number or in time it rests until they are, or a
/// broker that never falls silent would never be answered.
struct AcknowledgementWindow {
    /// While messages follow each other more closely than this nothing is asked: each answer costs a synchronous write of
    /// the log, and the next message would spoil it.
    static let lull = Duration.milliseconds(1)

    /// Reading rests at so many messages, or this long after the oldest of them was read.
    let messagesMax: Int
    let aheadMax: Duration
    /// The last input sequence that the ring gave us, and the last that the gate called settled.
    private(set) var acceptedThrough: UInt64 = 0
    private(set) var settledThrough: UInt64 = 0
    private var messages = 0
    private var oldestRead: PlantInstant?
    private var newestRead = PlantInstant.distantPast

    /// - Parameter receiveMaximum: how many messages the broker sends before it waits. Reading rests at three quarters of
    ///   them, so that the broker has something under way while it rests.
    init(receiveMaximum: UInt16, aheadMax: Duration) {
        messagesMax = max(1, Int(receiveMaximum) * 3 / 4)
        self.aheadMax = aheadMax
    }

    /// Everything that was read is settled: what is queued may leave.
    var isSettled: Bool { acceptedThrough == settledThrough }
    /// How many messages may still be read.
    var room: Int { max(0, messagesMax - messages) }

    func mayRead(at now: PlantInstant) -> Bool {
        guard let oldestRead else { return true }
        return room > 0 && now - oldestRead < aheadMax
    }

    /// Whether it is time to ask the gate.
    func isAsking(at now: PlantInstant) -> Bool {
        !isSettled && (now - newestRead >= Self.lull || !mayRead(at: now))
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

    /// The gate says that everything in the ring is settled.
    mutating func settle() {
        settledThrough = acceptedThrough
        forgetMessages()
    }

    /// The connection is gone, and what was queued for it with it. What is in the ring settles as before.
    mutating func forgetMessages() {
        messages = 0
        oldestRead = nil
    }
}
