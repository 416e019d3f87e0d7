import Glibc

/// One connection of a ``LoopbackHTTPServer``: reads requests, performs reactions. Owned by its thread.
struct HTTPConnection {
    private let socket: Int32
    private var input: [UInt8] = []

    private static let headLimit = 65_536
    private static let bodyLimit = 16_777_216

    init(socket: Int32) { self.socket = socket }

    /// The next request; nil when the client has left or sends something else.
    mutating func nextQuestion() -> HTTPQuestion? {
        guard let headEnd = readHead() else { return nil }
        let lines = String(decoding: input[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first else { return nil }
        let words = first.split(separator: " ")
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard (0...Self.bodyLimit).contains(length) else { return nil }
        let start = headEnd + 4
        while input.count < start + length {
            guard readMore() else { return nil }
        }
        let body = Array(input[start..<start + length])
        input.removeFirst(start + length)
        return HTTPQuestion(method: String(words[0]), target: String(words[1]), headers: headers, body: body)
    }

    /// Does it.
    /// - Returns: whether another request may follow on this connection.
    func perform(_ reaction: HTTPReaction) -> Bool {
        switch reaction {
        case .answer(let status, let headers, let body):
            var head = "HTTP/1.1 \(status) Said\r\nContent-Length: \(body.utf8.count)\r\n"
            for (name, value) in headers.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
            return send(head + "\r\n" + body)
        case .lines(let lines, let staysOpen):
            _ = send("HTTP/1.1 200 Said\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            for line in lines { _ = send(line + "\r\n") }
            if staysOpen { waitUntilLeft() }
            return false
        case .silence:
            waitUntilLeft()
            return false
        case .endless:
            _ = send("HTTP/1.1 200 Said\r\nConnection: close\r\n\r\n")
            let block = String(repeating: "x", count: 4096)
            while send(block) {}
            return false
        case .trickle(let pause):
            _ = send("HTTP/1.1 200 Said\r\nContent-Length: 100000\r\n\r\n")
            while !Poll.readable(socket, within: pause), send("x") {}
            return false
        case .hangUp:
            return false
        case .raw(let bytes):
            _ = send(bytes)
            return false
        }
    }

    /// Position of the blank line behind the head.
    private mutating func readHead() -> Int? {
        var searched = 0
        while true {
            if let end = blankLine(from: searched) { return end }
            searched = max(0, input.count - 3)
            guard input.count <= Self.headLimit, readMore() else { return nil }
            // A TLS hello, for one, begins with no letter.
            guard let first = input.first, (0x41...0x5A).contains(first) else { return nil }
        }
    }

    private func blankLine(from start: Int) -> Int? {
        guard input.count >= start + 4 else { return nil }
        return (start...input.count - 4).first { input[$0..<$0 + 4].elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]) }
    }

    private mutating func readMore() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        input += buffer.prefix(count)
        return true
    }

    private func send(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    private func waitUntilLeft() {
        var byte: UInt8 = 0
        while unsafe recv(socket, &byte, 1, 0) > 0 {}
    }
}
