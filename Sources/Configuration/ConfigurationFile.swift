/// Reads configuration files.
public enum ConfigurationFile {
    /// A file that could not be read at all.
    public struct Unreadable: Error, Equatable, Sendable {
        /// errno of the call that failed; 0 when the file is no text.
        public var code: Int32
        /// One line for the operator.
        public var message: String
    }

    /// Reads and validates a file.
    ///
    /// - Throws: `Unreadable` when there is no text; what is wrong with the text is in the report.
    public static func load(
        _ path: String, host: HostDefaults
    ) throws(Unreadable) -> ConfigurationReport {
        switch FileText.read(path, sizeMax: DocumentParser.sizeMax) {
        case .failure(let failure):
            throw Unreadable(code: failure.code, message: "\(path): \(failure.message)")
        case .success(let text):
            return parse(text, file: path, host: host)
        }
    }

    /// Validates a text. `file` names it in errors.
    public static func parse(
        _ text: String, file: String, host: HostDefaults
    ) -> ConfigurationReport {
        var reader = ConfigurationReader(file: file, host: host)
        let configuration = reader.read(text)
        return ConfigurationReport(
            configuration: configuration, errors: reader.problems.sortedErrors,
            warnings: reader.problems.warnings)
    }
}
