package import PlantModel

/// Who asks, and by which door.
struct Caller: Sendable {
    enum Door: Sendable, Equatable {
        /// The Unix control socket; the kernel vouches for the user at the other end.
        case control(user: UInt32?)
        /// Loopback TCP; `address` is where the connection comes from.
        case loopback(address: String)
    }

    var door: Door
    /// The person by the site's table; nil for everyone who may only read.
    var person: Person?

    /// The words that events carry as their origin.
    var origin: String {
        switch door {
        case .control(let user): "control uid \(user.map(String.init) ?? "?")"
        case .loopback(let address): "console \(address)"
        }
    }
}

/// Which person a bearer token stands for. Implemented by whoever keeps the secrets; asked once a request, from any
/// thread; compares in constant time.
package protocol TokenTable: Sendable {
    func person(forToken token: String) -> Person?
}

/// The people of the site by the Unix user who is them on the control socket (decisions.md 4, 5).
///
/// Names are looked up once, at start: a lookup may ask a directory server, and an acknowledgement must not wait for one.
package struct ControlPeople: Sendable {
    /// In the site file: whoever runs the station.
    package static let ownUser = "@self"

    private var people: [UInt32: Person] = [:]
    /// Users that the site names and this machine does not know: for a warning at start.
    package private(set) var unknownUsers: [String] = []

    /// - Parameters:
    ///   - own: the user id that runs this process.
    ///   - lookUp: the user id of a name, nil when there is none.
    package init(_ people: [Person], own: UInt32, lookUp: (String) -> UInt32?) {
        for person in people {
            guard let user = person.unixUser else { continue }
            guard let number = user == Self.ownUser ? own : lookUp(user) else {
                unknownUsers.append(user)
                continue
            }
            // The first of the file keeps a user that two people claim; `check` warns of the second.
            if self.people[number] == nil { self.people[number] = person }
        }
    }

    package func person(ofUser number: UInt32?) -> Person? { number.flatMap { people[$0] } }
}
