import EndToEndRig
import Glibc
import ParkSimulator

/// The load that really was there during one run, and what it took of the machine.
struct LoadLine {
    /// Reads of 60 registers, a second.
    var reads = 0.0
    /// Messages that the broker took from the publisher, and those that it handed to the program, a second.
    var published = 0.0
    var delivered = 0.0
    /// Cores that the program, the broker and the rig had; of each.
    var subjectCores = 0.0
    var brokerCores = 0.0
    var rigCores = 0.0

    /// Samples a second that came as reads.
    var samples: Double { reads * Double(RIG_REGISTERS) }

    init() {}

    /// - Parameters:
    ///   - began: a look at the beginning of the run.
    ///   - ended: one at its end.
    init(from began: LoadLook, to ended: LoadLook) {
        let seconds = Double(ended.load.at - began.load.at) / 1e9
        reads = Double(ended.load.reads - began.load.reads) / seconds
        published = Double(ended.load.published - began.load.published) / seconds
        if began.load.delivered_at > 0, ended.load.delivered_at > began.load.delivered_at {
            delivered =
                Double(ended.load.delivered - began.load.delivered) * 1e9
                / Double(ended.load.delivered_at - began.load.delivered_at)
        }
        subjectCores = (ended.subject - began.subject) / seconds
        brokerCores = (ended.broker - began.broker) / seconds
        rigCores = (ended.rig - began.rig) / seconds
    }
}

/// One look: the counts of the rig, and the CPU seconds of everybody.
struct LoadLook {
    let load: rig_load
    let subject: Double
    let broker: Double
    let rig: Double

    init(subject: ChildProcess, broker: BrokerProcess?) {
        load = rig_look_at_load()
        self.subject = Self.processorSeconds(of: subject.pid)
        self.broker = broker?.pid.map { Self.processorSeconds(of: $0) } ?? 0
        rig = Self.processorSeconds(of: getpid())
    }

    /// Of all its threads, from `/proc/PID/stat`: user and system ticks are the 14th and 15th field.
    private static func processorSeconds(of pid: Int32) -> Double {
        guard let text = try? Files.text(of: "/proc/\(pid)/stat"), let name = text.lastIndex(of: ")") else { return 0 }
        let fields = text[name...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
