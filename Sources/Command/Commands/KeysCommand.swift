import ArgumentParser
import Configuration
import Glibc
import LedgerFormat
import Secrets

/// Makes and hashes clients' keys.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make keys for clients and for the ledger, and hash them.",
        subcommands: [New.self, Hash.self, Signing.self])

    /// Prints a new key.
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a new random key, once, and the lines that admit it.",
            discussion: """
                Nothing keeps the key: give it to the client now. The configuration holds its hash only.
                """)

        @Argument(help: "The key's name in records and logs.")
        var name: String

        func validate() throws {
            let allowed = name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                    || (0x61...0x7a).contains(byte) || [0x2d, 0x2e, 0x5f].contains(byte)
            }
            guard allowed, (1...64).contains(name.utf8.count),
                name.first?.isLetter == true
                    || name.first?.isNumber == true
            else {
                throw ValidationError(
                    "A name is 1 to 64 letters, digits, `.`, `_` and `-`, beginning with one of the first two."
                )
            }
        }

        func run() throws {
            let key = try ClientKeyText.make()
            try Console.raw(
                """
                key: \(key)

                # for `keys:` of the configuration
                  - name: \(name)
                    sha256: \(ClientKeyText.sha256(key.utf8))

                """)
        }
    }

    /// Prints the hash of a key.
    struct Hash: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a key from standard input and print its SHA-256.")

        func run() throws {
            let key = try SecretInput.read()
            try Console.out(ClientKeyText.sha256(key))
        }
    }

    /// Makes a key pair to sign the ledger with.
    struct Signing: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a new private key for `ledger.signing_key`, and print its public key.",
            discussion: """
                The file is for its owner alone and is never overwritten. Give the public key to those who \
                verify the ledger.
                """)

        @Argument(help: "The file to write the private key to, in PEM.")
        var file: String

        func run() throws {
            _ = SecureHeap.start()
            do {
                let key = try SigningKey.generate()
                try key.withPEM { try PrivateFile.create(file, $0) }
                try Console.raw(key.publicKey.pem())
            } catch is KeyFailure {
                throw CommandFailure(.system, "libcrypto makes no key")
            }
        }
    }
}
