import PlantModel

/// How sure the source of a number is, as data beside it: `F6` found in source 6, `MH MM ML` remembered with high, middle
/// or low confidence, `C` computed from such, `P` a proposal or habit. A template shows its reader which is which.
enum SourceFlags {
    /// Looked for and not found: only a parameter without a default may say so, never a number.
    static let notFound = "not_found"

    /// `flag: P`, `flag: [F6, C]`.
    static func read(_ table: inout TableReader) -> [String] {
        guard let setting = table.setting("flag") else { return [] }
        let items: [Setting]
        switch setting.shape {
        case .list(let list): items = list
        case .scalar: items = [setting]
        case .table:
            refuse(setting, table)
            return []
        }
        return items.compactMap { item in
            guard case .scalar(let text, _) = item.shape, isFlag(text) else {
                refuse(item, table)
                return nil
            }
            return text
        }
    }

    private static func refuse(_ setting: Setting, _ table: TableReader) {
        table.refuse(
            setting, "flag must be F and the source's number, MH MM ML, C or P, found \(setting.described)")
    }

    private static func isFlag(_ text: String) -> Bool {
        if ["MH", "MM", "ML", "C", "P"].contains(text) { return true }
        guard text.first == "F", text.utf8.count <= 5 else { return false }
        let number = text.dropFirst()
        let digits = number.last.map { $0.isLowercase } == true ? number.dropLast() : number
        return !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
