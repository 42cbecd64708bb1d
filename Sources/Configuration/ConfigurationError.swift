/// One thing that is wrong in a configuration, or, among the warnings, one that is doubtful.
///
/// No text of it holds a value that could be a secret.
public struct ConfigurationError: Error, Equatable, Sendable {
    /// The file's name as it was given.
    public var file: String
    /// Line and column, both from 1; nil when the error has no place in the text.
    public var line: Int?
    public var column: Int?
    /// Path of the key (`providers.openai.base_url`, `keys[0].sha256`); empty for the whole file.
    public var key: String
    /// What is wrong, in one sentence without a full stop.
    public var message: String
    /// What may have been meant; nil when there is nothing better to say.
    public var suggestion: String?

    /// Memberwise.
    public init(
        file: String, line: Int? = nil, column: Int? = nil, key: String, message: String,
        suggestion: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.message = message
        self.suggestion = suggestion
    }
}

extension ConfigurationError: CustomStringConvertible {
    /// One line in the form that editors and compilers use: `file:line:column: key: message; suggestion`.
    public var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if let column { place += ":\(column)" }
        let subject = key.isEmpty ? "" : "\(key): "
        return "\(place): \(subject)\(message)" + (suggestion.map { "; \($0)" } ?? "")
    }
}
