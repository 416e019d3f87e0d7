import Glibc

/// Reads where a link leads: a name or dotted IPv4 as it stands, or an IPv6 address.
package enum HostText {
    static func read(_ key: String, _ table: inout TableReader) -> String? {
        guard let text = table.name(key) else { return nil }
        guard text.contains(":") else {
            if !isAmbiguous(text) { return text }
            table.error(
                at: key,
                "\(key) must be a name or an address, found \(text); four numbers of 0 to 255 without zeros before them "
                    + "would do")
            return nil
        }
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, String(parts[0]), &address) == 1 else {
            table.error(at: key, "\(key) must be a name or an address, found \(text); a port stands in \"port\"")
            return nil
        }
        let head = unsafe withUnsafeBytes(of: address) { unsafe ($0[0], $0[1]) }
        if parts.count == 1, head.0 == 0xFE, head.1 & 0xC0 == 0x80 {
            table.error(
                at: key,
                "\(key) is a link-local address, found \(text); its interface behind it, as in \(text)%eth0, would do")
            return nil
        }
        return text
    }

    /// Numbers and dots that are no whole address. The system reads another device's address out of some of them: 10.1 is
    /// 10.0.0.1 to it, and 010.1.2.3 is 8.1.2.3.
    package static func isAmbiguous(_ text: String) -> Bool {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
        let isAddress = numbers.count == 4 && numbers.allSatisfy { UInt8($0).map(String.init) == String($0) }
        return !isAddress && text.allSatisfy { $0 == "." || ("0"..."9").contains($0) }
    }
}
