#if canImport(Glibc)
    import Glibc
#endif

/// Which addresses a URL may lead to, asked at the moment of connecting, so that a name that resolves differently the
/// second time is caught too (operations.md 6, SSRF).
package enum AddressPolicy: Sendable, Equatable {
    /// A host *name* must lead to a public address. An address written in the URL itself (or `localhost`) is listed by
    /// being written there.
    case publicUnlessWritten
    /// A host name may lead to loopback and private addresses as well.
    case privatePermitted

    /// - Parameter writtenInURL: the URL gives this address itself, no name.
    package func permits(_ address: NetworkAddress, writtenInURL: Bool) -> Bool {
        switch (address.reach, self) {
        case (.linkLocal, _), (.nowhere, _): false
        case (.everywhere, _), (_, .privatePermitted): true
        case (.thisMachine, .publicUnlessWritten), (.site, .publicUnlessWritten): writtenInURL
        }
    }
}

/// An IPv4 or IPv6 address, as 4 or 16 bytes in network order.
package struct NetworkAddress: Sendable, Equatable, CustomStringConvertible {
    package enum Reach: Sendable, Equatable {
        case everywhere
        case site
        case thisMachine
        /// 169.254/16, fe80::/10: where clouds keep their metadata service.
        case linkLocal
        /// Multicast and reserved ranges: never a receiver.
        case nowhere
    }

    private let bytes: [UInt8]

    /// - Parameter bytes: 4 or 16; an IPv4 address mapped into IPv6 counts as the IPv4 address.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        self.bytes = bytes.count == 16 && Array(bytes.prefix(12)) == mapped ? Array(bytes.suffix(4)) : bytes
    }

    /// Reads `10.1.2.3`, `::1` or `[::1]`; nil when it is a name.
    package init?(written text: String) {
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        var four = in_addr()
        var six = in6_addr()
        if unsafe inet_pton(AF_INET, bare, &four) == 1 {
            self.init(bytes: unsafe withUnsafeBytes(of: &four) { unsafe Array($0) })
        } else if unsafe inet_pton(AF_INET6, bare, &six) == 1 {
            self.init(bytes: unsafe withUnsafeBytes(of: &six) { unsafe Array($0) })
        } else {
            return nil
        }
    }

    package var reach: Reach { bytes.count == 4 ? reachOfFour : reachOfSix }

    private var reachOfFour: Reach {
        switch (bytes[0], bytes[1]) {
        case (0, _), (127, _): .thisMachine
        case (169, 254): .linkLocal
        case (10, _), (172, 16...31), (192, 168), (100, 64...127): .site
        case (224...255, _): .nowhere
        default: .everywhere
        }
    }

    private var reachOfSix: Reach {
        if bytes.dropLast().allSatisfy({ $0 == 0 }) { return bytes[15] <= 1 ? .thisMachine : .nowhere }
        switch (bytes[0], bytes[1]) {
        case (0xFE, 0x80...0xBF): return .linkLocal
        case (0xFC...0xFD, _), (0xFE, 0xC0...0xFF): return .site
        case (0xFF, _): return .nowhere
        default: return .everywhere
        }
    }

    package var description: String {
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        return groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
}
