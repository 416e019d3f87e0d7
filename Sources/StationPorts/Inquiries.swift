package import PlantModel
package import PlantTime

/// One message of the outbox as it stands: for whoever asks who was told.
package struct MessageView: Sendable, Equatable {
    package enum Stage: Int, Sendable, CaseIterable {
        /// Behind an earlier message of the same rule, channel and recipient.
        case inLine = 0
        /// Next to be tried.
        case next = 1
        case accepted = 2
        /// The receiver will never take it.
        case refused = 3
        /// The outbox was full.
        case notTold = 4
    }

    package var channel: String
    package var recipient: String
    package var stage: Stage
    package var attempts: Int
    package var lastAnswer: String?
    package var madeAt: WallTime
    package var dueAt: WallTime
    /// When it was accepted or given up.
    package var settledAt: WallTime?
    /// Of the newest attempt; nil when there was none, or an older hazardd made it.
    package var lastAttempt: AttemptStamps?

    package init(
        channel: String, recipient: String, stage: Stage, attempts: Int = 0, lastAnswer: String? = nil,
        madeAt: WallTime, dueAt: WallTime, settledAt: WallTime? = nil, lastAttempt: AttemptStamps? = nil
    ) {
        self.channel = channel
        self.recipient = recipient
        self.stage = stage
        self.attempts = attempts
        self.lastAnswer = lastAnswer
        self.madeAt = madeAt
        self.dueAt = dueAt
        self.settledAt = settledAt
        self.lastAttempt = lastAttempt
    }
}

/// The journal as `why` asks it. Any thread; each call reads the file.
package protocol InquiryArchive: AlarmArchive {
    func record(sequence: UInt64) throws -> AlarmRecord?
    /// Every record of one occurrence, in order.
    func records(rule: String, occurrence: UInt32) throws -> [AlarmRecord]
    /// What was owed to people because of one record.
    func messages(about sequence: UInt64) throws -> [MessageView]
    /// When an event passed the stages; nil when that was not kept.
    func stamps(of sequence: UInt64) throws -> StageStamps?
    /// How the alarm of a rule stood when the core had taken an input; nil: it had had none.
    func standing(of rule: String, throughInput sequence: UInt64) throws -> JournalStanding?
}
