import CCurl

#if canImport(Glibc)
    import Glibc
#endif

/// What curl's callbacks gather during one exchange. Lives on the stack of ``WebSession``'s verb; only its thread touches it.
final class Exchange {
    let host: String
    let isAddressWritten: Bool
    private let route: WebRoute
    private let stop: TransferStop?
    private let onLine: ((String) -> StreamVerdict)?

    private(set) var status = 0
    private(set) var headers: [WebHeader] = []
    private(set) var body: [UInt8] = []
    /// Why a callback ended the exchange; it explains more than curl's code.
    private(set) var refusal: TransferFault?
    /// The reader of the stream has had enough.
    private(set) var isSatisfied = false
    private var headBytes = 0
    private var line: [UInt8] = []

    init(host: String, route: WebRoute, stop: TransferStop?, onLine: ((String) -> StreamVerdict)?) {
        self.host = host
        self.route = route
        self.stop = stop
        self.onLine = onLine
        isAddressWritten = host == "localhost" || NetworkAddress(written: host) != nil
    }

    var response: WebResponse { WebResponse(status: status, headers: headers, body: body) }
    var isStopWanted: Bool { stop?.isRequested ?? false }

    func noteStop() { refusal = refusal ?? .stopped }

    /// One line of the head; a status line starts a new head (100 Continue comes before the real one).
    func takeHead(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        headBytes += bytes.count
        guard headBytes <= route.answerLimit else { return refuseLength() }
        let text = unsafe String(decoding: bytes, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            status = Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0
            headers = []
        } else if let colon = text.firstIndex(of: ":") {
            let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            headers.append(WebHeader(String(text[..<colon]), String(value.prefix { !$0.isNewline })))
        }
        return true
    }

    func takeBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let onLine, (200..<300).contains(status) else {
            guard body.count + headBytes + bytes.count <= route.answerLimit else { return refuseLength() }
            unsafe body.append(contentsOf: bytes)
            return true
        }
        for byte in unsafe Array(bytes) {
            guard byte == 0x0A else {
                line.append(byte)
                if line.count > route.answerLimit { return refuseLength() }
                continue
            }
            if line.last == 0x0D { line.removeLast() }
            let verdict = onLine(String(decoding: line, as: UTF8.self))
            line.removeAll(keepingCapacity: true)
            if verdict == .stop {
                isSatisfied = true
                return false
            }
        }
        return true
    }

    /// Whether a socket to this address may be opened.
    func permits(_ address: NetworkAddress) -> Bool {
        if route.addresses.permits(address, writtenInURL: isAddressWritten) { return true }
        refusal = .refusedAddress(host: host, address: address.description)
        return false
    }

    private func refuseLength() -> Bool {
        refusal = .answerTooLong(host: host, limit: route.answerLimit)
        return false
    }
}

// MARK: - What curl calls

// Each context is the Exchange that the session's verb keeps alive until curl_easy_perform has returned.

private func exchange(_ context: UnsafeMutableRawPointer?) -> Exchange? {
    guard let context = unsafe context else { return nil }
    return unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
}

private func buffer(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: UnsafeRawPointer(bytes)?.assumingMemoryBound(to: UInt8.self), count: count)
}

nonisolated func takeHeadOfAnswer(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let taken = unsafe exchange(context)?.takeHead(buffer(bytes, size * count)) ?? false
    return taken ? size * count : 0
}

nonisolated func takeBodyOfAnswer(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    // An empty chunk is taken by answering 0, which is also curl's word for a refusal of any other.
    let taken = unsafe exchange(context)?.takeBody(buffer(bytes, size * count)) ?? false
    return taken ? size * count : -1
}

/// Asked at least once a second while curl waits: anything but 0 ends the exchange.
nonisolated func askWhetherToGoOn(
    _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
    guard let exchange = unsafe exchange(context), exchange.isStopWanted else { return 0 }
    exchange.noteStop()
    return 1
}

nonisolated func openSocketIfPermitted(
    _ context: UnsafeMutableRawPointer?, _: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let exchange = unsafe exchange(context), let address = unsafe address else { return -1 }
    if let target = unsafe networkAddress(address), !exchange.permits(target) { return -1 }
    let kind = unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    return unsafe socket(address.pointee.family, kind, address.pointee.protocol)
}

/// The address that curl is about to connect to; nil for a Unix socket.
private func networkAddress(_ address: UnsafeMutablePointer<curl_sockaddr>) -> NetworkAddress? {
    // curl keeps room for the longer families behind the `addr` member.
    guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
    let socketAddress = unsafe UnsafeRawPointer(address) + offset
    switch unsafe address.pointee.family {
    case AF_INET:
        let four = unsafe socketAddress.loadUnaligned(as: sockaddr_in.self).sin_addr
        return unsafe NetworkAddress(bytes: withUnsafeBytes(of: four) { unsafe Array($0) })
    case AF_INET6:
        let six = unsafe socketAddress.loadUnaligned(as: sockaddr_in6.self).sin6_addr
        return unsafe NetworkAddress(bytes: withUnsafeBytes(of: six) { unsafe Array($0) })
    default:
        return nil
    }
}
