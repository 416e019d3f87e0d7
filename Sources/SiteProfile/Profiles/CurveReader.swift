import DeviceMap
import PlantModel

/// Reads `map: {two_point: [[4000, 0], [20000, 500]]}` and `map: {table: [[0, 0], [1500, 12.5], ...]}`: raw numbers and the
/// values that they stand for.
enum CurveReader {
    static func read(_ table: inout TableReader) -> ValueCurve? {
        guard var map = table.table("map") else { return nil }
        let isLine = map.has("two_point")
        let key = isLine ? "two_point" : "table"
        if isLine, map.has("table") {
            map.error(at: "table", "map has \"two_point\" or \"table\", found both")
            _ = map.setting("table")
        }
        let items = map.require(map.list(key), key, for: "map (or \"two_point\")")
        map.finish(knows: "two_point", "table")
        guard let items else { return nil }
        let knots = items.compactMap { item -> ValueCurve.Knot? in
            guard case .list(let pair) = item.shape, pair.count == 2, let raw = map.number(pair[0], key),
                let value = map.number(pair[1], key)
            else {
                map.refuse(item, "\(key) must list pairs [raw, value], found \(item.described)")
                return nil
            }
            return ValueCurve.Knot(raw: raw, value: value)
        }
        guard knots.count == items.count else { return nil }
        guard let curve = ValueCurve(knots, holdsEnds: !isLine), !isLine || knots.count == 2 else {
            map.error(
                at: key,
                isLine
                    ? "two_point must be two pairs [raw, value], the second raw number above the first"
                    : "table must have two pairs [raw, value] or more, raw rising from pair to pair")
            return nil
        }
        return curve
    }
}
