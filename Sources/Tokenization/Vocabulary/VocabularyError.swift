/// Why a vocabulary cannot be used.
public enum VocabularyError: Error, Equatable, Sendable {
    /// None of the places that were looked in has the file.
    case notFound(file: String)
    /// The file is there and cannot be opened or mapped; `code` as in errno(3).
    case unreadable(file: String, code: Int32)
    /// The file is not what `Scripts/make-vocabularies.py` made: cut off, of another version, or damaged.
    case damaged(file: String)
}
