import ArgumentParser
import SiteProfile

extension EditorSchema: ExpressibleByArgument {}

/// `hazardctl schema site|rules|profile`: for editors that complete and check YAML while somebody types.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print a JSON Schema for editors. 输出编辑器用的 JSON Schema。",
        discussion: """
            site is for site.yaml and site.d/*.yaml, rules for rules/*.yaml, profile for device profiles. The schema knows keys \
            and kinds of values; hazardctl check knows the rest, and is the judge.

            Example, with yaml-language-server:
              hazardctl schema profile > ~/.config/hazardd-profile.json
              # yaml-language-server: $schema=~/.config/hazardd-profile.json   (first line of a profile)
            """)

    @Argument(help: "site, rules or profile.") var kind: EditorSchema

    func run() { Terminal.answer(kind.text) }
}
