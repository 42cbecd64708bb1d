import Foundation
import Testing

@testable import Redaction

@Suite("Known secrets are found by value, in every form and piece, without being kept")
struct KnownSecretsTests {
    /// No shape and no name tells it.
    private static let secret = "qZ7!w*E2rT9yU4i~O1pA6sD3fG/8hJ5k+L0z"

    private static func known(_ secrets: [String]) -> KnownSecrets {
        let known = KnownSecrets()
        for secret in secrets { Array(secret.utf8).withUnsafeBytes { _ = known.add($0) } }
        return known
    }

    private static func add(
        _ text: String, to known: KnownSecrets, _ lifetime: KnownSecrets.Lifetime = .configured
    ) -> KnownSecrets.Outcome {
        Array(text.utf8).withUnsafeBytes { known.add($0, lifetime: lifetime) }
    }

    @Test func everyFormIsFound() {
        let known = Self.known([Self.secret])
        let bytes = Array(Self.secret.utf8)
        var forms = [
            Self.secret, Self.secret.replacingOccurrences(of: "/", with: "\\/"),
            Self.secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "",
        ]
        for front in ["", "a", "ab"] {
            let encoded = Data((front + Self.secret).utf8).base64EncodedString()
            forms.append(encoded)
            forms.append(
                encoded.replacingOccurrences(of: "+", with: "-")
                    .replacingOccurrences(of: "/", with: "_"))
        }
        forms.append(bytes.map { String(format: "%02x", $0) }.joined())
        forms.append(bytes.map { String(format: "%02X", $0) }.joined())
        for (index, form) in forms.enumerated() {
            let output = Redactor.redact("a \(form) b", known: known)
            #expect(output.contains("[REDACTED:known]"), "form \(index)")
            #expect(!output.contains(form.dropFirst(8).prefix(12)), "form \(index)")
        }
    }

    @Test func everyPieceOfTwelveBytesIsFound() {
        let known = Self.known([Self.secret])
        let letters = Array(Self.secret)
        for start in 0...(letters.count - 12) {
            let piece = String(letters[start..<(start + 12)])
            let output = Redactor.redact("<\(piece)>", known: known)
            #expect(output.contains("[REDACTED:known]"), "\(start)")
            #expect(!output.contains(piece))
        }
    }

    @Test func cutsMakeNoDifference() {
        let known = Self.known([Self.secret, "Xk4-9fQz"])
        var random = SplitMix(state: 3)
        let text = Array(
            "a \(Self.secret) b\(Self.secret.dropFirst(9))c key Xk4-9fQz, \(Self.secret)".utf8)
        let whole = Redactor.redact(text, known: known)
        for _ in 0..<300 { #expect(redacted(cut(text, &random), known: known) == whole) }
    }

    @Test func aConstantPrefixAloneIsNoSecret() {
        let key = "sk-ant-" + "api03-Rk2xW7_pQ9-mZ4vT8bN1cY6hJ3dF5"
        let text = "keys begin with sk-ant-api03- and have 108 characters"
        #expect(Redactor.redact(text, known: Self.known([key])) == text)
    }

    @Test func shortSecretsAreFoundAsWholesAndTheShortestNot() {
        let known = KnownSecrets()
        #expect(Self.add("Xk4-9fQz", to: known) == .added)
        #expect(Self.add("Xk4-9fQz", to: known) == .present)
        #expect(Self.add("Xk4-9fQ", to: known) == .tooShort)
        #expect(Redactor.redact("a=Xk4-9fQz, b", known: known) == "a=[REDACTED:known], b")
        #expect(Redactor.redact("aXk4-9fQzb", known: known) == "aXk4-9fQzb")
    }

    @Test func configuredSecretsHaveTheirRoomAndRecentOnesMoveOn() {
        var maker = KeyMaker(random: SplitMix(state: 5))
        let known = KnownSecrets(configuredCapacity: 1, recentCapacity: 4)
        let configured = maker.key("anthropic").text
        #expect(Self.add(configured, to: known) == .added)
        var outcome = KnownSecrets.Outcome.added
        while outcome == .added {
            outcome = Self.add(maker.random.text(KeyMaker.token, 90), to: known)
        }
        #expect(outcome == .full)
        var recent: [String] = []
        for _ in 0..<40 {
            let key = maker.random.text(KeyMaker.token, 100)
            recent.append(key)
            #expect(Self.add(key, to: known, .recent) == .added)
            for held in recent.suffix(2) { #expect(Redactor.redact(held, known: known) != held) }
        }
        #expect(Redactor.redact(recent[0], known: known) == recent[0])
        #expect(
            Redactor.redact(configured.dropFirst(20).description, known: known)
                == "[REDACTED:known]")
    }

    @Test func anotherProcessFindsTheSame() throws {
        let bytes = Self.known([Self.secret, "Xk4-9fQz"]).serialized()
        #expect(!String(decoding: bytes, as: UTF8.self).contains(Self.secret.prefix(8)))
        let copy = try #require(bytes.withUnsafeBytes { KnownSecrets(serialized: $0) })
        #expect(Redactor.redact(Self.secret, known: copy) == "[REDACTED:known]")
        #expect(Redactor.redact("a Xk4-9fQz b", known: copy) == "a [REDACTED:known] b")
    }

    @Test func otherBytesAreNoTable() {
        let bytes = Self.known([Self.secret]).serialized()
        for count in [0, 7, 8, 23, 25, bytes.count - 1] {
            #expect(bytes[..<count].withUnsafeBytes { KnownSecrets(serialized: $0) } == nil)
        }
        var random = SplitMix(state: 9)
        for _ in 0..<200 {
            var broken = bytes
            broken[Int.random(in: 0..<broken.count, using: &random)] ^= 0x40
            if let known = broken.withUnsafeBytes({ KnownSecrets(serialized: $0) }) {
                _ = Redactor.redact(Self.secret, known: known)
            }
        }
    }

    @Test func lookingUpAndAddingGoOnAtTheSameTime() async {
        let known = Self.known([Self.secret])
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                var maker = KeyMaker(random: SplitMix(state: 21))
                for _ in 0..<60 {
                    _ = Self.add(maker.random.text(KeyMaker.token, 80), to: known, .recent)
                }
                return true
            }
            for _ in 0..<2 {
                group.addTask {
                    (0..<300).allSatisfy { _ in
                        Redactor.redact("a \(Self.secret) b", known: known).contains(
                            "[REDACTED:known]")
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}

@Suite("SipHash-2-4 gives its authors' numbers")
struct SipHashTests {
    /// The first, second and last of the reference's vectors: key 00…0f, texts 00, 01, ….
    @Test func theReferenceVectors() {
        let key: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
        for (count, value) in [
            (0, 0x726F_DB47_DD0E_0E31), (1, 0x74F8_39C5_93DC_67FD), (15, 0xA129_CA61_49BE_45E5),
        ] as [(UInt8, UInt64)] {
            var hash = SipHash(key: key)
            for byte in 0..<count { hash.append(byte) }
            #expect(hash.finalized() == value)
        }
    }
}
