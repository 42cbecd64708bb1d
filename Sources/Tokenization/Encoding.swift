/// One way of making tokens of text, with its vocabulary. A handle: copies share the vocabulary.
///
/// All encodings take any bytes as text. What is not UTF-8 stands for U+FFFD as the WHATWG Encoding
/// Standard decodes it (one for each maximal part of a sequence); surrogates that were each encoded in
/// three bytes are joined where two belong together and stand for one U+FFFD where they are alone.
/// What looks like a special token (`<|endoftext|>`, `<EOT>`) is ordinary text.
public struct Encoding: Sendable {
    /// Which encoding.
    public let name: EncodingName
    let file: VocabularyFile

    /// The tokens of a text.
    public func encode(_ text: UnsafeRawBufferPointer) -> [UInt32] {
        var list = TokenList(capacity: text.count / 3 + 8)
        encode(text, into: &list)
        return list.tokens
    }

    /// The number of tokens of a text.
    public func count(_ text: UnsafeRawBufferPointer) -> Int {
        var tally = TokenTally()
        encode(text, into: &tally)
        return tally.count
    }

    /// The tokens of a text.
    public func encode(_ text: String) -> [UInt32] {
        var text = text
        return text.withUTF8 { encode(UnsafeRawBufferPointer($0)) }
    }

    /// The number of tokens of a text.
    public func count(_ text: String) -> Int {
        var text = text
        return text.withUTF8 { count(UnsafeRawBufferPointer($0)) }
    }

    /// A counter for one text that arrives in fragments.
    public func makeCounter() -> IncrementalCounter { IncrementalCounter(self) }

    /// The bytes that a token stands for; nil where there is no such token.
    public func bytes(of token: UInt32) -> [UInt8]? {
        guard file.ids.contains(token), file.tables.record(token) != 0 else { return nil }
        var bytes: [UInt8] = []
        var parts = [token]
        while let part = parts.popLast() {
            let left = file.tables.left(part)
            if left == part {
                guard let byte = file.singleBytes[part] else { return nil }
                bytes.append(byte)
            } else {
                parts.append(file.tables.right(part))
                parts.append(left)
            }
        }
        return bytes
    }

    /// The two tokens that merge to a token; nil for a single byte, and where there is no such token.
    public func parts(of token: UInt32) -> (left: UInt32, right: UInt32)? {
        guard file.ids.contains(token), file.tables.record(token) != 0 else { return nil }
        let left = file.tables.left(token)
        return left == token ? nil : (left, file.tables.right(token))
    }

    /// The ids in use, from the lowest to the highest; a few in between may be none.
    public var ids: Range<UInt32> { file.ids }
}

extension Encoding {
    private func encode<Sink: TokenSink>(
        _ text: UnsafeRawBufferPointer, into sink: inout Sink
    ) {
        text.withMemoryRebound(to: UInt8.self) { text in
            guard let start = text.baseAddress, !text.isEmpty else { return }
            if let repaired = TextRepair.repaired(text) {
                repaired.withUnsafeBufferPointer { text in
                    guard let start = text.baseAddress, !text.isEmpty else { return }
                    encodeWellFormed(start, text.count, into: &sink)
                }
            } else {
                encodeWellFormed(start, text.count, into: &sink)
            }
        }
    }

    private func encodeWellFormed<Sink: TokenSink>(
        _ text: UnsafePointer<UInt8>, _ count: Int, into sink: inout Sink
    ) {
        switch name {
        case .cl100kBase:
            Self.encode(file.tables, text, count, by: CL100KScanner.self, into: &sink)
        case .o200kBase:
            Self.encode(file.tables, text, count, by: O200KScanner.self, into: &sink)
        case .p50kBase:
            Self.encode(file.tables, text, count, by: GPT2Scanner.self, into: &sink)
        case .claude:
            let normalizer = TextNormalizer(tables: file.tables, rules: file.normalization)
            if let normalized = normalizer.normalized(text, count) {
                normalized.withUnsafeBufferPointer { text in
                    guard let start = text.baseAddress, !text.isEmpty else { return }
                    Self.encode(
                        file.tables, start, text.count, by: GPT2Scanner.self, into: &sink)
                }
            } else {
                Self.encode(file.tables, text, count, by: GPT2Scanner.self, into: &sink)
            }
        }
    }

    private static func encode<Scanner: PieceScanner, Sink: TokenSink>(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, _ count: Int,
        by scanner: Scanner.Type, into sink: inout Sink
    ) {
        let encoder = PieceEncoder(tables: tables)
        var place = 0
        while place < count {
            let end = Scanner.end(tables, text, from: place, count)
            encoder.encode(text + place, end &- place, into: &sink)
            place = end
        }
    }
}
