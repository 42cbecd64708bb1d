import Glibc

/// The harness itself cannot go on; this is no finding.
struct HarnessFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    static func call(_ what: String) -> HarnessFailure {
        HarnessFailure("\(what): \(String(cString: strerror(errno)))")
    }
}
