import Foundation

/// What Package.swift says: which floor a room is on, and what it declares to use.
struct FloorPlan {
    private let floors: [String: Int]
    let rooms: [String: Set<String>]

    private static let order = [
        "stone": -1, "ground": 0, "nouns": 1, "logic": 2, "doors": 3, "core": 4, "wiring": 5, "roof": 6,
    ]

    /// Reads the manifest as text: `let <floor>: [Target] = [ ... ]` holds the rooms of a floor.
    init(manifest: URL) {
        var floors: [String: Int] = [:]
        var rooms: [String: Set<String>] = [:]
        var floor: Int?
        let text = (try? String(contentsOf: manifest, encoding: .utf8)) ?? ""
        var room: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let match = line.firstMatch(of: /^let (\w+): \[Target\]/) {
                floor = Self.order[String(match.output.1)]
                room = nil
            }
            guard let floor else { continue }
            let isDeclaration = line.contains("room(") || line.contains("program(") || line.contains(".target(")
            if isDeclaration || line.contains(".systemLibrary(") { room = nil }
            for match in line.matches(of: /"(\w+)"/) {
                let name = String(match.output.1)
                if room == nil {
                    room = name
                    floors[name] = floor
                    rooms[name] = []
                } else if let room, !line.contains("pkgConfig") {
                    rooms[room]?.insert(name)
                }
            }
            if line.hasPrefix("]") { room = nil }
        }
        self.floors = floors
        self.rooms = rooms
    }

    func floor(of room: String) -> Int? { floors[room] }
    func uses(of room: String) -> Set<String> { rooms[room] ?? [] }
}

/// One Swift file of the tree.
struct SourceFile {
    let path: String
    let lines: [String]
    /// The target it belongs to: the folder below Sources, Simulator or Tests.
    let room: String?
    let isTest: Bool
    let imports: [String]
    private let text: String

    init(path: String, room: String?, isTest: Bool, text: String) {
        self.path = path
        self.room = room
        self.isTest = isTest
        self.text = text
        lines = text.components(separatedBy: "\n")
        imports = lines.filter { $0.contains("import ") }.compactMap { line in
            line.firstMatch(of: /^\s*(?:package |public |@testable )?import (?:struct |enum |class |func )?(\w+)/)
                .map { String($0.output.1) }
        }
    }

    /// The lines that hold one of the words. Most files hold none of them, and are looked through once as a whole.
    func lines(with words: [String]) -> [(place: String, number: Int, line: String)] {
        let present = words.filter(text.contains)
        guard !present.isEmpty else { return [] }
        return lines.enumerated().filter { _, line in present.contains { line.contains($0) } }
            .map { ("\(path):\($0 + 1): \($1)", $0, $1) }
    }

    static func all(below root: URL) -> [SourceFile] {
        var files: [SourceFile] = []
        for top in ["Sources", "Simulator", "Tests", "Bench"] {
            let folder = root.appending(path: top)
            guard let walk = FileManager.default.enumerator(atPath: folder.path) else { continue }
            for case let name as String in walk where name.hasSuffix(".swift") {
                guard let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8) else {
                    continue
                }
                let parts = name.split(separator: "/").map(String.init)
                files.append(
                    SourceFile(
                        path: "\(top)/\(name)", room: top == "Tests" ? nil : parts.first, isTest: top == "Tests",
                        text: text))
            }
        }
        return files
    }
}
