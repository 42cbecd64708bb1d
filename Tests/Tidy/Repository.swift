import Foundation

/// The files of the repository that the rules are about.
enum Repository {
    /// The root, found from where this file lies.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static let folders = [
        "Sources", "Tests", "Benchmarks", "Fuzz", "Scripts", "Documentation", "packaging",
        ".github", ".ci",
    ]
    private static let singles = [
        "Package.swift", "Makefile", "README.md", "CONTRIBUTING.md", ".gitignore", ".editorconfig",
        ".swift-format",
    ]
    /// Folders of data, whose bytes are what they are, and of what builds leave behind.
    private static let skipped: Set<String> = [
        "__pycache__", "Resources", "Results", "Vectors", "Seeds", "Found", ".build-fuzz", ".build",
    ]

    /// All text files of the folders above, by path.
    static func files() throws -> [SourceFile] {
        var paths = singles.filter {
            FileManager.default.fileExists(atPath: root.appendingPathComponent($0).path)
        }
        for folder in folders {
            guard
                let entries = FileManager.default.enumerator(
                    atPath: root.appendingPathComponent(folder).path)
            else { continue }
            for case let entry as String in entries {
                let parts = entry.split(separator: "/").map(String.init)
                if skipped.isDisjoint(with: parts) { paths.append("\(folder)/\(entry)") }
            }
        }
        return try paths.sorted().compactMap { path in
            let url = root.appendingPathComponent(path)
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true,
                let text = String(data: try Data(contentsOf: url), encoding: .utf8)
            else { return nil }
            return SourceFile(path: path, text: text)
        }
    }
}
