import DeviceMap
import PlantModel

/// Reads which blob of a payload a register point stands in, and checks that it fits there.
enum PayloadBlobReader {
    static func blob(_ wire: RegisterWire?, _ manners: MQTTManners, _ table: inout TableReader) -> String? {
        let names = manners.blobs.map(\.name)
        let given = table.name("blob")
        guard let name = given ?? (names.count == 1 ? names[0] : nil) else {
            let known = names.isEmpty ? "mqtt has none" : "one of \(names.joined(separator: " ")) would do"
            table.findings.error(at: table.place, "a register point needs \"blob\"; \(known)")
            return nil
        }
        guard let blob = manners.blobs.first(where: { $0.name == name })?.blob else {
            table.error(at: "blob", "blob must be one of \(names.joined(separator: " ")), found \(name)")
            return nil
        }
        guard let wire else { return nil }
        if wire.area.holdsBits { table.error(at: "at", "a blob holds registers; hr or ir would do") }
        if wire.address < blob.start {
            table.error(at: "at", "blob \(name) starts at \(blob.start.offset); a higher address would do")
        }
        return name
    }
}
