import CCrypto

/// A shared secret that signs and checks messages by HMAC-SHA256 (RFC 2104). Never prints its key.
package struct HMACKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let key: [UInt8]

    /// - Parameter bytes: of any length; an empty key signs, but proves nothing, so it is refused.
    package init?(_ bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty else { return nil }
        key = Array(bytes)
    }

    package func signature(of message: [UInt8]) -> SHA256Digest {
        var digest = [UInt8](repeating: 0, count: SHA256Digest.size)
        var length = UInt32(0)
        let made = unsafe digest.withUnsafeMutableBufferPointer { digest in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe message.withUnsafeBufferPointer { message in
                    unsafe HMAC(
                        EVP_sha256(), key.baseAddress, Int32(key.count), message.baseAddress, message.count,
                        digest.baseAddress, &length) != nil
                }
            }
        }
        precondition(made && length == 32, "libcrypto did not sign: out of memory, or a provider that forbids it")
        return SHA256Digest(bytes: digest)
    }

    package func signature(of text: String) -> SHA256Digest { signature(of: Array(text.utf8)) }

    /// Whether a signature is this key's for the message, compared in constant time.
    package func verifies(_ signature: SHA256Digest, of message: [UInt8]) -> Bool {
        self.signature(of: message).matches(signature)
    }

    package var description: String { "***" }
    package var debugDescription: String { "***" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
