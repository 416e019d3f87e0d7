import CLinux
import Logging
import PlantTime

// Devices that dial in: accepted, asked who they are, and handed to their line.
extension ReactorLoop {
    func attend(_ place: CallDesk.Place) {
        switch place {
        case .door(let door): acceptCallers(door)
        case .caller(let caller): listen(to: caller)
        }
    }

    /// A line waits for its device's call: its door must be open. While its port cannot be had, every try of the line is
    /// one for the door too.
    func openDoor(of line: Int, _ now: PlantInstant) {
        guard let place = calls.door(ofLine: line), calls.doors[place].descriptor == nil else { return }
        let isOpen = calls.open(place)
        let door = calls.doors[place]
        let address = "\(door.host):\(door.port)"
        guard isOpen, let descriptor = door.descriptor else {
            if !door.isComplainedOf {
                calls.complain(of: place)
                log(
                    .error, "modbus port cannot be had; its devices cannot call", line, now,
                    ["address": "\(address)", "errno": "\(door.errorNumber)"])
            }
            return tell(line, .lost(.cannotListen(door.errorNumber)), now)
        }
        waiter.watch(listener: descriptor, token: CallDesk.token(ofDoor: place))
        log(.info, "modbus port is open after all", line, now, ["address": "\(address)"])
    }

    private func acceptCallers(_ door: Int) {
        guard let listener = calls.doors[door].descriptor else { return }
        // Level by level: who is left waiting in the kernel wakes us again.
        for _ in 0..<CallDesk.waitingMax {
            let descriptor = clinux_accept(listener)
            guard descriptor >= 0, let socket = try? ModbusSocket.adopting(descriptor, limit: descriptorLimit) else {
                return
            }
            let caller = calls.admit(socket, door: door, at: clock.now())
            waiter.watch(socket: descriptor, token: CallDesk.token(ofCaller: caller))
            listen(to: caller)
        }
    }

    private func listen(to number: Int) {
        guard let caller = calls.callers[number] else { return }
        switch caller.socket.peek(into: &peeked) {
        case .nothing: return
        case .over: calls.dismissUnknown(number)
        case .waiting(let count):
            switch calls.introduction(peeked.span.extracting(0..<count), atDoor: caller.door) {
            case .unfinished: return
            case .unknown: calls.dismissUnknown(number)
            case .known(let line, let length):
                guard caller.socket.skip(length, into: &frame), let socket = calls.release(number) else {
                    return calls.dismissUnknown(number)
                }
                calls.handedOver = socket
                drive(line, .called, at: clock.now())
            }
        }
    }

    /// The caller in hand is the line's connection from now on.
    func adoptCaller(_ line: Int) {
        guard let socket = calls.handedOver else { return }
        calls.handedOver = nil
        lines[line].generation &+= 1
        lines[line].socket = socket
        waiter.rename(socket: socket.descriptor, token: UInt64(line) << 32 | UInt64(lines[line].generation))
    }
}
