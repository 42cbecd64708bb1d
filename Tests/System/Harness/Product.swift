import Foundation
import Glibc

/// Where the built executables lie, and the repository they were built from.
enum Product {
    /// The build folder: where the test bundle itself lies.
    static let folder: String = {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: own ?? ".build/debug/x").deletingLastPathComponent().path
    }()

    static let executables = [
        "dd0c-route", "dd0c-route-supervisor", "dd0c-route-worker", "dd0c-route-accountant",
    ]
    static let mock = "\(folder)/dd0c-route-mock-provider"

    static let repository: String = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// A new folder for one test; short, because socket paths end at 107 bytes.
    ///
    /// - Throws: `SystemFailure`.
    static func temporaryFolder() throws -> String {
        var template = Array("/tmp/dd0c-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw SystemFailure.call("mkdtemp") }
        return String(cString: path)
    }
}
