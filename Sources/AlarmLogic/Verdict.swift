/// Whether a rule's condition is met now, before any delay (semantics.md A3, B7).
public enum Verdict: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// In the raise zone.
    case raise
    /// Between the zones: keeps an alarm, never makes one.
    case hold
    /// In the clear zone.
    case clear
    /// No evidence: bad, stale, or not enough rows. Never raises, never clears.
    case unknown
}
