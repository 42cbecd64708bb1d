import Foundation

/// Where the files lie that these tests are about.
enum Repository {
    /// The root, found from where this file lies.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The workflow files, by path.
    ///
    /// - Throws: an error of Foundation, when there is no such folder.
    static func workflows() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: root.appendingPathComponent(".github/workflows"), includingPropertiesForKeys: nil
        ).filter { ["yml", "yaml"].contains($0.pathExtension) }.sorted { $0.path < $1.path }
    }

    /// All files below a folder, as paths from the root.
    static func files(below folder: String) -> [String] {
        let entries = FileManager.default.enumerator(
            atPath: root.appendingPathComponent(folder).path)
        return (entries?.compactMap { $0 as? String } ?? []).map { "\(folder)/\($0)" }.filter {
            var isFolder: ObjCBool = false
            let path = root.appendingPathComponent($0).path
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }
}
