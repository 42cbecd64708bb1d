import Foundation

/// The Debian packages that the scenarios install.
enum BuiltPackage {
    /// Two versions of the package of the build that is tested, the second higher. They hold the debug executables,
    /// which can be asked to crash.
    static let testing: Result<(old: String, new: String), any Error> = Result {
        (try build("0.1.0+testing1"), try build("0.1.0+testing2"))
    }

    /// Path of the release's package where it was built ("make deb"), else of the first of those.
    ///
    /// - Throws: `SystemFailure`.
    static func release() throws -> String {
        let folder = "\(Product.repository)/.build-package/release"
        let found = try? FileManager.default.contentsOfDirectory(atPath: folder)
        if let file = found?.first(where: { $0.hasSuffix(".deb") }) { return "\(folder)/\(file)" }
        return try testing.get().old
    }

    private static func build(_ version: String) throws -> String {
        let output = try Program.output(
            of: "\(Product.repository)/Scripts/package", ["--testing", Product.folder, version],
            seconds: 300)
        guard let path = output.split(separator: "\n").last.map(String.init),
            FileManager.default.fileExists(atPath: path)
        else { throw SystemFailure("no package was built: \(output.suffix(500))") }
        return path
    }
}
