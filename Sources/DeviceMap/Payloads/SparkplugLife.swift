/// What the births of one node said, good for that life of it alone: its session, and which number stands for which metric.
struct SparkplugLife: Codable, Equatable, Sendable {
    struct Birth: Codable, Equatable, Sendable {
        var name: String
        var datatype: UInt64?
    }

    /// `bdSeq` of its birth: its last will says the same.
    var session: UInt64?
    /// By device ("" is the node itself) and number.
    private(set) var births: [String: [UInt64: Birth]] = [:]
    /// By device and name, for data that leave the type to the birth.
    private(set) var datatypes: [String: [String: UInt64]] = [:]

    func birth(of subject: String, _ alias: UInt64) -> Birth? { births[subject]?[alias] }

    func datatype(of subject: String, _ name: String) -> UInt64? { datatypes[subject]?[name] }

    /// - Parameter named: whether its numbers become names; else its types alone are learned.
    mutating func bear(_ subject: String, _ metrics: [SparkplugMetric], named: Bool) {
        births[subject] = [:]
        datatypes[subject] = [:]
        for metric in metrics {
            guard let name = metric.name else { continue }
            datatypes[subject]?[name] = metric.datatype
            if let alias = metric.alias, named {
                births[subject]?[alias] = Birth(name: name, datatype: metric.datatype)
            }
        }
    }

    /// No number of the device stands for anything any more.
    mutating func forget(_ subject: String) { births[subject] = nil }

    /// No number of the node or a device of it stands for anything any more.
    mutating func forgetNumbers() { births = [:] }

    /// Whether a metric of the data cannot be of this life: a number that nobody was given, or that stood for another name or
    /// type.
    func contradicts(_ metric: SparkplugMetric, of subject: String) -> Bool {
        guard let alias = metric.alias else { return false }
        guard let birth = birth(of: subject, alias) else { return metric.name == nil }
        if let name = metric.name, name != birth.name { return true }
        return metric.datatype != nil && metric.datatype != birth.datatype
    }
}

/// What is kept of the nodes of one broker over a restart of the daemon, in two parts: tables that change with births only, and
/// counts that change with every message.
package struct SparkplugMemory: Sendable, Equatable {
    /// By `group/node`.
    package struct Lives: Codable, Sendable, Equatable {
        var nodes: [String: SparkplugLife] = [:]

        package init() {}
        package var isEmpty: Bool { nodes.isEmpty }
    }

    package var lives: Lives
    /// The number that each node's next message will have.
    package var counts: [String: UInt8]

    package init(lives: Lives = Lives(), counts: [String: UInt8] = [:]) {
        self.lives = lives
        self.counts = counts
    }
}
