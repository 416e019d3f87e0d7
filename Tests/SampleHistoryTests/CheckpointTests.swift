import Dispatch
import Foundation
import StationPorts
import Testing

@testable import SampleHistory

@Suite struct `The write-ahead file of the input log` {
    let folder: HistoryFolder
    init() throws { folder = try HistoryFolder() }

    private var walBytes: Int {
        (try? FileManager.default.attributesOfItem(atPath: folder.file + "-wal")[.size] as? Int) ?? 0
    }

    @Test func `is copied when enough was written, and begun anew by the next commit`() throws {
        let history = try folder.open()
        try history.log(inputs(1...100))
        #expect(!history.isCheckpointDue)
        try history.log(inputs(101...40_000))
        #expect(history.isCheckpointDue)
        history.checkpoint()
        #expect(!history.isCheckpointDue)
        let before = walBytes
        try history.log(inputs(40_001...40_100))
        #expect(walBytes == before, "it would have grown behind its end")
        #expect(try history.loggedThrough() == 40_100)
    }

    @Test func `is copied while the log goes on, and nothing is lost`() throws {
        let history = try folder.open()
        DispatchQueue.concurrentPerform(iterations: 2) { side in
            for round in UInt64(0)..<200 {
                if side == 0 {
                    #expect(throws: Never.self) { try history.log(inputs(round * 50 + 1...round * 50 + 50)) }
                } else {
                    history.checkpoint()
                }
            }
        }
        try history.close()
        let again = try folder.open()
        #expect(try again.loggedThrough() == 10_000)
        #expect(try again.replayed().reduce(0) { $0 + $1.slots.count } == 10_000)
    }
}
