import Yams

/// Collects everything that is wrong with a file, so that the operator sees it all at once.
struct Problems {
    /// The file's name as it was given.
    let file: String
    private(set) var errors: [ConfigurationError] = []
    private(set) var warnings: [ConfigurationError] = []

    init(file: String) { self.file = file }

    /// Notes an error at that place.
    mutating func refuse(
        _ mark: Mark?, _ key: String, _ message: String, suggestion: String? = nil
    ) {
        errors.append(problem(mark, key, message, suggestion))
    }

    /// Notes an error about that value.
    mutating func refuse(_ field: Field, _ message: String, suggestion: String? = nil) {
        refuse(field.mark, field.path, message, suggestion: suggestion)
    }

    /// Notes something doubtful about that value.
    mutating func warn(_ field: Field, _ message: String) {
        warnings.append(problem(field.mark, field.path, message, nil))
    }

    private func problem(
        _ mark: Mark?, _ key: String, _ message: String, _ suggestion: String?
    ) -> ConfigurationError {
        ConfigurationError(
            file: file, line: mark?.line, column: mark?.column, key: key, message: message,
            suggestion: suggestion)
    }

    /// The errors in the order of their places.
    var sortedErrors: [ConfigurationError] {
        errors.sorted { ($0.line ?? 0, $0.column ?? 0) < ($1.line ?? 0, $1.column ?? 0) }
    }
}
