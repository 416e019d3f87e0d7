/// One read as it leaves: a 12-byte frame under our own transaction number. There is no other request in the product, so
/// nothing but function codes 1 to 4 can be sent.
package struct ReadRequest: Sendable, Equatable {
    package static let length = 12

    package var transaction: UInt16
    package var unit: UInt8
    package var area: RegisterArea
    package var start: RegisterAddress
    package var count: UInt16

    package init(transaction: UInt16, unit: UInt8, area: RegisterArea, start: RegisterAddress, count: UInt16) {
        self.transaction = transaction
        self.unit = unit
        self.area = area
        self.start = start
        self.count = count
    }

    /// Writes the frame over the first 12 bytes of a buffer that is kept from request to request.
    package func write(over buffer: inout [UInt8]) {
        precondition(buffer.count >= Self.length, "a request has \(Self.length) bytes")
        func put(_ word: UInt16, at place: Int) {
            buffer[place] = UInt8(word >> 8)
            buffer[place + 1] = UInt8(truncatingIfNeeded: word)
        }
        put(transaction, at: 0)
        put(0, at: 2)
        put(6, at: 4)
        buffer[6] = unit
        buffer[7] = area.functionCode
        put(start.offset, at: 8)
        put(count, at: 10)
    }
}

/// What is wrong with what came back. Each closes the connection: after any of them nobody knows where the next frame
/// begins, or whose it is.
package enum FrameFault: String, Sendable, Error, CaseIterable {
    case notModbus = "protocol id is not 0"
    case lengthOutOfBounds = "length field is outside 3 to 254"
    case unknownFunction = "function code was never asked for"
    case sizesDisagree = "length field and byte count disagree"
    case unreadable = "frame could not be taken whole"
    case unfinished = "frame stopped in its middle"
    case unknownTransaction = "transaction was never sent"
    case foreignUnit = "answer comes from another unit"
    case foreignFunction = "answer is to another function"
    case foreignSize = "answer has another size than was asked for"
}

/// How much of a frame has come.
package enum FrameProgress: Sendable, Equatable {
    case incomplete
    /// A whole frame of so many bytes, sound in itself.
    case complete(Int)
    case faulty(FrameFault)
}

/// An answer whose frame is sound in itself; whether anybody asked for it is the ledger's question.
package struct AnswerHeader: Sendable, Equatable {
    package static let longestFrame = 260
    /// Bytes before the data of a good answer: transaction, protocol, length, unit, function, byte count.
    package static let dataOffset = 9

    package var transaction: UInt16
    package var unit: UInt8
    /// The function answered, without the exception bit.
    package var function: UInt8
    package var exception: UInt8?
    /// Bytes of data; 0 with an exception.
    package var dataBytes: Int

    package init(transaction: UInt16, unit: UInt8, function: UInt8, exception: UInt8?, dataBytes: Int) {
        self.transaction = transaction
        self.unit = unit
        self.function = function
        self.exception = exception
        self.dataBytes = dataBytes
    }

    /// Reads the header of a frame that ``progress(of:)`` called complete.
    package init(completeFrame bytes: Span<UInt8>) {
        let isException = bytes[7] & 0x80 != 0
        transaction = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        unit = bytes[6]
        function = bytes[7] & 0x7F
        exception = isException ? bytes[8] : nil
        dataBytes = isException ? 0 : Int(bytes[8])
    }

    /// Judges the bytes that wait at the head of a stream, each as soon as it is there.
    ///
    /// libmodbus 3.1.6 frames by function and byte count and ignores the length field (acquisition.md 0, fact 2). So both
    /// must agree before it is let at the bytes: then it returns at once, and what it takes is one frame.
    package static func progress(of bytes: Span<UInt8>) -> FrameProgress {
        let count = bytes.count
        if count > 2, bytes[2] != 0 { return .faulty(.notModbus) }
        if count > 3, bytes[3] != 0 { return .faulty(.notModbus) }
        guard count >= 6 else { return .incomplete }
        let length = Int(bytes[4]) << 8 | Int(bytes[5])
        guard (3...254).contains(length) else { return .faulty(.lengthOutOfBounds) }
        if count > 7, !(1...4).contains(bytes[7] & 0x7F) { return .faulty(.unknownFunction) }
        if count > 8 {
            let expected = bytes[7] & 0x80 != 0 ? 3 : 3 + Int(bytes[8])
            guard length == expected else { return .faulty(.sizesDisagree) }
        }
        return count >= 6 + length ? .complete(6 + length) : .incomplete
    }
}

/// What an exception answer means for the block that was asked for (acquisition.md 3.1).
package enum ExceptionMeaning: Sendable, Equatable {
    /// 5 and 6: try again within the slot.
    case busy
    /// 1, 2, 3: the profile asks for what the device does not have; nil where dividing the block cannot help.
    case refused(ReadBlock.Cut?)
    /// 4, and whatever the standard gives no better meaning.
    case deviceFault
    /// 10 and 11: the gateway answers for a unit that does not.
    case noTarget

    package init(code: UInt8) {
        switch code {
        case 1: self = .refused(nil)
        case 2: self = .refused(.widestGap)
        case 3: self = .refused(.middle)
        case 5, 6: self = .busy
        case 10, 11: self = .noTarget
        default: self = .deviceFault
        }
    }
}
