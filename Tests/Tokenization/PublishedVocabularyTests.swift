import Foundation
import Testing
import Tokenization

@Suite("The compact vocabularies")
struct PublishedVocabularyTests {
    @Test(
        "give back the published files, byte for byte",
        arguments: [
            // As tiktoken 0.14.0 expects them (tiktoken_ext/openai_public.py).
            (
                EncodingName.cl100kBase,
                "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
            ),
            (.o200kBase, "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
            (.p50kBase, "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069"),
            // Of the tokens in the published JSON (SHA-256 c241737d…2911767), written in the same form.
            (.claude, "ba9ebb28e61f5872504fbe44b2f61bd825c222d7d910f55c89f5f28ab1f40e8b"),
        ])
    func published(_ name: EncodingName, _ digest: String) throws {
        #expect(sha256(PublishedForm.tiktoken(try Repository.encoding(name))) == digest)
    }

    @Test("are the files that the script made, and no more than 14 MB")
    func sums() throws {
        let folder = URL(fileURLWithPath: Repository.resources)
        let sums = try String(
            contentsOf: folder.appendingPathComponent("SHA256SUMS"), encoding: .utf8)
        var size = 0
        let lines = sums.split(separator: "\n")
        #expect(lines.count == EncodingName.allCases.count)
        for line in lines {
            let parts = line.split(separator: " ").map(String.init)
            let data = try Data(contentsOf: folder.appendingPathComponent(parts[1]))
            #expect(sha256(data) == parts[0], "\(parts[1])")
            size += data.count
        }
        #expect(size < 14_000_000)
    }

    @Test("encode each of their tokens to itself", arguments: EncodingName.allCases)
    func tokens(_ name: EncodingName) throws {
        let encoding = try Repository.encoding(name)
        // Not tokens that no text can have: parts of UTF-8 sequences, what NFKC changes, and what the
        // pattern cuts. A token is left out by what its bytes are, not by what comes out.
        var checked = 0
        for id in encoding.ids {
            guard let bytes = encoding.bytes(of: id),
                bytes.allSatisfy({ ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A })
                    || bytes.count == 1 && bytes[0] < 0x80
            else { continue }
            checked += 1
            if encoding.encode(bytes) != [id] { Issue.record("\(id)") }
        }
        #expect(checked > 10_000)
    }
}
