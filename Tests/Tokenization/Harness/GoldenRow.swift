import Foundation
import Tokenization

/// A row of the golden files in Vectors: a text and the tokens that several independent tokenizers give.
struct GoldenRow: Decodable {
    let text: String
    let tokens: [UInt32]
    let count: Int
    let cat: String

    static func all(_ name: EncodingName) throws -> [GoldenRow] {
        let decoder = JSONDecoder()
        return try Repository.data("Vectors/\(name.rawValue).jsonl").split(separator: 0x0A).map {
            try decoder.decode(GoldenRow.self, from: $0)
        }
    }

    /// The encodings that have rows.
    static let encodings: [EncodingName] = [.cl100kBase, .o200kBase, .claude]
}
