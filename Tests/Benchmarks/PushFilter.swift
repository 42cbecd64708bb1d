/// `on.push` of a workflow: for which pushes GitHub runs it.
///
/// Source: "Workflow syntax for GitHub Actions",
/// on `on.push.<branches|tags>` and `on.push.<paths>`.
struct PushFilter: Decodable {
    /// A push, with the paths that it changes.
    enum Push {
        case branch(String, [String])
        case tag(String)
    }

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Nil where the workflow says nothing of them.
    let branches, tags, paths: [String]?

    init(branches: [String]? = nil, tags: [String]? = nil, paths: [String]? = nil) {
        self.branches = branches
        self.tags = tags
        self.paths = paths
    }

    /// - Throws: an error of decoding, for other filters too, such as `paths-ignore`.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let known = ["branches", "tags", "paths"]
        for key in values.allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: values, debugDescription: "a filter that these tests do not read")
        }
        branches = try values.decodeIfPresent([String].self, forKey: Key(stringValue: "branches"))
        tags = try values.decodeIfPresent([String].self, forKey: Key(stringValue: "tags"))
        paths = try values.decodeIfPresent([String].self, forKey: Key(stringValue: "paths"))
    }

    /// - Throws: `FilterPattern.Unread`.
    func runs(for push: Push) throws -> Bool {
        switch push {
        case .branch(let name, let changed):
            guard try Self.includes(name, branches, other: tags) else { return false }
            guard let paths else { return true }
            let patterns = try paths.map(FilterPattern.init)
            return changed.contains { Self.includes($0, patterns) }
        case .tag(let name):
            // Whatever it changes: paths are not looked at for tags.
            return try Self.includes(name, tags, other: branches)
        }
    }

    /// With patterns for the other kind of ref alone, refs of this kind are left out.
    private static func includes(_ ref: String, _ own: [String]?, other: [String]?) throws -> Bool {
        guard let own else { return other == nil }
        return includes(ref, try own.map(FilterPattern.init))
    }

    /// The last pattern that matches decides.
    private static func includes(_ name: String, _ patterns: [FilterPattern]) -> Bool {
        patterns.last { $0.matches(name) }.map { !$0.isNegative } ?? false
    }
}
