import Foundation
import SiteProfile
import Testing

/// A validator that nobody here wrote: jsonschema from PyPI, as `.ci/setup tests` installs it.
private enum Validator {
    static let python = repository.appending(path: ".build-python/bin/python").path
    static let script = repository.appending(path: "Tests/Interop/validate_yaml.py").path

    static let isInstalled: Bool = {
        let found =
            FileManager.default.isExecutableFile(atPath: python)
            && (try? run(["-c", "import jsonschema, yaml"]))?.status == 0
        if !found { print("notice: jsonschema is not installed (.ci/setup tests would do); its tests are left out") }
        return found
    }()

    static func run(_ words: [String]) throws -> (status: Int32, said: String) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: python)
        process.arguments = words
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }

    /// What it says of files, by a schema as `hazardctl schema` prints it.
    static func verdict(on files: [String], by schema: EditorSchema) throws -> (status: Int32, said: String) {
        let folder = try SiteFolder(["schema.json": schema.text])
        return try run([script, "\(folder.path)/schema.json"] + files)
    }
}

@Suite(.enabled(if: Validator.isInstalled)) struct `A foreign validator with our schema` {
    /// The YAML files below a folder of the repository that lie at a certain depth or have a certain name.
    private func files(below folder: String, _ wanted: (String) -> Bool) throws -> [String] {
        let root = repository.appending(path: folder).path
        let found = try FileManager.default.subpathsOfDirectory(atPath: root).filter {
            $0.hasSuffix(".yaml") && wanted($0)
        }
        return found.sorted().map { "\(root)/\($0)" }
    }

    @Test func `accepts every shipped profile`() throws {
        let profiles = try files(below: "DeviceProfiles") { $0.split(separator: "/").count == 2 }
        #expect(profiles.count >= 31)
        let (status, said) = try Validator.verdict(on: profiles, by: .profile)
        #expect(status == 0, "\(said)")
    }

    @Test func `accepts every shipped site`() throws {
        let sites = try ["Simulator", "Documentation"].flatMap { folder in
            try files(below: folder) { $0.hasSuffix("/site.yaml") }
        }
        #expect(sites.count >= 4)
        let (status, said) = try Validator.verdict(on: sites, by: .site)
        #expect(status == 0, "\(said)")
    }

    @Test(arguments: [
        ("rev: 1", "rev: 1\nwrite: hr:4", "write"), ("rev: 1", "rev: one", "rev"), ("type: u16", "tipe: u16", "tipe"),
    ])
    func `refuses a profile that is broken`(right: String, wrong: String, named: String) throws {
        let profile = """
            schema: hazardd.profile/v1
            rev: 1
            class: level
            name: t
            source: the test
            modbus: {rates: {fast: 1s}}
            points:
              a: {at: hr:0, type: u16, rate: fast}
            """
        let folder = try SiteFolder(["right.yaml": profile, "wrong.yaml": profile.replacing(right, with: wrong)])
        #expect(try Validator.verdict(on: ["\(folder.path)/right.yaml"], by: .profile).status == 0)
        let (status, said) = try Validator.verdict(on: ["\(folder.path)/wrong.yaml"], by: .profile)
        #expect(status == 1 && said.contains(named), "\(said)")
    }

    @Test func `refuses a site that is broken`() throws {
        let broken = try SiteFolder(["site.yaml": "schema: hazardd.site/v1\nsite: {id: t, name: t}\ndevises: {}\n"])
        let (status, said) = try Validator.verdict(on: ["\(broken.path)/site.yaml"], by: .site)
        #expect(status == 1 && said.contains("devises"), "\(said)")
    }
}
