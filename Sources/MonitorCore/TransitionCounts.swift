import PlantModel

/// How often each transition has happened within the newest occurrence of each rule: the last number of an event's key.
///
/// An occurrence is raised once and cleared once, so only rules that more has happened to (an escalation, a command) have
/// numbers here; they keep their place.
struct TransitionCounts: Sendable {
    static let kinds = 14

    /// By rule: where its numbers begin; -1 while it has none.
    private var places: [Int32]
    private var counts: [UInt32] = []

    init(rules: Int) { places = Array(repeating: -1, count: rules) }

    /// Counts a transition, and says how often it has happened by now.
    mutating func count(_ transition: AlarmEvent.Transition, of rule: Int) -> UInt32 {
        if transition == .raise || transition == .clear { return 1 }
        let place = place(of: transition, rule)
        counts[place] += 1
        return counts[place]
    }

    /// Takes a number over from one who knew more.
    mutating func raise(_ transition: AlarmEvent.Transition, of rule: Int, to count: UInt32) {
        if transition == .raise || transition == .clear || count == 0 { return }
        let place = place(of: transition, rule)
        counts[place] = max(counts[place], count)
    }

    /// A new occurrence counts from 1.
    mutating func forget(_ rule: Int) {
        guard places[rule] >= 0 else { return }
        for place in Int(places[rule])..<Int(places[rule]) + Self.kinds { counts[place] = 0 }
    }

    /// Whether more than a raise and a clear has happened within the newest occurrence of a rule.
    func has(_ rule: Int) -> Bool {
        let place = Int(places[rule])
        return place >= 0 && counts[place..<place + Self.kinds].contains { $0 > 0 }
    }

    /// The numbers of a rule, by raw value of the transition: one by one, for a snapshot asks for those of every rule.
    func forEach(of rule: Int, _ body: (UInt32) -> Void) {
        let place = Int(places[rule])
        for kind in 0..<Self.kinds { body(place < 0 ? 0 : counts[place + kind]) }
    }

    /// - Parameter numbers: as ``forEach(of:_:)`` gave them.
    mutating func set(_ rule: Int, _ numbers: [UInt32]) {
        forget(rule)
        for transition in AlarmEvent.Transition.allCases {
            raise(transition, of: rule, to: numbers[Int(transition.rawValue)])
        }
    }

    private mutating func place(of transition: AlarmEvent.Transition, _ rule: Int) -> Int {
        if places[rule] < 0 {
            places[rule] = Int32(counts.count)
            counts.append(contentsOf: repeatElement(0, count: Self.kinds))
        }
        return Int(places[rule]) + Int(transition.rawValue)
    }
}
