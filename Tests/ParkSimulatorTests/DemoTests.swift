import CLinux
import Foundation
import Glibc
import ParkSimulator
import PlantModel
import PlantTime
import Testing

/// A shell-sized stand-in for hazardd that says so in its name: it says READY, serves one event on the control socket, and
/// tells the receivers of it, if it is told to.
private enum FakeDaemon {
    static func write(into folder: String, sendsWebhook: Bool = true, isReady: Bool = true, dies: Bool = false) throws
        -> String
    {
        let path = "\(folder)/fake-hazardd"
        let script = """
            #!/usr/bin/perl
            # A fake daemon for tests of the wrapper: not hazardd, and nothing like it.
            use strict; use warnings;
            use IO::Socket::UNIX; use IO::Socket::INET; use Digest::SHA qw(hmac_sha256_hex); use POSIX qw(strftime);
            my %o = @ARGV;
            if (\(dies ? 1 : 0)) { print STDERR "site.yaml:3:1: error: not to my taste\\n"; exit 78 }
            unless (\(isReady ? 1 : 0)) { sleep 600 }
            sub slurp { open my $f, '<', $_[0] or die "$_[0]: $!"; local $/; <$f> }
            my $ports = slurp("$o{'--site'}/site.d/ports.yaml");
            die "no profiles" unless -e "$o{'--site'}/profiles/gas/virtual-nh3-tx.yaml";
            my $server = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $o{'--control'}, Listen => 5) or die $!;
            IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => "\\0" . substr($ENV{NOTIFY_SOCKET}, 1))->send("READY=1\\n");
            my $client = $server->accept;
            while (my $line = <$client>) { last if $line eq "\\r\\n" }
            my $now = strftime("%Y-%m-%dT%H:%M:%S.000Z", gmtime);
            my $key = "demo/NH3-101.L1/1/raise/0/1";
            my $event = qq({"sequence":1,"key":"$key","transition":"raise","rule":"NH3-101.L1","occurrence":1,"version":1,)
                . qq("nth":1,"stateBefore":"normal","state":"unacknowledged","priority":"HIGH","colour":"orange",)
                . qq("point":"NH3-101.conc","reading":{"value":25.3,"unit":"ppm","quality":"good","time":"$now"},)
                . qq("limit":{"kind":"H","value":25},"occurredAt":"$now","decidedAt":"$now","duties":[],"marks":[],)
                . qq("guidance":{"en":{"action":"clear the room"},"zh-CN":{"action":"撤离"}}});
            print $client "HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\nConnection: close\\r\\n\\r\\n";
            print $client "retry: 1000\\n\\nid: 1\\nevent: alarm\\ndata: $event\\n\\n";
            $client->flush;
            sub post { my ($name, $body, @headers) = @_;
                my ($port, $path) = $ports =~ m{$name: \\{url: "http://127.0.0.1:(\\d+)(/[^"]*)"} or die "no $name";
                my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or die $!;
                print $s join("\\r\\n", "POST $path HTTP/1.1", "Host: x", "Content-Type: application/json",
                    "Content-Length: " . length($body), "Connection: close", @headers, "", $body);
                my $answer = <$s>; }
            my $time = time;
            my $signature = hmac_sha256_hex("$time.{}", slurp("$o{'--credentials'}/duty_webhook"));
            post("duty", "{}", "Idempotency-Key: $key/zhang", "Hazardd-Signature: t=$time,kid=1,v1=$signature")
                if \(sendsWebhook ? 1 : 0);
            post("county", qq({"schema":"hazardd.platform/v1","journalId":"j","after":0,"isResend":false,"records":)
                . qq([{"sequence":1,"key":"$key","transition":"raise","tag":"NH3-101.conc"}]}),
                "Authorization: Bearer " . slurp("$o{'--credentials'}/county_token"));
            while (<$client>) {}
            sleep 600;
            """
        try Files.write(script, to: path, mode: 0o700)
        return path
    }
}

@Suite struct `The demo's wrapper` {
    private static let script = ScenarioScript(
        name: "short", about: BilingualText(chinese: "短", english: "short"), seconds: 1,
        expectations: [.init(rule: "NH3-101.L1", transition: "raise", from: -5, to: 60)])

    private final class Terminal {
        var lines: [String] = []
        var text: String { lines.joined(separator: "\n") }
    }

    /// Runs the wrapper with a fake daemon. `stop` is readable from the beginning when it is to be interrupted.
    private static func run(
        _ daemon: String, script: ScenarioScript = Self.script, stays: Bool = false, stopped: Bool = false,
        readyWithin: Duration = .seconds(30)
    ) throws -> (verdict: DemoSession.Verdict, terminal: Terminal) {
        let terminal = Terminal()
        let stop = eventfd(stopped ? 1 : 0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        defer { close(stop) }
        let session = try DemoSession(
            DemoSession.Plan(
                script: script, repository: Repository.root, hazardd: daemon, hazardctl: "hazardctl",
                view: LiveView(language: .english, coloured: false), staysUntilStopped: stays, readyWithin: readyWithin),
            stopDescriptor: stop, say: { terminal.lines.append($0) })
        return (session.run(), terminal)
    }

    /// The temporary folder that the wrapper named.
    private static func folder(in terminal: Terminal) throws -> String {
        let line = try #require(terminal.lines.first { $0.contains("folder ") })
        return String(try #require(line.split(separator: " ").last))
    }

    @Test func `shows alarms and receipts, and is content when everything came`() throws {
        try inTemporaryFolder { folder in
            let (verdict, terminal) = try Self.run(try FakeDaemon.write(into: folder))
            #expect(verdict == .complete, "\(terminal.text)")
            #expect(terminal.text.contains("▲ [2 ORANGE] NH3-101.conc 25.3 ppm ≥ limit 25 (H)"))
            #expect(terminal.text.contains("clear the room"))
            #expect(terminal.text.contains("-> duty officer got: NH3-101.L1 raise, zhang"))
            #expect(terminal.text.contains("-> platform stored: NH3-101.L1 raise, #1"))
            #expect(terminal.text.contains("everything that was expected came"))
            #expect(!Files.exists(try Self.folder(in: terminal)))
        }
    }

    @Test func `ends with a list of what is missing`() throws {
        try inTemporaryFolder { folder in
            var script = Self.script
            script.expectations.append(.init(rule: "TC-1.WIND.H", transition: "raise", from: 0, to: 1))
            // The wrapper waits for late receipts only as long as its grace lasts.
            let (verdict, terminal) = try Self.run(
                try FakeDaemon.write(into: folder, sendsWebhook: false), script: script)
            #expect(verdict == .incomplete)
            #expect(terminal.text.contains("missing: webhook of NH3-101.L1 raise, key demo/NH3-101.L1/1/raise/0/1"))
            #expect(terminal.text.contains("missing: event TC-1.WIND.H raise between 0 s and 1 s"))
            Files.removeFolder(try Self.folder(in: terminal))
        }
    }

    @Test func `says what the daemon said when it would not start`() throws {
        try inTemporaryFolder { folder in
            let (verdict, terminal) = try Self.run(try FakeDaemon.write(into: folder, dies: true))
            #expect(verdict == .incomplete)
            #expect(terminal.text.contains("hazardd ended before it was ready: exit status 78"))
            #expect(terminal.text.contains("hazardd: site.yaml:3:1: error: not to my taste"))
            Files.removeFolder(try Self.folder(in: terminal))
        }
    }

    @Test func `gives up on a daemon that never becomes ready`() throws {
        try inTemporaryFolder { folder in
            let (verdict, terminal) = try Self.run(
                try FakeDaemon.write(into: folder, isReady: false), readyWithin: .milliseconds(300))
            #expect(verdict == .incomplete)
            #expect(terminal.text.contains("did not say READY within 0.3 s"))
            Files.removeFolder(try Self.folder(in: terminal))
        }
    }

    @Test func `ends everything it started when it is interrupted, and leaves nothing behind`() throws {
        try inTemporaryFolder { folder in
            let (verdict, terminal) = try Self.run(try FakeDaemon.write(into: folder), stays: true, stopped: true)
            #expect(verdict == .interrupted)
            let gone = try Self.folder(in: terminal)
            #expect(!Files.exists(gone))
            #expect(try Self.processes(naming: gone).isEmpty)
        }
    }

    @Test func `says that the daemon cannot be executed`() throws {
        let (verdict, terminal) = try Self.run("/nonexistent/hazardd")
        #expect(verdict == .incomplete)
        #expect(
            terminal.lines.last
                == "parksim: hazardd could not be started: /nonexistent/hazardd: No such file or directory")
    }

    /// Command lines that name a folder.
    private static func processes(naming folder: String) throws -> [String] {
        Files.names(in: "/proc").filter { Int($0) != nil }
            .compactMap { try? Files.text(of: "/proc/\($0)/cmdline") }.filter { $0.contains(folder) }
    }
}

@Suite struct `The live view` {
    private static let record = AlarmRecord(
        sequence: 7, key: "demo/NH3-101.L2/1/raise/0/1", site: "demo", transition: "raise", rule: "NH3-101.L2",
        kind: "HH",
        occurrence: 1, version: 1, point: "NH3-101.conc",
        pointName: BilingualText(chinese: "氨气浓度", english: "ammonia concentration"), value: 51.24, unit: "ppm",
        limit: 50, priority: .critical, colour: .red, stateBefore: "normal", stateAfter: "unacknowledged",
        occurredAt: WallTime(milliseconds: 1_764_000_000_000), decidedAt: WallTime(milliseconds: 1_764_000_000_000),
        guidance: Guidance(action: BilingualText(chinese: "全员撤离", english: "everybody out"), respondWithinSeconds: 60))

    @Test(arguments: [
        (
            BilingualText.Language.english,
            ["00:00:00", "⬢", "[1 RED]", "NH3-101.conc", "51.2 ppm", "50 (HH)", "everybody out"]
        ),
        (.chinese, ["00:00:00", "⬢", "一级", "氨气浓度", "51.2 ppm", "50", "全员撤离"]),
    ])
    func `says time, colour, tag, value with unit, limit and what to do`(
        row: (language: BilingualText.Language, parts: [String])
    ) {
        let line = LiveView(language: row.language, coloured: false).line(Self.record)
        for part in row.parts { #expect(line.contains(part), "\(part) in \(line)") }
        #expect(!line.contains("\u{1B}"))
    }

    @Test func `colours a terminal, and a cleared alarm is hollow`() {
        let view = LiveView(language: .english, coloured: true)
        #expect(view.line(Self.record).contains("\u{1B}[1;38;5;203m⬢"))
        var cleared = Self.record
        cleared.transition = "clear"
        #expect(view.line(cleared).contains("⬡"))
    }
}

@Suite struct `The addresses of the park` {
    @Test func `are written as the demo site's README asks`() throws {
        let plant = try SimulatedPlant(plan: .demo, seed: 1, brokerPort: nil)
        defer { plant.stop() }
        try inTemporaryFolder { folder in
            let addresses = ParkAddresses(
                plant: plant, brokerPort: 40005, dutyURL: "http://127.0.0.1:1/duty",
                countyURL: "http://127.0.0.1:2/records")
            try addresses.write(toSite: folder)
            let text = try Files.text(of: "\(folder)/site.d/ports.yaml")
            let port = try #require(plant.modbus.port(of: "NH3-101"))
            #expect(text.contains("endpoints:\n  nh3: {host: 127.0.0.1, port: \(port)}\n"))
            #expect(text.contains("brokers:\n  park: {host: 127.0.0.1, port: 40005}\n"))
            #expect(
                text.contains(
                    "channels:\n  duty: {url: \"http://127.0.0.1:1/duty\"}\n  county: {url: \"http://127.0.0.1:2/records\"}\n"
                ))
        }
    }
}
