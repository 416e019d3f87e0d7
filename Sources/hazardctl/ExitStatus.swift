import ArgumentParser

/// How a command ends (decisions.md 6; listed in `hazardctl --help`).
enum ExitStatus: Int32, Error, Sendable, CaseIterable {
    /// The honest answer is no: mistakes, a broken chain, no such alarm.
    case no = 1
    case usage = 64
    /// The station was not reached, or cannot say now.
    case notReached = 69
    /// The alarm is no longer what was seen: look again.
    case alarmChanged = 75
    /// You may not.
    case refused = 77
    case interrupted = 130

    /// What a status of the API means for whoever typed the command.
    init(httpStatus: Int) {
        switch httpStatus {
        case 401, 403: self = .refused
        case 412: self = .alarmChanged
        case 500...: self = .notReached
        default: self = .no
        }
    }

    var code: ExitCode { ExitCode(rawValue) }
}

/// Why a command ends otherwise than well: a line for standard error, and the status.
struct Refusal: Error, Sendable, Equatable {
    var status: ExitStatus
    var line: String

    init(_ status: ExitStatus, _ line: String) {
        self.status = status
        self.line = line
    }

    /// Runs a command's body; a refusal is told and becomes the exit status.
    static func told<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let refusal as Refusal {
            Terminal.tell(refusal.line)
            throw refusal.status.code
        }
    }
}
