import Glibc

/// Something that the harness itself could not do.
struct SystemFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// With the reason of the call that just failed.
    static func call(_ name: String) -> SystemFailure {
        SystemFailure("\(name): \(String(cString: strerror(errno)))")
    }
}
