/// How long a thread may still wait: one limit over several waits in a row.
public struct Patience: Sendable {
    private let end: ContinuousClock.Instant

    /// - Parameter limit: from now on.
    public init(_ limit: Duration) { end = ContinuousClock.now + limit }

    /// What is left of the limit; zero once it has passed.
    public var left: Duration { max(.zero, end - ContinuousClock.now) }
}
