import Foundation
import Tokenization

/// Vocabularies as they were published, made from the compact files.
enum PublishedForm {
    /// A line for each token in the order of the ids: its bytes in base64, a space, its id. That is
    /// the `.tiktoken` file; for Claude, which was published as JSON, it is the same without the five
    /// special tokens.
    static func tiktoken(_ encoding: Tokenization.Encoding) -> Data {
        var text = Data()
        for id in encoding.ids {
            guard let bytes = encoding.bytes(of: id) else { continue }
            text.append(Data("\(Data(bytes).base64EncodedString()) \(id)\n".utf8))
        }
        return text
    }

    /// A line for each token of more than a byte: the ids of the two parts that merge to it.
    static func merges(_ encoding: Tokenization.Encoding) -> Data {
        var text = Data()
        for id in encoding.ids {
            guard let parts = encoding.parts(of: id) else { continue }
            text.append(Data("\(parts.left) \(parts.right)\n".utf8))
        }
        return text
    }

    /// Writes what `Python/peers.py` needs.
    static func write(to folder: URL) throws {
        // The names by which tiktoken keeps the files: SHA-1 of the address each is published at.
        let cache: [(EncodingName, String)] = [
            (.cl100kBase, "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"),
            (.o200kBase, "fb374d419588a4632f3f557e76b4b70aebbca790"),
            (.p50kBase, "ec7223a39ce59f226a68acc30dc1af2788490e15"),
            (.claude, "claude.tiktoken"),
        ]
        for (name, file) in cache {
            try tiktoken(Repository.encoding(name)).write(to: folder.appendingPathComponent(file))
        }
        try merges(Repository.encoding(.claude))
            .write(to: folder.appendingPathComponent("claude.merges"))
    }
}
