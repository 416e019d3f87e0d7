/// A number for a name, the same on every machine and in every run: for phases, spreads and recognition. Not for secrets.
package enum StableHash {
    /// FNV-1a, 64 bits.
    package static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        // One call for bytes that lie in a row, instead of two for each: payloads are hashed as fast as they come.
        let row = bytes.withContiguousStorageIfAvailable { unsafe folded($0.span) }
        return row ?? folded(Array(bytes).span)
    }

    private static func folded(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for place in bytes.indices { hash = (hash ^ UInt64(bytes[place])) &* 0x0000_0100_0000_01B3 }
        return hash
    }

    /// The same of a text, finished so that its low digits are spread too.
    package static func spread(_ text: String) -> UInt64 { mixed(of(text.utf8)) }

    /// The finaliser of SplitMix64: every input bit reaches every output bit.
    package static func mixed(_ number: UInt64) -> UInt64 {
        var z = number &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
