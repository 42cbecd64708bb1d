import Testing

@testable import Redaction

@Suite("A key in PEM is known by its lines")
struct SecretPiecesTests {
    private func pieces(_ text: String) -> [String] {
        Array(text.utf8).withUnsafeBytes { bytes in
            SecretPieces(of: bytes).all.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test func anyOtherSecretIsOnePiece() {
        #expect(pieces("sk-one") == ["sk-one"])
        #expect(pieces("two\nlines") == ["two\nlines"])
    }

    @Test(arguments: ["\n", "\r\n"])
    func theArmourAndWhatAllKeysHaveIsLeftOut(end: String) {
        let digits = String(repeating: "A", count: 48) + "firstLinesOwn+16"
        let text = [
            "-----BEGIN PRIVATE KEY-----", digits, "secondLine/oftheKey", "short=",
            "-----END PRIVATE KEY-----", "",
        ].joined(separator: end)
        #expect(pieces(text) == ["firstLinesOwn+16", "secondLine/oftheKey"])
    }
}
