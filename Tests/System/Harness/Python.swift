/// The Python environment with the real SDKs.
enum Python {
    private static let interpreter = "\(Product.repository)/.venv/bin/python"

    /// Runs one of the scripts beside these tests and gives what it printed.
    ///
    /// - Throws: `SystemFailure` with its output, when it failed.
    static func run(_ script: String, _ arguments: [String]) throws -> String {
        try prepare()
        let path = "\(Product.repository)/Tests/System/Python/\(script)"
        return try Program.output(of: interpreter, ["-B", path] + arguments, seconds: 120)
    }

    /// Makes the environment where `make test` has not; does nothing where it is there.
    private static func prepare() throws {
        let script = "\(Product.repository)/Scripts/python-environment"
        _ = try Program.output(of: script, [], seconds: 300)
    }
}
