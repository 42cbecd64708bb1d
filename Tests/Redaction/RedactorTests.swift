import Redaction
import Testing

@Suite("A redactor takes out every secret and nothing else")
struct RedactorTests {
    @Test func theVectorsAreThere() {
        #expect(Row.vectors.count == 215)
        #expect(Row.vectors.filter { $0.hard == true }.count == 16)
    }

    @Test(arguments: Row.vectors)
    func everyRowOfTheVectorsPasses(row: Row) {
        let pieces = (row.chunks ?? [row.input]).map { Array($0.utf8) }
        let output = String(decoding: redacted(pieces), as: UTF8.self)
        #expect(row.fault(of: output) == nil)
    }

    @Test(arguments: KeyMaker.names)
    func everyKeyIsFoundInEveryPlaceAndDisguise(name: String) {
        for seed in 1...2 as ClosedRange<UInt64> {
            for row in MadeRows.rows(name, seed: seed) {
                let output = Redactor.redact(row.input)
                if let fault = row.fault(of: output) {
                    Issue.record("\(row.cat), seed \(seed): \(fault): \(output)")
                }
            }
        }
    }

    @Test func cleanTextsAreNotChanged() {
        var maker = KeyMaker(random: SplitMix(state: 7))
        for text in CleanTexts.fixed { #expect(Redactor.redact(text) == text) }
        for _ in 0..<150 {
            for text in CleanTexts.made(&maker) { #expect(Redactor.redact(text) == text) }
        }
    }

    @Test func aMarkerTellsTheKindAndNothingElse() {
        let key = "sk-ant-" + "api03-Rk2xW7_pQ9-mZ4vT8bN1cY6hJ3dF5"
        #expect(Redactor.redact("a \(key)") == "a [REDACTED:anthropic-key]")
        #expect(Redactor.redact("pwd=Ab3$x9-Kq") == "pwd=[REDACTED:password]")
        for kind in SecretKind.allCases {
            #expect(kind.name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D })
        }
    }

    @Test func fingerprintsTellEqualSecretsAndNothingAcrossKeys() {
        let text =
            "a=hf_" + "QkZwTgbXRNqpYLcMtvDdhJWBsKxEurmFaz b=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"
        let first = Redactor.redact(text, fingerprints: Fingerprinter(key: (1, 2)))
        let marks = first.split(separator: " ").map { $0.dropFirst(2) }
        #expect(marks.count == 2 && marks[0] == marks[1])
        #expect(marks[0].wholeMatch(of: /\[REDACTED:huggingface-key:[0-9a-f]{8}\]/) != nil)
        #expect(first != Redactor.redact(text, fingerprints: Fingerprinter(key: (1, 3))))
    }
}
