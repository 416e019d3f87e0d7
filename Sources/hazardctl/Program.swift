import ArgumentParser

/// `hazardctl`: what engineers and duty officers type (console.md 6).
@main struct Hazardctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hazardctl",
        abstract: "Ask and answer a hazardd station. 查看并处理 hazardd 报警。",
        discussion: """
            See what must be answered, answer it, follow it:
              hazardctl alarms
              hazardctl ack AT-101.HH/7 -m "crew sent"
              hazardctl alarms --watch --priority CRITICAL,HIGH

            Is the watch awake, and can its record be trusted?
              hazardctl health
              hazardctl points --bad
              hazardctl journal verify --state /var/lib/hazardd

            Why did it come, why did it not, and what if the rules were others?
              hazardctl why AT-101.HH/7
              hazardctl why-not AT-101.HH 2026-11-24T08:30:05
              hazardctl replay --compare old.yaml new.yaml --recording may.csv --html changes.html

            What does a device say, and how is it asked?
              hazardctl explain /etc/hazardd NH3-101
              hazardctl probe modbus 10.1.2.3 --unit 3 --profile level/eh-tankvision@1

            At the machine it speaks through the control socket, and you are who you are logged in as; elsewhere \
            use --url and --token-file. Answers go to standard output, everything else to standard error. --lang zh \
            or --lang en chooses the language (else LC_ALL, LC_MESSAGES, LANG).

            EXIT STATUS 退出码
              0    yes, done 是/已完成
              1    the honest answer is no 否(有错误、未通过、链断裂、无此报警)
              64   wrong usage 用法错误
              69   station not reached 无法连接
              75   the alarm changed, look again 报警已变化,请重新查看
              77   refused: you may not 无权操作
              130  interrupted, what was printed is partial 已中断,内容不完整
            """,
        version: StationVersion.text,
        subcommands: duty + engineer + other)

    /// What a duty officer needs.
    private static let duty: [any ParsableCommand.Type] = [
        AlarmsCommand.self, AcknowledgeCommand.self, UnacknowledgeCommand.self, CommentCommand.self, ResetCommand.self,
        PointsCommand.self, HealthCommand.self,
    ]

    /// What an engineer needs.
    private static let engineer: [any ParsableCommand.Type] = [
        CheckCommand.self, ExplainCommand.self, ReplayCommand.self, TestCommand.self, WhyCommand.self,
        WhyNotCommand.self,
        JournalCommand.self, ProbeCommand.self, SchemaCommand.self,
    ]

    private static let other: [any ParsableCommand.Type] = [CompletionCommand.self, VersionCommand.self]
}

enum StationVersion {
    static let text = "hazardctl 0.1.0"
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version. 显示版本。")

    func run() { Terminal.answer(StationVersion.text) }
}

struct CompletionCommand: ParsableCommand {
    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a script that completes commands in your shell. 输出命令补全脚本。",
        discussion: """
            hazardctl completion bash > /etc/bash_completion.d/hazardctl
            hazardctl completion zsh > /usr/share/zsh/site-functions/_hazardctl
            hazardctl completion fish > ~/.config/fish/completions/hazardctl.fish
            """)

    @Argument(help: "bash, zsh or fish.") var shell: Shell

    func run() {
        let kind: ArgumentParser.CompletionShell
        switch shell {
        case .bash: kind = .bash
        case .zsh: kind = .zsh
        case .fish: kind = .fish
        }
        Terminal.answer(Hazardctl.completionScript(for: kind))
    }
}
