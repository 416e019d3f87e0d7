import DeviceMap
import PlantModel

/// A point that a device has once per channel: `channels: {first: 1, last: 20, stride: 2}`. `at` is the first channel's
/// place, each next one stands `stride` addresses further.
struct ChannelSpan: Sendable {
    var first: Int
    var last: Int
    var stride: Int

    static func read(_ table: inout TableReader) -> ChannelSpan? {
        guard var given = table.table("channels") else { return nil }
        let first = given.require(given.integer("first", in: 0...65_535), "first", for: "channels")
        let last = given.require(given.integer("last", in: 0...65_535), "last", for: "channels")
        let stride = given.integer("stride", in: 1...65_535) ?? 1
        given.finish(knows: "first", "last", "stride")
        guard let first, let last else { return nil }
        guard first <= last else {
            given.error(at: "last", "last must be at least first \(first), found \(last)")
            return nil
        }
        return ChannelSpan(first: first, last: last, stride: stride)
    }
}

extension DeviceProfile {
    /// The channels that every channelled point has; nil when there is no such point.
    var channels: ClosedRange<Int>? {
        let spans = points.compactMap(\.channels)
        guard let first = spans.map(\.first).max(), let last = spans.map(\.last).min(), first <= last else {
            return nil
        }
        return first...last
    }

    /// The points of a device that uses these channels: `level_0`, `level_3`.
    func points(ofChannels channels: [Int]) -> [ProfilePoint] {
        let channelled = Set(points.filter { $0.channels != nil }.map(\.id))
        return points.flatMap { point -> [ProfilePoint] in
            guard let span = point.channels, case .register(let wire) = point.wire else { return [point] }
            return channels.compactMap { channel in
                func named(_ id: String) -> String { channelled.contains(id) ? "\(id)_\(channel)" : id }
                var one = point
                var place = wire
                guard let offset = UInt16(exactly: Int(wire.address.offset) + (channel - span.first) * span.stride)
                else {
                    return nil
                }
                place.address = RegisterAddress(offset)
                one.id = named(point.id)
                one.qualifiedBy = point.qualifiedBy.map(named)
                one.bitOf = point.bitOf.map(named)
                for bit in one.named.indices where one.named[bit].role != nil {
                    one.named[bit].name = one.named[bit].name.map(named)
                }
                one.wire = .register(place)
                one.name = BilingualText(
                    chinese: point.name.chinese.map { "\($0) \(channel)" },
                    english: point.name.english.map { "\($0) \(channel)" })
                return one
            }
        }
    }
}

extension ModbusManners {
    /// A snapshot of points with channels is one for each channel.
    func expanded(channels: [Int], of profile: DeviceProfile) -> ModbusManners {
        var manners = self
        manners.snapshots = snapshots.flatMap { group -> [[String]] in
            guard group.contains(where: { profile.point($0)?.channels != nil }) else { return [group] }
            return channels.map { channel in group.map { "\($0)_\(channel)" } }
        }
        return manners
    }
}
