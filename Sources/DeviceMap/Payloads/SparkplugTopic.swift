/// The topic of a Sparkplug B message: `spBv1.0/group/DDATA/node/device`.
package struct SparkplugTopic: Equatable {
    enum Kind: String {
        case nodeBirth = "NBIRTH"
        case nodeData = "NDATA"
        case nodeDeath = "NDEATH"
        case deviceBirth = "DBIRTH"
        case deviceData = "DDATA"
        case deviceDeath = "DDEATH"
    }

    static let namespace = "spBv1.0"

    /// `group/node`.
    var node: String
    /// nil: the node itself.
    var device: String?
    var kind: Kind

    /// - Returns: nil for what is no message of a node: commands of others, the state of a host.
    init?(_ topic: String) {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (4...5).contains(levels.count), levels[0] == Self.namespace, let kind = Kind(rawValue: levels[2]) else {
            return nil
        }
        let isOfDevice = kind == .deviceBirth || kind == .deviceData || kind == .deviceDeath
        guard isOfDevice == (levels.count == 5) else { return nil }
        node = "\(levels[1])/\(levels[3])"
        device = levels.count == 5 ? levels[4] : nil
        self.kind = kind
    }

    /// Hears a node, given as `group/node`, and all its devices.
    static func filter(ofNode node: String) -> String {
        let names = node.split(separator: "/", omittingEmptySubsequences: false)
        return "\(namespace)/\(names[0])/+/\(names[1])/#"
    }

    /// The node and device that a route's filter `spBv1.0/group/+/node/device` is about.
    package static func subject(ofFilter filter: String) -> (node: String, device: String?)? {
        let levels = filter.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (4...5).contains(levels.count), levels[0] == namespace, levels[2] == "+" else { return nil }
        return ("\(levels[1])/\(levels[3])", levels.count == 5 ? levels[4] : nil)
    }
}
