import Foundation
import GRDB
import PlantModel
import PlantTime
import StationPorts

@testable import SampleHistory

/// A state folder of its own, gone with the test.
final class HistoryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "hazardd-history-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var file: String { path + "/history.sqlite" }

    func open(base: UInt64 = 0, _ options: History.Options = History.Options()) throws -> History {
        try History(folder: path, base: base, now: .start, options: options)
    }

    func tamper(_ sql: String) throws {
        let queue = try DatabaseQueue(path: file)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }
}

extension WallTime { static let start = WallTime(milliseconds: 1_767_225_600_000) }
extension PlantInstant { static let start = PlantInstant(milliseconds: 1_767_225_600_000) }

/// Samples with the given input sequences, one second apart, one point each.
func inputs(_ sequences: ClosedRange<UInt64>) -> LoggedBatch {
    let slots = sequences.map { sequence in
        let instant = PlantInstant.start + .seconds(Int64(sequence))
        let sample = Sample(point: PointIndex(UInt32(sequence % 7)), at: instant, .good(Double(sequence) / 3))
        return InputSlot(sample, source: 3, published: instant, deviceSequence: sequence)
    }
    return LoggedBatch(first: sequences.lowerBound, slots: slots, commands: [:])
}

/// Slots with every kind and the ends of every field.
let everyKindOfSlot: [InputSlot] = {
    let instant = PlantInstant(nanoseconds: 1_767_225_600_123_456_789)
    let payloads = [
        Payload(-0.0), Payload(Double.nan), Payload(Double.infinity), Payload(Int64.min), Payload(UInt64.max),
        Payload(bits: 0x8000_0000_0000_0001), .none,
    ]
    var slots = payloads.map { payload in
        InputSlot(
            Sample(
                point: PointIndex(.max - 1), time: .distantPast, arrival: .distantFuture, payload: payload,
                quality: .bad(.sentinel), flags: [.overRange, .retained]), source: 0xFFFE, published: instant,
            deviceSequence: .max)
    }
    for kind in [InputKind.tick, .command, .configuration] {
        var slot = InputSlot(kind, at: instant, auxiliary: 0xDEAD_BEEF, source: 9)
        slot.judgedAt = PlantInstant(nanoseconds: instant.nanoseconds + 41)
        slots.append(slot)
    }
    return slots
}()

/// The 64 bytes of a slot as files of schema 1 hold them.
func fixedBytes(_ slot: InputSlot) -> [UInt8] {
    func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        unsafe withUnsafeBytes(of: value.littleEndian) { unsafe Array($0) }
    }
    return [slot.kind.rawValue, slot.payloadKind.rawValue] + bytes(slot.qualityBits) + bytes(slot.point)
        + bytes(slot.flags) + bytes(slot.source) + bytes(slot.auxiliary)
        + [slot.time, slot.arrival, slot.published, slot.judgedAt].flatMap { bytes($0.nanoseconds) }
        + bytes(slot.payload) + bytes(slot.deviceSequence)
}

func aCommand(_ key: String) -> OperatorCommand {
    OperatorCommand(
        .acknowledge, rule: "NH3-101.HH", occurrence: 7, version: 2, actor: "wang", origin: "console 127.0.0.1",
        comment: "已派人 / \"on my way\"", idempotencyKey: key)
}

/// A batch of one command slot.
func command(_ number: UInt32, at sequence: UInt64, _ key: String) -> LoggedBatch {
    let instant = PlantInstant.start + .seconds(Int64(sequence))
    return LoggedBatch(
        first: sequence, slots: [InputSlot(.command, at: instant, auxiliary: number)], commands: [number: aCommand(key)]
    )
}

extension History {
    /// Everything that a replay hands over after a sequence, batch by batch.
    func replayed(after sequence: UInt64 = 0) throws -> [LoggedBatch] {
        var batches: [LoggedBatch] = []
        try replay(after: sequence) { batches.append($0) }
        return batches
    }

    func log(_ batches: LoggedBatch...) throws {
        for batch in batches { append(batch) }
        try flush()
    }
}

extension LoggedBatch {
    var sequences: ClosedRange<UInt64> { first...lastInput }
}

func databaseError(_ code: ResultCode) -> DatabaseError {
    DatabaseError(resultCode: code, message: "as a disk would say")
}
