import PlantModel

/// Which points must come in one request: those that share a snapshot group, and each with the status that qualifies it.
struct SnapshotGroups {
    /// For each place of a unit's points, the place that stands for its group.
    private var leader: [Int]

    init(points: [RegisterPoint]) throws(ReadPlan.Refused) {
        leader = Array(points.indices)
        var firstOfGroup: [Int: Int] = [:]
        for (place, point) in points.enumerated() {
            if let status = point.status {
                guard let other = points.firstIndex(where: { $0.point == status }),
                    point.isStatusApart || (points[other].area == point.area && points[other].period == point.period)
                else { throw .statusElsewhere(point.point, status: status) }
                if !point.isStatusApart { join(place, other) }
            }
            guard let group = point.snapshotGroup else { continue }
            guard let first = firstOfGroup[group] else {
                firstOfGroup[group] = place
                continue
            }
            guard points[first].area == point.area, points[first].period == point.period else {
                throw .groupApart(points[first].point, point.point)
            }
            join(first, place)
        }
    }

    func leader(of place: Int) -> Int {
        var place = place
        while leader[place] != place { place = leader[place] }
        return place
    }

    private mutating func join(_ left: Int, _ right: Int) { leader[leader(of: right)] = leader(of: left) }
}

/// The exact dynamic programme over points sorted by address: best cost of reading the first j points, where a last
/// request reads points i..<j. Greedy merging is not optimal once registers have a price; this is.
struct Coalescing {
    private let points: [RegisterPoint]
    /// Places in `points`, by address.
    private let sorted: [Int]
    /// Whether a request may begin at this point: no snapshot group reaches across.
    private let mayBegin: [Bool]
    private let limit: Int
    private let maxGap: Int
    private let cost: ReadCost
    private let barred: Set<RegisterAddress>
    private let forbidden: [ForbiddenSpan]

    init(
        points: [RegisterPoint], places: [Int], groups: SnapshotGroups, limit: Int, maxGap: Int, cost: ReadCost,
        barred: Set<RegisterAddress>, forbidden: [ForbiddenSpan]
    ) {
        self.points = points
        self.limit = limit
        self.maxGap = maxGap
        self.cost = cost
        self.barred = barred
        self.forbidden = forbidden
        sorted = places.sorted { left, right in
            (points[left].address, points[left].end, left) < (points[right].address, points[right].end, right)
        }
        mayBegin = Self.beginnings(sorted, groups)
    }

    /// The cheapest requests; equal costs are settled towards longer requests, so that a plan never depends on chance.
    func blocks(area: RegisterArea, period: Duration) throws(ReadPlan.Refused) -> [ReadBlock] {
        var best = [Duration?](repeating: nil, count: sorted.count + 1)
        var begin = [Int](repeating: 0, count: sorted.count + 1)
        best[0] = .zero
        for first in sorted.indices where mayBegin[first] {
            guard let before = best[first] else { continue }
            for (end, block) in requests(beginningAt: first, area: area, period: period) {
                let total = before + cost.service(of: block)
                if let known = best[end], known <= total { continue }
                best[end] = total
                begin[end] = first
            }
        }
        guard best[sorted.count] != nil else { throw refusal() }
        var blocks: [ReadBlock] = []
        var end = sorted.count
        while end > 0 {
            blocks.append(block(begin[end]..<end, area: area, period: period))
            end = begin[end]
        }
        return blocks.reversed()
    }

    /// Every request that may begin at a point: its end in `sorted`, and what it reads. A gap too wide, or one request
    /// too long, stays so for all later ends.
    private func requests(beginningAt first: Int, area: RegisterArea, period: Duration) -> [(Int, ReadBlock)] {
        var found: [(Int, ReadBlock)] = []
        let start = Int(points[sorted[first]].address.offset)
        var reached = start
        for last in first..<sorted.count {
            let point = points[sorted[last]]
            guard canBridge(reached, to: Int(point.address.offset)) else { break }
            reached = max(reached, point.end)
            guard reached - start <= limit else { break }
            if last + 1 == sorted.count || mayBegin[last + 1] {
                found.append((last + 1, block(first..<(last + 1), area: area, period: period)))
            }
        }
        return found
    }

    private func canBridge(_ reached: Int, to next: Int) -> Bool {
        guard next > reached else { return true }
        guard next - reached <= maxGap else { return false }
        if forbidden.contains(where: { $0.overlaps(reached..<next) }) { return false }
        return barred.isEmpty || !(reached..<next).contains { barred.contains(RegisterAddress(UInt16($0))) }
    }

    private func block(_ range: Range<Int>, area: RegisterArea, period: Duration) -> ReadBlock {
        let members = Array(sorted[range])
        let start = points[members[0]].address
        let end = members.reduce(0) { max($0, points[$1].end) }
        return ReadBlock(area: area, start: start, count: end - Int(start.offset), period: period, members: members)
    }

    private static func beginnings(_ sorted: [Int], _ groups: SnapshotGroups) -> [Bool] {
        var lastOfGroup: [Int: Int] = [:]
        for (position, place) in sorted.enumerated() { lastOfGroup[groups.leader(of: place)] = position }
        var open = -1
        return sorted.enumerated().map { position, place in
            let free = position > open
            open = max(open, lastOfGroup[groups.leader(of: place)] ?? position)
            return free
        }
    }

    /// No plan exists only when points that must stay together cannot: find the first such run and say why.
    private func refusal() -> ReadPlan.Refused {
        var first = 0
        while first < sorted.count {
            var end = first + 1
            while end < sorted.count, !mayBegin[end] { end += 1 }
            let start = Int(points[sorted[first]].address.offset)
            var reached = start
            for position in first..<end {
                let point = points[sorted[position]]
                let next = Int(point.address.offset)
                if !canBridge(reached, to: next) {
                    if let span = forbidden.first(where: { $0.overlaps(reached..<next) }) {
                        return .groupAcross(before: point.point, span)
                    }
                    return .groupWithGap(before: point.point, count: next - reached, limit: maxGap)
                }
                reached = max(reached, point.end)
            }
            if reached - start > limit {
                return .groupTooLong(
                    first: points[sorted[first]].point, last: points[sorted[end - 1]].point, count: reached - start,
                    limit: limit)
            }
            first = end
        }
        preconditionFailure("every run of points that must stay together fits into a request, so a plan exists")
    }
}

extension RegisterPoint {
    /// The first address behind it.
    var end: Int { Int(address.offset) + (area.holdsBits ? 1 : type.registerCount) }
}
