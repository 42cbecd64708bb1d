/// One pattern of a `paths` or `branches` filter, as GitHub's workflow syntax has them
/// ("Filter pattern cheat sheet").
///
/// `*` stands for anything but a slash, `**` for anything, and `!` in front takes out again. `?`,
/// `+` and brackets are not read here: no workflow has them.
struct FilterPattern {
    /// A pattern that this type does not read.
    struct Unread: Error, CustomStringConvertible {
        let pattern: String

        var description: String { "the filter pattern \(pattern) is more than these tests read" }
    }

    let isNegative: Bool
    private let pattern: Substring

    /// - Throws: `Unread`.
    init(_ text: String) throws {
        isNegative = text.hasPrefix("!")
        pattern = isNegative ? text.dropFirst() : text[...]
        guard !pattern.isEmpty, !pattern.contains(where: { "?+[]\\".contains($0) }) else {
            throw Unread(pattern: text)
        }
    }

    /// Whether the whole name is what the pattern stands for, without regard to `!`.
    func matches(_ name: String) -> Bool { Self.matches(pattern, name[...]) }

    private static func matches(_ pattern: Substring, _ name: Substring) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        if pattern.hasPrefix("**/") {
            // Any number of folders, which may be none.
            let rest = pattern.dropFirst(3)
            if matches(rest, name) { return true }
            return name.indices.contains {
                name[$0] == "/" && matches(rest, name[name.index(after: $0)...])
            }
        }
        if pattern.hasPrefix("**") {
            return tails(of: name).contains { matches(pattern.dropFirst(2), $0) }
        }
        if first == "*" {
            let part = name.prefix { $0 != "/" }
            return tails(of: name).prefix(part.count + 1).contains {
                matches(pattern.dropFirst(), $0)
            }
        }
        return name.first == first && matches(pattern.dropFirst(), name.dropFirst())
    }

    /// The name, the name without its first character, and so on to nothing.
    private static func tails(of name: Substring) -> [Substring] {
        (0...name.count).map { name.dropFirst($0) }
    }
}
