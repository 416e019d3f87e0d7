/// What a following reader does when publishers have gone a whole ring past it. What it has missed it counts in every case.
public enum OverrunPolicy: Sendable, Equatable {
    /// Goes on at the oldest slot that is still there: for a log, which wants as much as it can get.
    case skipToOldest
    /// Goes on at the next slot to be published: for whoever shows what is now.
    case skipToNewest
    /// Reads nothing more: for whoever is of no use with a hole in it.
    case stop
}
