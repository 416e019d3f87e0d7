package import PlantTime

/// What a receiver answered, as far as it decides what happens to the message.
package struct ReceiverAnswer: Sendable, Equatable {
    package var status: Int
    /// `errcode` or `code` of a JSON body: chat robots answer 200 and mean no (domain.md 5).
    package var businessCode: Int?
    /// The Retry-After header as it came.
    package var retryAfter: String?

    package init(status: Int, businessCode: Int? = nil, retryAfter: String? = nil) {
        self.status = status
        self.businessCode = businessCode
        self.retryAfter = retryAfter
    }

    package enum Verdict: Sendable, Equatable {
        case accepted
        /// Try again, not before this long from now; nil: by the schedule alone.
        case retry(after: Duration?)
        /// This very message will never be taken: the receiver has read it and says that it is malformed or too long.
        case refused
    }

    /// What the answer means. Anything that a person can put right at the receiver (a wrong path, an expired token, a
    /// redirect) is tried again, for the alarm still has to be told when it has been put right.
    package func verdict(at now: WallTime) -> Verdict {
        switch status {
        case 200..<300:
            guard let businessCode, businessCode != 0 else { return .accepted }
            return .retry(after: Self.penalty(for: businessCode) ?? askedWait(at: now))
        case 400, 413, 422: return .refused
        default: return .retry(after: askedWait(at: now))
        }
    }

    /// The throttles of the large chat robots, in the codes that they document (domain.md 5).
    private static func penalty(for businessCode: Int) -> Duration? {
        switch businessCode {
        case 45_009: .seconds(65)
        case 130_101: .seconds(600)
        default: nil
        }
    }

    /// Retry-After as seconds or as an HTTP date, between nothing and ``RetrySchedule/longestAsked``.
    private func askedWait(at now: WallTime) -> Duration? {
        guard let text = retryAfter else { return nil }
        let wait: Duration
        if let seconds = Int64(text), seconds >= 0 {
            wait = .seconds(min(seconds, 1_000_000))
        } else if let date = HTTPDate.milliseconds(of: text) {
            wait = WallTime(milliseconds: date) - now
        } else {
            return nil
        }
        return min(max(wait, .zero), RetrySchedule.longestAsked)
    }
}

/// The date of HTTP headers: `Tue, 24 Nov 2026 00:30:05 GMT` (RFC 9110, IMF-fixdate).
enum HTTPDate {
    static func milliseconds(of text: String) -> Int64? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), let year = Int(words[3]),
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let time = words[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3 else { return nil }
        return CivilTime(year: year, month: month + 1, day: day, hour: time[0], minute: time[1], second: time[2])
            .milliseconds()
    }
}
