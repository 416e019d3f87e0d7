import DeviceMap
import PlantModel

/// Reads where a point stands in a device's payload: `path: $.d.moment`, `type: number`.
enum PayloadWireReader {
    static func read(_ table: inout TableReader) -> ProfilePoint.Wire? {
        let path = table.require(MannersReader.path("path", &table), "path", for: "a payload point")
        let type = type(&table)
        let sentinels = table.numbers("sentinels") ?? []
        guard let path, let type else { return nil }
        return .payload(path, type, sentinels: sentinels)
    }

    private static func type(_ table: inout TableReader) -> PayloadType? {
        enum Word: String, CaseIterable { case number, decimal_text, hex_text }
        if var words = table.table("words") {
            if table.has("type") {
                table.error(at: "type", "words says what the value is; leaving \"type\" out would do")
                _ = table.setting("type")
            }
            var numbers: [String: Double] = [:]
            for entry in words.takeAll() {
                if let number = words.number(entry.value, entry.key) { numbers[entry.key] = number }
            }
            return .words(numbers)
        }
        guard table.has("type") else { return .number }
        return switch table.word("type", { (word: Word) in word.rawValue }) {
        case .number: .number
        case .decimal_text: .decimalText
        case .hex_text: .hexText
        case nil: nil
        }
    }
}
