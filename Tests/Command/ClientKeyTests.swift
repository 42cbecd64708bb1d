import Testing

@testable import Command

@Suite("Client keys are random, and their hashes right")
struct ClientKeyTests {
    @Test func hashesAreThoseOfTheStandard() {
        // FIPS 180-4's example.
        #expect(
            ClientKeyText.sha256("abc".utf8)
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            ClientKeyText.sha256([])
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test(arguments: [
        ("", ""), ("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foob", "mzxw6yq"),
        ("fooba", "mzxw6ytb"), ("foobar", "mzxw6ytboi"),
    ])
    func base32IsThatOfRFC4648(text: String, expected: String) {
        #expect(ClientKeyText.base32(Array(text.utf8)) == expected)
    }

    @Test func keysAreNeverTheSame() throws {
        let keys = Set(try (0..<100).map { _ in try ClientKeyText.make() })
        #expect(keys.count == 100)
        for key in keys {
            #expect(key.hasPrefix("dd0c_"))
            #expect(key.utf8.count == 5 + 52)
        }
    }

    @Test func theFirstLineIsTheKey() throws {
        #expect(try SecretInput.firstLine(of: Array("abc\r\ndef".utf8)) == Array("abc".utf8))
        #expect(try SecretInput.firstLine(of: Array("abc".utf8)) == Array("abc".utf8))
        #expect(throws: CommandFailure.self) { try SecretInput.firstLine(of: Array("\n".utf8)) }
        #expect(throws: CommandFailure.self) { try SecretInput.firstLine(of: Array("a b".utf8)) }
    }
}
