import Yams

/// Reads a mapping strictly: what is not known is refused, and so is what is given twice.
struct MappingReader {
    /// The mapping's path, with a dot behind it unless it is the whole file.
    private let prefix: String
    private let place: Mark?
    private(set) var fields: [(name: String, mark: Mark?, value: Field)] = []
    /// Whether an unknown key was refused.
    private(set) var hasUnknownKeys = false
    /// Keys that a misspelt one was probably meant to be: they are not reported as missing too.
    private var misspelt: Set<String> = []

    /// Reads the mapping's keys; nil, and an error noted, when the value is no mapping.
    ///
    /// - Parameters:
    ///   - known: the keys that are allowed; nil where the file's author chooses them.
    ///   - hidesKeys: never show an unknown key, for mappings that somebody may write a secret into.
    init?(
        _ field: Field, known: [String]?, hidesKeys: Bool = false, _ problems: inout Problems
    ) {
        guard case .mapping(let mapping) = field.node else {
            problems.refuse(field, "must be a mapping, not \(field.kind)")
            return nil
        }
        prefix = field.path.isEmpty ? "" : field.path + "."
        place = field.mark
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                problems.refuse(key.mark, field.path, "has a key that is no text")
                continue
            }
            let name = DocumentParser.originalName(scalar.string)
            if let known, !known.contains(name) {
                refuse(name, key.mark, known, hidesKeys, &problems)
                continue
            }
            if known == nil, !Field.isName(name) {
                problems.refuse(
                    key.mark, field.path,
                    "has a name that is not 1 to 64 letters, digits, `.`, `_` and `-`")
                continue
            }
            if let first = fields.first(where: { $0.name == name }) {
                let line = first.mark.map { ", first on line \($0.line)" } ?? ""
                problems.refuse(key.mark, prefix + name, "is given twice\(line)")
                continue
            }
            fields.append((name, key.mark, Field(path: prefix + name, node: value)))
        }
    }

    private mutating func refuse(
        _ name: String, _ mark: Mark?, _ known: [String], _ hides: Bool, _ problems: inout Problems
    ) {
        let nearest = Suggestion.nearest(to: name, among: known)
        hasUnknownKeys = true
        if let nearest { misspelt.insert(nearest) }
        let listing = known.map { "`\($0)`" }.joined(separator: ", ")
        let shows = nearest != nil || (!hides && SecretShape.isHarmless(name))
        problems.refuse(
            mark, shows ? prefix + name : String(prefix.dropLast()),
            shows ? "unknown key" : "has an unknown key",
            suggestion: nearest.map { "did you mean `\($0)`?" } ?? "known are \(listing)")
    }

    /// The value of a key; nil when it is not given.
    func optional(_ name: String) -> Field? { fields.first { $0.name == name }?.value }

    /// The value of a key that must be given.
    func required(_ name: String, _ problems: inout Problems) -> Field? {
        if let field = optional(name) { return field }
        if !misspelt.contains(name) { problems.refuse(place, prefix + name, "is missing") }
        return nil
    }
}
