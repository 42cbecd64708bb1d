import Tokenization

/// The vocabulary files that came with the command.
enum TokenizerFiles {
    /// - Throws: `CommandFailure` when one of them is missing or damaged.
    static func vocabularies() throws(CommandFailure) -> Vocabularies {
        do throws(VocabularyError) {
            return try Vocabularies()
        } catch {
            throw CommandFailure(.unavailable, text(error))
        }
    }

    private static func text(_ error: VocabularyError) -> String {
        switch error {
        case .notFound(let file): "\(file) is missing; it belongs beside the executable"
        case .unreadable(let file, _): "\(file) cannot be read"
        case .damaged(let file): "\(file) is damaged, or of another version"
        }
    }
}
