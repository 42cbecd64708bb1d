import Testing
import Tokenization

@Suite("The golden rows")
struct GoldenRowTests {
    @Test("have the ids and counts that were given", arguments: GoldenRow.encodings)
    func tokens(_ name: EncodingName) throws {
        let encoding = try Repository.encoding(name)
        let rows = try GoldenRow.all(name)
        #expect(rows.count >= 1500)
        for row in rows {
            #expect(encoding.encode(row.text) == row.tokens, "\(row.cat)")
            #expect(encoding.count(row.text) == row.count, "\(row.cat)")
        }
    }

    @Test("have the count of the text so far after each byte", arguments: EncodingName.allCases)
    func bytes(_ name: EncodingName) throws {
        let encoding = try Repository.encoding(name)
        let source = GoldenRow.encodings.contains(name) ? name : .cl100kBase
        // Every third row: each byte costs a count of all before it.
        for (index, row) in try GoldenRow.all(source).enumerated() where index % 3 == 0 {
            let bytes = Array(row.text.utf8)
            var counter = encoding.makeCounter()
            for end in bytes.indices {
                counter.append(CollectionOfOne(bytes[end]))
                let expected = encoding.count(bytes[...end])
                guard counter.count == UInt64(expected) else {
                    Issue.record("\(row.cat), byte \(end): \(counter.count), not \(expected)")
                    break
                }
            }
        }
    }

    @Test("in pieces of about a token count more when each piece is counted for itself")
    func separately() throws {
        let encoding = try Repository.encoding(.o200kBase)
        var text = RandomText(seed: 1)
        var whole = 0
        var separate = 0
        for row in try GoldenRow.all(.o200kBase) where row.cat == "english" || row.cat == "code" {
            var rest = Array(row.text.utf8)[...]
            for length in text.cuts(rest.count) {
                separate += encoding.count(rest.prefix(length))
                rest = rest.dropFirst(length)
            }
            whole += row.count
        }
        #expect(Double(separate) > 1.1 * Double(whole))
    }

    @Test(
        "decode to the text that was encoded",
        arguments: [.cl100kBase, .o200kBase] as [EncodingName])
    func decoding(_ name: EncodingName) throws {
        let encoding = try Repository.encoding(name)
        for row in try GoldenRow.all(name) {
            let bytes = row.tokens.flatMap { encoding.bytes(of: $0) ?? [] }
            #expect(bytes == Array(row.text.utf8))
        }
    }
}
