import Foundation

/// What a program left when it had ended.
struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// Runs a program to its end.
    ///
    /// - Parameter environment: all of its variables; nil for those of this process.
    init(
        of program: URL, _ arguments: [String], environment: [String: String]? = nil,
        in folder: URL? = nil
    ) throws {
        // Files rather than pipes, which would have to be emptied while it runs.
        let scratch = try TemporaryFolder()
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        if let environment { process.environment = environment }
        if let folder { process.currentDirectoryURL = folder }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try scratch.writer("output")
        process.standardError = try scratch.writer("errors")
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        // Against a hang only.
        if ended.wait(timeout: .now() + 120) == .timedOut { process.terminate() }
        process.waitUntilExit()
        // A signal is no exit status, whatever its number.
        status = process.terminationReason == .exit ? process.terminationStatus : -1
        output = try scratch.text("output")
        errors = try scratch.text("errors")
    }
}
