import Digests
import Testing

@Suite struct `SHA-256` {
    /// FIPS 180-4 examples and the empty message.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `gives the published digest`(message: String, hex: String) {
        #expect(SHA256Digest(of: message).hex == hex)
    }

    @Test func `a million letters in uneven pieces give the published digest`() {
        let letters = [UInt8](repeating: 0x61, count: 1_000_000)
        var stream = SHA256Stream()
        var taken = 0
        var piece = 1
        while taken < letters.count {
            let end = min(taken + piece, letters.count)
            stream.update(letters.span.extracting(taken..<end))
            taken = end
            piece = piece * 3 % 10_007
        }
        let hex = stream.finish().hex
        #expect(hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `pieces that move a byte across their border are still one message`() {
        var stream = SHA256Stream()
        stream.update("ab")
        stream.update([])
        stream.update("c")
        let digest = stream.finish()
        #expect(digest == SHA256Digest(of: "abc"))
        #expect(digest != SHA256Digest(of: "abd"))
    }

    @Test func `a digest reads its own hexadecimal text, and refuses any other length`() {
        let digest = SHA256Digest(of: "plant")
        #expect(SHA256Digest(hex: digest.hex) == digest)
        #expect(SHA256Digest(hex: digest.hex.uppercased()) == digest)
        #expect(SHA256Digest(hex: digest.hex.dropLast()) == nil)
        #expect(SHA256Digest(hex: digest.hex.dropLast(2)) == nil)
        #expect(SHA256Digest(stored: digest.bytes.dropLast()) == nil)
    }
}

@Suite struct `HMAC-SHA256` {
    /// RFC 4231, test cases 1, 2, 3 and 6.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func `gives the published code`(key: [UInt8], message: [UInt8], hex: String) throws {
        let key = try #require(HMACKey(key))
        let signature = key.signature(of: message)
        #expect(signature.hex == hex)
        #expect(key.verifies(signature, of: message))
        #expect(!key.verifies(signature, of: message + [0]))
    }

    @Test func `an empty key is refused`() {
        #expect(HMACKey([]) == nil)
    }

    @Test func `a key never shows itself`() throws {
        let key = try #require(HMACKey(Array("open sesame".utf8)))
        #expect("\(key)" == "***")
        #expect(String(reflecting: key) == "***")
        #expect(Mirror(reflecting: key).children.isEmpty)
    }

    @Test func `an empty message is signed`() throws {
        let key = try #require(HMACKey(Array("k".utf8)))
        #expect(key.signature(of: []) != key.signature(of: [0]))
    }
}

@Suite struct `Constant-time comparison` {
    @Test(arguments: [
        ([UInt8](), [UInt8](), true), ([1, 2, 3], [1, 2, 3], true), ([1, 2, 3], [1, 2, 4], false),
        ([9, 2, 3], [1, 2, 3], false), ([1, 2], [1, 2, 3], false),
    ])
    func `says what plain comparison says`(left: [UInt8], right: [UInt8], equal: Bool) {
        #expect(ConstantTime.equal(left, right) == equal)
    }
}

@Suite struct `Hexadecimal text` {
    @Test(arguments: [("", []), ("00ff10", [0x00, 0xff, 0x10]), ("aBcD", [0xab, 0xcd])] as [(String, [UInt8])])
    func `is read in both cases and written in lower case`(text: String, bytes: [UInt8]) {
        #expect(Hexadecimal.bytes(of: text) == bytes)
        #expect(Hexadecimal.text(of: bytes) == text.lowercased())
    }

    @Test(arguments: ["0", "0g", " 00", "00 ", "0x00", "é0"])
    func `anything else is refused`(text: String) {
        #expect(Hexadecimal.bytes(of: text) == nil)
    }
}
