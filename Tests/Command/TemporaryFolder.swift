import Foundation

/// A folder that lasts as long as the value.
final class TemporaryFolder {
    let path: String

    /// - Throws: what making the folder throws.
    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("dd0c-route-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
