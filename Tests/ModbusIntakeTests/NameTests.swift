import CLinux
import DeviceMap
import Glibc
import PlantModel
import PlantTesting
import PlantTime
import Synchronization
import Testing

@testable import ModbusIntake

private let loopback = HostAddress(literal: "127.0.0.1")

/// A name service in the hands of a test: it knows what it is told, and answers nobody while its door is shut.
private final class NameService: Sendable {
    private struct Contents {
        var known: Set<String>
        var asked: [String] = []
    }

    private let contents: Mutex<Contents>
    private let door: Mutex<Int32>

    init(knows names: [String], isOpen: Bool = true) {
        contents = Mutex(Contents(known: Set(names)))
        door = Mutex(eventfd(isOpen ? 1 : 0, Int32(EFD_CLOEXEC)))
    }

    func open() { door.withLock { _ = eventfd_write($0, 1) } }
    func shut() { door.withLock { $0 = eventfd(0, Int32(EFD_CLOEXEC)) } }
    func forgetAll() { contents.withLock { $0.known = [] } }
    var asked: [String] { contents.withLock { $0.asked } }

    /// Blocks while the door is shut, as getaddrinfo does while nobody answers.
    func find(_ host: String) -> HostAddress? {
        contents.withLock { $0.asked.append(host) }
        waitReadable(door.withLock { $0 }, upTo: .seconds(120))
        return contents.withLock { $0.known.contains(host) } ? loopback : nil
    }
}

@Suite(.serialized) struct `Devices with names` {
    @Test func `twenty at a slow name service wait their turn, and none is called lost`() throws {
        let server = FaultServer { [.send($0.answer { UInt16(100 + $0) })] }
        defer { server.stop() }
        let numbers = UInt32(0)..<20
        let endpoints = numbers.map { number in
            Plant.endpoint(
                id: "L-\(number)", port: server.port, host: "device-\(number)",
                [Plant.unit(1, [Plant.point(number, at: 4)], link: 900 + number)])
        }
        let service = NameService(knows: endpoints.map(\.host), isOpen: false)
        defer { service.open() }
        try Plant.run(endpoints, resolver: service.find) { outlet, reactor in
            let clock = SteadyClock()
            let began = clock.now()
            while service.asked.count < HostLookup.threadLimit, clock.now() - began < .seconds(20) { sched_yield() }
            let losses = reactor.freshMetrics().filter { $0.name == "hazardd_modbus_losses_total" }.map(\.value)
            #expect(losses == numbers.map { _ in 0 })
            #expect(outlet.samples.isEmpty, "nothing is known yet, and nothing is said")
            #expect(service.asked.count == HostLookup.threadLimit)
            service.open()
            for number in numbers { #expect(outlet.waitForValues(of: number, count: 1)) }
            #expect(outlet.samples.allSatisfy { $0.quality == .good })
            #expect(service.asked.sorted() == endpoints.map(\.host).sorted(), "each was asked for once")
        }
    }

    enum Death: String, CaseIterable { case saysUnknown, saysNothing }

    @Test(arguments: Death.allCases)
    func `found once are found again after the name service has died`(_ death: Death) throws {
        let server = FaultServer {
            $0.numberInConnection >= 3 ? [.reset] : [.send($0.answer { UInt16(100 + $0) })]
        }
        defer { server.stop() }
        let service = NameService(knows: ["device"])
        defer { service.open() }
        let endpoint = Plant.endpoint(port: server.port, host: "device", [Plant.unit(1, [Plant.point(0, at: 4)])])
        let plant = try SimulatedPlant([(endpoint, server)], resolver: service.find)
        defer { plant.stop() }
        #expect(plant.run(atMost: .seconds(5)) { !plant.outlet.values(of: 0).isEmpty })
        switch death {
        case .saysUnknown: service.forgetAll()
        case .saysNothing: service.shut()
        }
        plant.clock.advance(by: .seconds(10))
        let before = server.connectionCount
        #expect(plant.run(atMost: .seconds(20)) { server.connectionCount >= before + 3 })
        #expect(service.asked.count >= 2, "it was asked after its death")
        #expect(Set(plant.outlet.values(of: 0)) == [104])
    }

    @Test func `called anew for each cycle are not looked up at each`() throws {
        let server = FaultServer { [.send($0.answer { UInt16(100 + $0) })] }
        defer { server.stop() }
        let service = NameService(knows: ["device"])
        var endpoint = Plant.endpoint(port: server.port, host: "device", [Plant.unit(1, [Plant.point(0, at: 4)])])
        endpoint.manners.session = .closesWhenIdle(for: .zero)
        try Plant.run([endpoint], resolver: service.find) { outlet, _ in
            #expect(outlet.waitForValues(of: 0, count: 6))
            #expect(server.connectionCount >= 6)
            #expect(service.asked == ["device"])
        }
    }

    @Test func `or addresses of IPv6 are called as well`() throws {
        let probe = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        guard probe >= 0 else { return print("skipped: this machine has no IPv6") }
        close(probe)
        let server = FaultServer { [.send($0.answer { UInt16(100 + $0) })] }
        defer { server.stop() }
        let endpoint = Plant.endpoint(
            port: server.port, host: "::ffff:127.0.0.1", [Plant.unit(1, [Plant.point(0, at: 4)])])
        try Plant.run([endpoint]) { outlet, _ in #expect(outlet.waitForValues(of: 0, count: 2)) }
    }

    @Test(arguments: [
        ("10.1.2.3", "10.1.2.3"), ("::1", "::1"), ("2001:db8::7", "2001:db8::7"), ("10.1", nil), ("10.1.2.3:502", nil),
        ("localhost", nil), ("", nil),
    ])
    func `are told from addresses`(text: String, address: String?) {
        #expect(HostAddress(literal: text)?.text == address)
    }
}

@Suite struct `The book of host names` {
    private let start = PlantInstant(milliseconds: 1_000_000)
    private let other = HostAddress(literal: "127.0.0.2")

    /// A book that knows the name "d", since the start.
    private func book() -> HostBook {
        var book = HostBook()
        let (address, mustAsk) = book.seek("d", for: 0, .anew, at: start)
        #expect(address == nil && mustAsk)
        let found = book.take(.init(host: "d", address: loopback), at: start)
        #expect(found == [.init(line: 0, address: loopback, isLastKnown: false)])
        return book
    }

    @Test func `asks once for all that wait for a name`() {
        var book = HostBook()
        let asks = (0..<3).map { book.seek("d", for: $0, .anew, at: start).mustAsk }
        #expect(asks == [true, false, false])
        let found = book.take(.init(host: "d", address: loopback), at: start)
        #expect(found.map(\.line) == [0, 1, 2])
        #expect(book.next == nil)
        // Who comes a moment later is served from it.
        let late = book.seek("d", for: 3, .anew, at: start + .seconds(1))
        #expect(late.address == loopback && !late.mustAsk)
    }

    @Test func `gives a name that was never found time, and then says that it is unknown`() {
        var book = HostBook()
        _ = book.seek("d", for: 0, .anew, at: start)
        #expect(book.next == start + HostBook.firstPatience)
        #expect(book.overdue(at: start + .seconds(29)) == [])
        let found = book.overdue(at: start + .seconds(30))
        #expect(found == [.init(line: 0, address: nil, isLastKnown: true)])
        // The question stands: nobody puts it again.
        let again = book.seek("d", for: 0, .anew, at: start + .seconds(31))
        #expect(again.address == nil && !again.mustAsk)
    }

    @Test func `has the last known address serve when an answer is slow, or is that there is none`() {
        var slow = book()
        let later = start + .seconds(60)
        let asked = slow.seek("d", for: 0, .anew, at: later)
        #expect(asked.address == nil && asked.mustAsk)
        #expect(slow.next == later + HostBook.patience)
        #expect(slow.overdue(at: later + .seconds(1)) == [.init(line: 0, address: loopback, isLastKnown: true)])
        var denied = book()
        _ = denied.seek("d", for: 0, .anew, at: later)
        let found = denied.take(.init(host: "d", address: nil), at: later)
        #expect(found == [.init(line: 0, address: loopback, isLastKnown: true)])
    }

    @Test func `takes a new address as soon as it is told, even when nobody waits any more`() {
        var book = book()
        let later = start + .seconds(60)
        _ = book.seek("d", for: 0, .anew, at: later)
        _ = book.overdue(at: later + .seconds(1))
        #expect(book.take(.init(host: "d", address: other), at: later + .seconds(9)) == [])
        #expect(book.seek("d", for: 0, .anew, at: later + .seconds(10)).address == other)
    }

    @Test func `asks again soon after a loss, seldom after an orderly end, and never waits on a trial`() {
        var book = book()
        #expect(book.seek("d", for: 0, .anew, at: start + .seconds(5)).address == loopback)
        #expect(book.seek("d", for: 0, .inOrder, at: start + .seconds(60)).address == loopback)
        let trial = book.seek("d", for: 0, .trial, at: start + .seconds(600))
        #expect(trial.address == loopback && trial.mustAsk)
        #expect(book.next == nil)
        #expect(book.seek("d", for: 0, .inOrder, at: start + .seconds(700)).address == nil)
    }
}
