import Foundation

/// A program of the Python environment that `make test` makes.
struct PythonTool {
    /// Where it is missing.
    struct Missing: Error, CustomStringConvertible {
        let path: String

        var description: String { "\(path) is missing: `make test` makes it" }
    }

    let url: URL

    /// - Throws: `Missing`.
    init(_ name: String, in root: URL = Repository.root) throws {
        url = root.appendingPathComponent(".venv/bin/\(name)")
        guard FileManager.default.isExecutableFile(atPath: url.path) else {
            throw Missing(path: url.path)
        }
    }
}
