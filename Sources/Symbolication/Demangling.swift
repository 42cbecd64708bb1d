import Glibc

/// The runtime's own demangler, which knows what this compiler's names mean.
@_silgen_name("swift_demangle")
private func swiftDemangle(
    _ name: UnsafePointer<CChar>?, _ length: UInt, _ output: UnsafeMutablePointer<CChar>?,
    _ outputSize: UnsafeMutablePointer<UInt>?, _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?

/// Names of functions as they stand in the source.
enum Demangling {
    /// The longest name that is given, characters.
    static let lengthMax = 240

    /// The name of a Swift function, readable; another name as it is. Cut where it is too long.
    static func readable(_ name: String) -> String {
        var text = name
        if name.hasPrefix("$s") || name.hasPrefix("$S"),
            let demangled = name.withCString({ swiftDemangle($0, UInt(strlen($0)), nil, nil, 0) })
        {
            text = String(cString: demangled)
            free(demangled)
        }
        return text.count <= lengthMax ? text : text.prefix(lengthMax &- 1) + "…"
    }
}
