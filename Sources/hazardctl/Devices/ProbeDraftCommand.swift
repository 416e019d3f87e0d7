import ArgumentParser
import PlantModel
import ReplayBench
import SiteProfile

/// `hazardctl probe draft`: a first profile from a list of addresses.
struct ProbeDraftCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "draft",
        abstract: "Write a first profile from an address list in CSV. 由点表 CSV 生成型号文件初稿。",
        discussion: """
            The first line names the columns: name, address and type must be there; order, scale, offset, unit, low, high, \
            field, function and rate (a time, 1s) may. An address is 40001 or 30001 as makers print them, or hr:0, ir:0, \
            di:0, co:0 as it goes over the wire, or with a function code, 1 to 4, a bare number, 400 or 0x0190. The profile goes to standard output, read back and checked; every address in it is \
            flagged P, because nobody has seen the device answer yet: hazardctl probe modbus comes next.

            Example:
              hazardctl probe draft addresses.csv --id level/acme-lt5 > profiles/level/acme-lt5.yaml

            Exit status: 0 written, 1 the list has mistakes, 64 wrong usage.
            """)

    @Argument(help: "The list; - is standard input. 点表", completion: .file(extensions: ["csv"])) var list: String
    @Option(help: ArgumentHelp("The profile's id, CLASS/MAKER-MODEL. 型号", valueName: "id")) var id: String

    func run() throws {
        try Refusal.told {
            var bytes: [UInt8] = []
            do throws(RecordingMistake) {
                var source = try ByteSource(path: list)
                while try source.read(65_536, into: &bytes) {
                    if bytes.count > 4 << 20 { break }
                }
            } catch {
                throw Refusal(.usage, "\(error)")
            }
            let (text, diagnostics) = ProfileDraft.text(
                of: String(decoding: bytes, as: UTF8.self), shown: list, id: id)
            for diagnostic in diagnostics { Terminal.note(diagnostic.description) }
            guard let text else { throw Refusal(.no, "\(list): \(diagnostics.countLine)") }
            Terminal.answer(text)
        }
    }
}
