import Testing

@testable import LedgerFormat

@Suite("Keys are Ed25519 in PEM, and nothing else")
struct SigningKeyTests {
    // Of RFC 8410, section 10.3.
    static let privatePEM = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
        -----END PRIVATE KEY-----
        """
    static let publicPEM = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
        -----END PUBLIC KEY-----

        """

    static func key(_ pem: String) throws -> SigningKey {
        try Array(pem.utf8).withUnsafeBytes { try SigningKey(pem: $0) }
    }

    @Test("The key of RFC 8410 has the public key of RFC 8410")
    func published() throws {
        let key = try Self.key(Self.privatePEM)
        #expect(try key.publicKey.pem() == Self.publicPEM)
        #expect(try PublicKey(pem: Array(Self.publicPEM.utf8)) == key.publicKey)
    }

    @Test("A signature is that of RFC 8032, section 7.1, test 2")
    func signature() throws {
        // The seed of the test behind the fixed beginning of PKCS#8, in base 64.
        let key = try Self.key(
            """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIEzNCJsozxzahpO9WD15Nu6GFBXyilsYJiRI/Y5lIyKX
            -----END PRIVATE KEY-----
            """)
        let made = try key.signature(of: [0x72])
        #expect(made.count == 64 && key.publicKey.verifies(made, of: [0x72]))
        #expect(!key.publicKey.verifies(made, of: [0x73]))
        #expect(made == (try key.signature(of: [0x72])))
        for index in made.indices {
            var wrong = made
            wrong[index] ^= 1
            #expect(!key.publicKey.verifies(wrong, of: [0x72]))
        }
    }

    @Test("A new key can be written, read, and signs as before")
    func roundTrip() throws {
        let key = try SigningKey.generate()
        let text = try key.withPEM { String(decoding: $0, as: UTF8.self) }
        #expect(text.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        let again = try Self.key(text)
        #expect(again.publicKey == key.publicKey)
        #expect(key.publicKey.verifies(try again.signature(of: [1, 2]), of: [1, 2]))
        #expect(try SigningKey.generate().publicKey != key.publicKey)
    }

    @Test(
        "Everything else is refused",
        arguments: [
            ("", KeyFailure.notAPrivateKey), ("secret", .notAPrivateKey),
            (publicPEM, .notAPrivateKey),
            // An X25519 key.
            (
                """
                -----BEGIN PRIVATE KEY-----
                MC4CAQAwBQYDK2VuBCIEIHgEtnTxdPcZ9Y0GhqkYdKVvGQ8aP4Y6O0VN8FQWhrJT
                -----END PRIVATE KEY-----
                """, .otherAlgorithm
            ),
        ])
    func refused(_ pem: String, _ expected: KeyFailure) {
        #expect(throws: expected) { try Self.key(pem) }
        #expect(throws: KeyFailure.notAPublicKey) {
            try PublicKey(pem: Array("-----BEGIN PUBLIC KEY-----\n".utf8))
        }
    }

    @Test("A key with a passphrase is refused at once, and asks nobody for it")
    func encrypted() throws {
        let pem = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjcs2iZ5kg4ZQICCAAw
            DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEDkTBj1g5Q4t4gGPXXuFjWIEQN7A
            J5iNPqQ1Xc3dLPbBkzgBwlzDZIjiMWQ2ZcSYFvQFy0oM+K7hB0V2pmKqW0mSXOhZ
            5dkpw4Gw7kTOn5eKIwA=
            -----END ENCRYPTED PRIVATE KEY-----
            """
        #expect(throws: KeyFailure.notAPrivateKey) { try Self.key(pem) }
    }
}
