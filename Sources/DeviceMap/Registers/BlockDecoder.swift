package import PlantModel
package import PlantTime

/// Turns the data of one answer into samples: a block of the read plan, joined with the points it serves.
package struct BlockDecoder: Sendable, Equatable {
    private struct Member: Sendable, Equatable {
        var point: RegisterPoint
        /// The point whose bits qualify it; the plan has put it into the same request.
        var status: RegisterPoint?
        var isQualified: Bool { status != nil }
    }

    private let start: RegisterAddress
    private let members: [Member]
    /// Bytes of data that an answer to this block holds.
    package let dataBytes: Int

    /// - Parameter unit: the unit that the block was planned for.
    package init(block: ReadBlock, unit: ModbusUnit) {
        start = block.start
        dataBytes = block.dataBytes
        members = block.members.map { place in
            let point = unit.points[place]
            return Member(point: point, status: unit.points.first { $0.point == point.status })
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
        // Members are looked at where they lie: a copy of one costs as much as its value.
        let members = members.span
        for place in members.indices {
            let sample = members[place].point.sample(in: data, from: start, at: time)
            guard members[place].isQualified, let status = members[place].status else {
                samples.append(sample)
                continue
            }
            samples.append(sample.qualified(by: verdict(of: status, on: members[place].point, in: data)))
        }
    }

    /// Appends `.bad(reason)` for every point of the block.
    package func spoil(_ reason: QualityReason, at instant: PlantInstant, into samples: inout [Sample]) {
        let time = instant.wholeMillisecond
        for member in members { samples.append(Sample(point: member.point.point, at: time, .bad(reason))) }
    }

    /// A status word that itself is the maker's "no value" vouches for nothing.
    private func verdict(of status: RegisterPoint, on point: RegisterPoint, in data: Span<UInt8>) -> Quality {
        let pattern = status.pattern(in: data, from: start)
        return status.sentinels.contains(pattern) ? .bad(.sentinel) : point.statusEffects.quality(forPattern: pattern)
    }
}
