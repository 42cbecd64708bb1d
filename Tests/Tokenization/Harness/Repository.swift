import Foundation
import Tokenization

/// What the tests need of the repository.
enum Repository {
    /// The root, found from where this file lies.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The folder of the vocabulary files.
    static let resources = root.appendingPathComponent("Sources/Tokenization/Resources").path

    /// All encodings, from the repository's files.
    static let vocabularies = Result { () throws(VocabularyError) in
        try Vocabularies(directory: resources)
    }

    /// One encoding.
    static func encoding(_ name: EncodingName) throws -> Tokenization.Encoding {
        try vocabularies.get()[name]
    }

    /// A file of this folder.
    static func data(_ path: String) throws -> Data {
        try Data(contentsOf: root.appendingPathComponent("Tests/Tokenization/\(path)"))
    }
}

extension Tokenization.Encoding {
    /// The tokens of any bytes.
    func encode(_ bytes: some Sequence<UInt8>) -> [UInt32] {
        Array(bytes).withUnsafeBytes { encode($0) }
    }

    /// The number of tokens of any bytes.
    func count(_ bytes: some Sequence<UInt8>) -> Int { Array(bytes).withUnsafeBytes { count($0) } }
}

extension IncrementalCounter {
    /// Appends any bytes.
    mutating func append(_ bytes: some Sequence<UInt8>) {
        Array(bytes).withUnsafeBytes { append($0) }
    }
}
