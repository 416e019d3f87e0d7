import CCrypto

/// A shared secret that signs and checks messages by HMAC-SHA256 (RFC 2104). Never prints its key.
package struct HMACKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let keyed: KeyedCode

    /// - Parameter bytes: of any length; an empty key signs, but proves nothing, so it is refused.
    package init?(_ bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty else { return nil }
        keyed = KeyedCode(Array(bytes))
    }

    package func signature(of message: [UInt8]) -> SHA256Digest { SHA256Digest(bytes: keyed.code(of: message)) }

    package func signature(of text: String) -> SHA256Digest { signature(of: Array(text.utf8)) }

    /// Whether a signature is this key's for the message, compared in constant time.
    package func verifies(_ signature: SHA256Digest, of message: [UInt8]) -> Bool {
        self.signature(of: message).matches(signature)
    }

    package var description: String { "***" }
    package var debugDescription: String { "***" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// libcrypto's HMAC-SHA256 with a key in it, made once: to look the algorithms up and to take the key in lasts longer than
/// to sign a message.
@safe private final class KeyedCode: @unchecked Sendable {
    // @unchecked Sendable: the context is only ever copied once `init` has returned, which libcrypto allows from many threads.
    private let context: OpaquePointer

    init(_ key: [UInt8]) {
        let made: OpaquePointer? = unsafe "SHA256".withCString { digest in
            guard let code = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else { return nil }
            // The context keeps the algorithm.
            defer { unsafe EVP_MAC_free(code) }
            let wanted = unsafe [
                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, UnsafeMutablePointer(mutating: digest), 0),
                OSSL_PARAM_construct_end(),
            ]
            guard let context = unsafe EVP_MAC_CTX_new(code) else { return nil }
            guard unsafe EVP_MAC_init(context, key, key.count, wanted) == 1 else {
                unsafe EVP_MAC_CTX_free(context)
                return nil
            }
            return unsafe context
        }
        guard let made = unsafe made else { Self.refuse() }
        unsafe context = made
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    func code(of message: [UInt8]) -> [UInt8] {
        guard let copy = unsafe EVP_MAC_CTX_dup(context) else { Self.refuse() }
        defer { unsafe EVP_MAC_CTX_free(copy) }
        var code = [UInt8](repeating: 0, count: SHA256Digest.size)
        var length = 0
        let isMade =
            unsafe EVP_MAC_update(copy, message, message.count) == 1
            && EVP_MAC_final(copy, &code, &length, code.count) == 1
        guard isMade, length == code.count else { Self.refuse() }
        return code
    }

    private static func refuse() -> Never {
        fatalError("libcrypto did not sign: out of memory, or a provider that forbids it")
    }
}
