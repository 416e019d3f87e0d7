/// A topic filter with levels that vary, and the topics it stands for.
struct TopicPattern: Sendable {
    let filter: Int
    private let levels: [Substring]

    /// - Returns: nil for a topic without `+`.
    init?(_ topic: String, filter: Int) {
        levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        guard levels.contains("+") else { return nil }
        self.filter = filter
    }

    func matches(_ topic: String) -> Bool {
        let given = topic.split(separator: "/", omittingEmptySubsequences: false)
        return given.count == levels.count && zip(levels, given).allSatisfy { $0 == "+" || $0 == $1 }
    }
}
