import ParkSimulator
import Testing

extension `The whole house` {
    /// `hazardctl replay --compare`: what an engineer types before a change goes live, and what comes out.
    @Suite struct `Comparing rules` {
        private static let old = "- {id: LT-1.H, point: LT-1, kind: H, limit: 10, priority: HIGH}\n"
        private static let recording = """
            time,point,value,quality
            2024-01-01T00:00:00.000Z,LT-1,5,GOOD
            2024-01-01T00:01:00.000Z,LT-1,12,GOOD
            2024-01-01T00:02:00.000Z,LT-1,5,GOOD

            """

        private func compare(new: String, _ more: [String], recordingAs name: String? = nil) async throws -> (
            Programs.Outcome, String
        ) {
            let folder = try Files.temporaryFolder("hazardd-compare")
            try Files.write(Self.old, to: "\(folder)/old.yaml")
            try Files.write(new, to: "\(folder)/new.yaml")
            try Files.write(Self.recording, to: "\(folder)/rec.csv")
            let arguments = [
                "replay", "--compare", "\(folder)/old.yaml", "\(folder)/new.yaml", "--recording",
                name ?? "\(folder)/rec.csv", "--lang", "en",
            ]
            return (
                try await Programs.run(
                    Programs.hazardctl, arguments + more.map { $0.replacing("DIR", with: folder) }), folder
            )
        }

        @Test func `reports, and ends well whatever it finds`() async throws {
            let (outcome, folder) = try await compare(
                new: Self.old.replacing("limit: 10", with: "limit: 20"),
                ["--json", "DIR/c.json", "--html", "DIR/c.html"])
            defer { Files.removeFolder(folder) }
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("Alarms change: 1 gone"))
            #expect(outcome.output.contains("limit 10 → 20"))
            #expect(try Files.text(of: "\(folder)/c.json").contains("\"gone\" : 1"))
            #expect(try Files.text(of: "\(folder)/c.html").hasSuffix("</html>\n"))
        }

        @Test func `fails on a difference when asked to, and only then`() async throws {
            let (differing, one) = try await compare(
                new: Self.old.replacing("limit: 10", with: "limit: 20"), ["--fail-on-difference"])
            let (equal, two) = try await compare(new: Self.old, ["--fail-on-difference"])
            defer { [one, two].forEach(Files.removeFolder) }
            #expect(differing.status == 1 && equal.status == 0)
            #expect(equal.output.contains("No alarm changes"))
        }

        @Test func `names a mistake of either side, and what is wrongly asked`() async throws {
            let (mistaken, one) = try await compare(new: "- {id: x}\n", [])
            let (lonely, two) = try await compare(new: Self.old, ["--site", "DIR"])
            defer { [one, two].forEach(Files.removeFolder) }
            #expect(mistaken.status == 1 && mistaken.errors.contains("new.yaml:1:"))
            #expect(lonely.status == 64 && lonely.errors.contains("leave --rules and --site out"))
        }
    }
}
