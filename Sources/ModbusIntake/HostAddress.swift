import Glibc

/// Where a device is, as connect(2) wants it: an IPv4 or IPv6 address.
package struct HostAddress: Sendable, Hashable {
    private enum Form: Hashable {
        /// In network order.
        case four(UInt32)
        case six(SIMD16<UInt8>, scope: UInt32)
    }

    private let form: Form

    /// What needs no look-up: dotted IPv4 and IPv6 as written, with its interface where it has one (`fe80::1%eth0`).
    package init?(literal text: String) {
        var address = in_addr()
        if unsafe inet_pton(AF_INET, text, &address) == 1 {
            form = .four(address.s_addr)
        } else if text.contains(":"), let address = Self.first(of: text, flags: AI_NUMERICHOST) {
            self = address
        } else {
            return nil
        }
    }

    private init(_ form: Form) { self.form = form }

    /// Asks the system, which may take half a minute. A name that has addresses of both kinds is called by IPv4.
    package static func named(_ host: String) -> HostAddress? { first(of: host, flags: 0) }

    private static func first(of host: String, flags: Int32) -> HostAddress? {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = flags
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &list) == 0 else { return nil }
        defer { unsafe freeaddrinfo(list) }
        var sixth: HostAddress?
        var next = unsafe list
        while let entry = unsafe next?.pointee {
            unsafe next = unsafe entry.ai_next
            guard let address = unsafe entry.ai_addr else { continue }
            if unsafe entry.ai_family == AF_INET {
                return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    HostAddress(.four(unsafe $0.pointee.sin_addr.s_addr))
                }
            }
            guard unsafe entry.ai_family == AF_INET6, sixth == nil else { continue }
            sixth = unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                var bytes = SIMD16<UInt8>()
                let scope = unsafe $0.pointee.sin6_scope_id
                unsafe withUnsafeBytes(of: $0.pointee.sin6_addr) { address in
                    for place in 0..<16 { unsafe bytes[place] = address[place] }
                }
                return HostAddress(.six(bytes, scope: scope))
            }
        }
        return sixth
    }

    /// The family of a socket that can be connected to it.
    var family: Int32 {
        switch form {
        case .four: AF_INET
        case .six: AF_INET6
        }
    }

    func withSocketAddress<Result>(
        port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        switch form {
        case .four(let number):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = number
            return unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        case .six(let bytes, let scope):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_scope_id = scope
            unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { target in
                for place in 0..<16 { unsafe target[place] = bytes[place] }
            }
            return unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
    }

    /// As a person writes it.
    var text: String {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = unsafe withSocketAddress(port: 0) { address, size in
            unsafe getnameinfo(address, size, &text, socklen_t(NI_MAXHOST), nil, 0, NI_NUMERICHOST)
        }
        guard result == 0 else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
