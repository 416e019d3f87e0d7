import DeviceMap
import Logging
import PlantTime

// Host names: asked for off the loop, and answered from what is known when nobody answers.
extension ReactorLoop {
    func resolve(_ line: Int, _ now: PlantInstant) {
        let session = lines[line].session
        let host = session.address.host
        if let address = HostAddress(literal: host) {
            lines[line].address = address
            return tell(line, .addressFound, now)
        }
        let errand: HostBook.Errand = session.way.trialEnd != nil ? .trial : session.resumes ? .inOrder : .anew
        let (address, mustAsk) = names.seek(host, for: line, errand, at: now)
        if mustAsk { lookup.ask(host) }
        guard let address else { return }
        lines[line].address = address
        tell(line, .addressFound, now)
    }

    func serveNames() {
        for answer in lookup.takeAnswers() {
            for found in names.take(answer, at: clock.now()) { tell(found) }
        }
        let now = clock.now()
        guard let next = names.next, next <= now else { return }
        for found in names.overdue(at: now) { tell(found) }
    }

    private func tell(_ found: HostBook.Found) {
        // A session that has given up the wait meanwhile calls another address, or none.
        guard case .resolving = lines[found.line].session.state else { return }
        let now = clock.now()
        guard let address = found.address else { return drive(found.line, .lost(.nameUnknown), at: now) }
        if found.isLastKnown {
            log(
                .warning, "modbus host name not answered; its last address is called", found.line, now,
                ["host": "\(lines[found.line].session.address.host)", "address": "\(address.text)"])
        }
        lines[found.line].address = address
        drive(found.line, .addressFound, at: now)
    }
}
