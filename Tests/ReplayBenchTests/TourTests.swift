import Foundation
import PlantModel
import SiteProfile
import Testing

private let repository = URL(filePath: #filePath).appending(path: "../../..").standardized.path

/// The tour of the README, followed as a reader would: its files are written, and what `hazardctl check` says of the site must
/// stand in the next block of the page.
@Suite struct `The tour of the README` {
    @Test(arguments: ["README.md", "README.zh-CN.md"])
    func `says what check says of its site, at each step`(page: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tour-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let tour = folder.appending(path: "tour")
        try FileManager.default.copyItem(atPath: "\(repository)/Documentation/Tour", toPath: tour.path)
        let blocks = Self.blocks(of: try String(contentsOfFile: "\(repository)/\(page)", encoding: .utf8))
        var steps = 0
        for (block, next) in zip(blocks, blocks.dropFirst()) {
            try write(files(in: block), below: folder)
            guard block.contains("hazardctl check tour/site") else { continue }
            steps += 1
            let result = SiteLoader.load(
                directory: tour.appending(path: "site").path, profileFolders: ["\(repository)/DeviceProfiles"],
                addresses: .mayBeMissing)
            let counts = "\(result.pointCount) points, \(result.ruleCount) rules: \(result.diagnostics.countLine)"
            #expect(next == result.diagnostics.map(\.description) + [counts], "\(page), step \(steps)")
        }
        #expect(steps == 3)
    }

    /// The lines of each fenced block.
    private static func blocks(of page: String) -> [[String]] {
        let parts = page.components(separatedBy: "\n```")
        return stride(from: 1, to: parts.count, by: 2).map { place in
            Array(parts[place].components(separatedBy: "\n").dropFirst())
        }
    }

    /// What a block writes by `cat > PATH <<'END'`.
    private func files(in block: [String]) -> [(path: String, text: String)] {
        var files: [(path: String, text: String)] = []
        var open = false
        for line in block {
            if line.hasPrefix("cat > "), line.hasSuffix(" <<'END'") {
                files.append((String(line.dropFirst(6).dropLast(8)), ""))
                open = true
            } else if line == "END" {
                open = false
            } else if open {
                files[files.count - 1].text += line + "\n"
            }
        }
        return files
    }

    private func write(_ files: [(path: String, text: String)], below folder: URL) throws {
        for file in files {
            let place = folder.appending(path: file.path)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try file.text.write(to: place, atomically: false, encoding: .utf8)
        }
    }
}
