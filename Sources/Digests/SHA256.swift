import CCrypto

/// The 32 bytes of a SHA-256 hash (FIPS 180-4) or of an HMAC made with it (RFC 2104).
package struct SHA256Digest: Sendable, Hashable, CustomStringConvertible {
    /// Always 32.
    package let bytes: [UInt8]

    /// Thirty-two zeros: what the first link of a chain stands on.
    package static let zero = SHA256Digest(bytes: Array(repeating: 0, count: size))
    package static let size = 32

    init(bytes: [UInt8]) {
        precondition(bytes.count == Self.size, "a SHA-256 digest has 32 bytes")
        self.bytes = bytes
    }

    /// Bytes that were stored; nil when they are not 32.
    package init?(stored bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = Array(bytes)
    }

    /// 64 hexadecimal digits; nil for anything else.
    package init?(hex: some StringProtocol) {
        guard let bytes = Hexadecimal.bytes(of: hex) else { return nil }
        self.init(stored: bytes)
    }

    /// 64 lower-case hexadecimal digits.
    package var hex: String { Hexadecimal.text(of: bytes) }
    package var description: String { hex }

    /// Whether two digests are equal, in a time that does not tell where they differ: for signatures and tokens.
    package func matches(_ other: SHA256Digest) -> Bool { ConstantTime.equal(bytes, other.bytes) }
}

/// libcrypto's SHA-256, looked up once: a look-up takes longer than the hash of a record.
@safe enum SHA256Algorithm {
    // Never changed once it is found, and never let go of.
    nonisolated(unsafe) static let found: OpaquePointer? = unsafe EVP_MD_fetch(nil, "SHA256", nil) ?? EVP_sha256()
}

/// SHA-256 over bytes that come in pieces. One owner, any thread; about 2 ns a byte on the machine it was written on.
@safe package struct SHA256Stream: ~Copyable {
    // @safe: the context is made here, never handed out, and freed exactly once, by `deinit`.
    private let context: OpaquePointer

    package init() {
        guard let made = unsafe EVP_MD_CTX_new(), unsafe EVP_DigestInit_ex(made, SHA256Algorithm.found, nil) == 1 else {
            fatalError("libcrypto gives no SHA-256: out of memory, or a provider that forbids it")
        }
        unsafe context = made
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    package mutating func update(_ bytes: Span<UInt8>) {
        guard !bytes.isEmpty else { return }
        let taken = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(taken == 1, "libcrypto refused bytes of a running SHA-256")
    }

    package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

    /// The UTF-8 bytes of a text.
    package mutating func update(_ text: String) { update(Array(text.utf8)) }

    /// The digest of everything so far; the stream ends.
    package consuming func finish() -> SHA256Digest {
        var digest = [UInt8](repeating: 0, count: SHA256Digest.size)
        let made = unsafe digest.withUnsafeMutableBufferPointer {
            unsafe EVP_DigestFinal_ex(context, $0.baseAddress, nil)
        }
        precondition(made == 1, "libcrypto did not finish a SHA-256")
        return SHA256Digest(bytes: digest)
    }
}

extension SHA256Digest {
    /// The digest of bytes that are all at hand.
    package init(of bytes: Span<UInt8>) {
        var stream = SHA256Stream()
        stream.update(bytes)
        self = stream.finish()
    }

    package init(of bytes: [UInt8]) { self.init(of: bytes.span) }

    /// The digest of the UTF-8 bytes of a text.
    package init(of text: String) { self.init(of: Array(text.utf8)) }
}
