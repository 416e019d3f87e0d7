import DeviceMap
import Testing

@testable import ModbusIntake

@Suite struct `Modbus frame` {
    @Test(arguments: RegisterArea.allCases)
    func `a request is the twelve bytes of a read and nothing else`(area: RegisterArea) {
        var bytes = [UInt8](repeating: 0xEE, count: 14)
        let request = ReadRequest(
            transaction: 0xABCD, unit: 7, area: area, start: RegisterAddress(0x0102), count: 0x0304)
        request.write(over: &bytes)
        #expect(bytes == [0xAB, 0xCD, 0, 0, 0, 6, 7, area.functionCode, 1, 2, 3, 4, 0xEE, 0xEE])
        #expect((1...4).contains(bytes[7]))
    }

    static let good: [UInt8] = [0, 9, 0, 0, 0, 7, 1, 3, 4, 1, 2, 3, 4]
    static let exception: [UInt8] = [0, 9, 0, 0, 0, 3, 1, 0x83, 2]

    @Test(arguments: [good, exception])
    func `a frame is complete at its last byte and not before`(frame: [UInt8]) {
        for count in 0..<frame.count {
            #expect(AnswerHeader.progress(of: frame.span.extracting(0..<count)) == .incomplete, "\(count) bytes")
        }
        #expect(AnswerHeader.progress(of: frame.span) == .complete(frame.count))
        let followed = frame + [1, 2, 3]
        #expect(AnswerHeader.progress(of: followed.span) == .complete(frame.count))
    }

    @Test func `the header says whose answer it is`() {
        #expect(
            AnswerHeader(completeFrame: Self.good.span)
                == AnswerHeader(transaction: 9, unit: 1, function: 3, exception: nil, dataBytes: 4))
        #expect(
            AnswerHeader(completeFrame: Self.exception.span)
                == AnswerHeader(transaction: 9, unit: 1, function: 3, exception: 2, dataBytes: 0))
    }

    @Test(arguments: [
        (2, UInt8(1), FrameFault.notModbus), (3, 5, .notModbus), (4, 1, .lengthOutOfBounds), (5, 2, .lengthOutOfBounds),
        (5, 255, .lengthOutOfBounds), (5, 9, .sizesDisagree), (5, 5, .sizesDisagree), (7, 5, .unknownFunction),
        (7, 0, .unknownFunction), (7, 0x90, .unknownFunction), (8, 6, .sizesDisagree), (8, 2, .sizesDisagree),
        (7, 0x83, .sizesDisagree),
    ])
    func `one wrong byte is a fault`(place: Int, byte: UInt8, fault: FrameFault) {
        var frame = Self.good
        frame[place] = byte
        #expect(AnswerHeader.progress(of: frame.span) == .faulty(fault))
    }

    @Test func `a fault is known as soon as its byte is there`() {
        #expect(AnswerHeader.progress(of: ([0, 9, 1] as [UInt8]).span) == .faulty(.notModbus))
        #expect(AnswerHeader.progress(of: ([0, 9, 0, 0, 2, 0] as [UInt8]).span) == .faulty(.lengthOutOfBounds))
    }

    @Test func `every exception code has a meaning`() {
        let meanings = (UInt8(0)...12).map { ExceptionMeaning(code: $0) }
        #expect(
            meanings == [
                .deviceFault, .refused(nil), .refused(.widestGap), .refused(.middle), .deviceFault, .busy, .busy,
                .deviceFault, .deviceFault, .deviceFault, .noTarget, .noTarget, .deviceFault,
            ])
    }
}
