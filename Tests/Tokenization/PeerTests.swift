import Testing
import Tokenization

@Suite("The real tokenizers")
struct PeerTests {
    /// What the random texts are made of, by default always the same.
    private static let seed: UInt64 = 20_261_125

    @Test("give the same tokens for 10,000 random texts, and so does every way of cutting them")
    func tokens() throws {
        var random = RandomText(seed: Self.seed)
        let texts = (0..<10_000).map { _ in random.text() }
        let peers = try Peers.tokens(texts)
        for name in EncodingName.allCases {
            let encoding = try Repository.encoding(name)
            var differences = 0
            for (text, tokens) in zip(texts, peers) {
                guard encoding.encode(text) == tokens[name.rawValue],
                    encoding.count(text) == tokens[name.rawValue]?.count
                else {
                    differences += 1
                    if differences < 5 {
                        Issue.record("\(name.rawValue): \(text.debugDescription)")
                    }
                    continue
                }
                var counter = encoding.makeCounter()
                var rest = Array(text.utf8)[...]
                for length in random.cuts(rest.count) {
                    counter.append(rest.prefix(length))
                    rest = rest.dropFirst(length)
                }
                #expect(counter.count == UInt64(tokens[name.rawValue]?.count ?? -1))
            }
            #expect(differences == 0)
        }
    }
}
