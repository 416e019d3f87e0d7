package import PlantModel
package import PlantTime

/// Turns the data of one answer into samples: a block of the read plan, joined with the points it serves.
package struct BlockDecoder: Sendable, Equatable {
    private struct Member: Sendable, Equatable {
        /// Its place among the unit's points.
        var place: Int32
        /// That of the point whose bits qualify it, which the plan has put into the same request; -1 without.
        var status: Int32
    }

    private let start: RegisterAddress
    /// Those of the unit, shared with it: a large site has one description of each point.
    private let points: [RegisterPoint]
    private let members: [Member]
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
    }

    /// Appends one sample per point of the block, by address.
    /// - Parameters:
    ///   - data: what follows the byte count of the answer.
    ///   - instant: when the frame was complete; cut here to the whole millisecond.
    /// - Complexity: O(points); allocates only while `samples` grows.
    /// - Precondition: `data.count == dataBytes`.
    package func decode(_ data: Span<UInt8>, at instant: PlantInstant, into samples: inout [Sample]) {
        precondition(data.count == dataBytes, "an answer is decoded only after its size was checked")
        let time = instant.wholeMillisecond
        // Through spans nothing of a point's description is copied or counted.
        let (points, members) = (points.span, members.span)
        for number in members.indices {
            let member = members[number]
            let sample = points[Int(member.place)].sample(in: data, from: start, at: time)
            guard member.status >= 0 else {
                samples.append(sample)
                continue
            }
            let verdict = verdict(of: points[Int(member.status)], on: points[Int(member.place)], in: data)
            samples.append(sample.qualified(by: verdict))
        }
    }

    /// Appends `.bad(reason)` for every point of the block.
    package func spoil(_ reason: QualityReason, at instant: PlantInstant, into samples: inout [Sample]) {
        let time = instant.wholeMillisecond
        for member in members {
            samples.append(Sample(point: points[Int(member.place)].point, at: time, .bad(reason)))
        }
    }

    /// A status word that itself is the maker's "no value" vouches for nothing.
    private func verdict(of status: RegisterPoint, on point: RegisterPoint, in data: Span<UInt8>) -> Quality {
        let pattern = status.pattern(in: data, from: start)
        return status.sentinels.contains(pattern) ? .bad(.sentinel) : point.statusEffects.quality(forPattern: pattern)
    }
}
