package import PlantModel
package import PlantTime

/// Turns the data of one answer into samples: a block of the read plan, joined with the points it serves.
package struct BlockDecoder: Sendable, Equatable {
    private struct Member: Sendable, Equatable {
        /// Its place among the unit's points.
        var place: Int32
        /// That of the point whose bits qualify it, which the plan has put into the same request unless it is read apart; -1
        /// without.
        var status: Int32
    }

    private let start: RegisterAddress
    /// Those of the unit, shared with it: a large site has one description of each point.
    private let points: [RegisterPoint]
    private let members: [Member]
    /// Of each member; nil: it is decoded by its description.
    private let plain: [PlainRegister?]
    /// Its status points that qualify values of other requests.
    private let remembered: [RegisterPoint]
    /// Bytes of data that an answer to this block holds.
    package let dataBytes: Int

    /// - Parameter unit: the unit that the block was planned for.
    package init(block: ReadBlock, unit: ModbusUnit) {
        start = block.start
        dataBytes = block.dataBytes
        points = unit.points
        members = block.members.map { place in
            let status = unit.points[place].status.flatMap { wanted in
                unit.points.firstIndex { $0.point == wanted }
            }
            return Member(place: Int32(place), status: Int32(status ?? -1))
        }
        plain = block.members.map { PlainRegister(unit.points[$0], from: block.start) }
        let apart = Set(unit.points.lazy.filter(\.isStatusApart).compactMap(\.status))
        remembered = block.members.lazy.map { unit.points[$0] }.filter { apart.contains($0.point) }
    }

    /// Appends one sample per point of the block, by address.
    /// - Parameters:
    ///   - data: what follows the byte count of the answer.
    ///   - instant: when the frame was complete; cut here to the whole millisecond.
    ///   - statuses: the unit's status words of other requests; this one's own are noted in it.
    /// - Complexity: O(points); allocates only while `samples` grows.
    /// - Precondition: `data.count == dataBytes`.
    package func decode(
        _ data: Span<UInt8>, at instant: PlantInstant, statuses: inout StatusMemory, into samples: inout [Sample]
    ) {
        precondition(data.count == dataBytes, "an answer is decoded only after its size was checked")
        let time = instant.wholeMillisecond
        for status in remembered { statuses.note(status.pattern(in: data, from: start), of: status.point, at: instant) }
        // Through spans nothing of a point's description is copied or counted.
        let (points, members, plain) = (points.span, members.span, plain.span)
        for number in members.indices {
            if let register = plain[number] {
                samples.append(register.sample(in: data, at: time))
                continue
            }
            let member = members[number]
            let sample = points[Int(member.place)].sample(in: data, from: start, at: time)
            guard member.status >= 0 else {
                samples.append(sample)
                continue
            }
            let status = points[Int(member.status)]
            let pattern =
                points[Int(member.place)].isStatusApart
                ? statuses.pattern(of: status, at: instant) : status.pattern(in: data, from: start)
            samples.append(
                sample.qualified(by: Self.verdict(of: status, saying: pattern, on: points[Int(member.place)])))
        }
    }

    /// The same of a block that stands alone: values whose status is read apart are bad.
    package func decode(_ data: Span<UInt8>, at instant: PlantInstant, into samples: inout [Sample]) {
        var statuses = StatusMemory()
        decode(data, at: instant, statuses: &statuses, into: &samples)
    }

    /// Appends `.bad(reason)` for every point of the block.
    package func spoil(_ reason: QualityReason, at instant: PlantInstant, into samples: inout [Sample]) {
        let time = instant.wholeMillisecond
        for member in members {
            samples.append(Sample(point: points[Int(member.place)].point, at: time, .bad(reason)))
        }
    }

    /// A status that is bad itself (the maker's "no value", an unknown state, a number outside its band or range) vouches for
    /// nothing. Nor does one that has gone silent: it may hide a fault whose value looks normal, and what is uncertain can clear
    /// an alarm (semantics.md A7). So the value is as bad, or stale.
    private static func verdict(of status: RegisterPoint, saying pattern: UInt64?, on point: RegisterPoint) -> Quality {
        guard let pattern else { return .bad(.stale) }
        let own = status.sample(ofPattern: pattern, at: PlantInstant(nanoseconds: 0)).quality
        return own.word == .bad ? own : point.statusEffects.quality(forPattern: pattern)
    }
}
