/// A place where a rule is broken.
struct Finding: Equatable, CustomStringConvertible {
    var path: String
    /// From 1.
    var line: Int
    var message: String

    var description: String { "\(path):\(line): \(message)" }
}
