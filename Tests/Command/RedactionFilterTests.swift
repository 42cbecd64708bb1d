import Foundation
import Testing

@testable import Command

@Suite("`redact` passes text on without its secrets, as it comes")
struct RedactionFilterTests {
    /// Made from pieces, so that it stands nowhere as a whole.
    private static let key = "sk-ant-" + "api03-" + String(repeating: "Zx8Qw3-Rt5_", count: 9)

    /// Runs a filter between two pipes on a thread of its own.
    private func start(
        _ form: RedactionFilter.Output, pause: Int32 = 50
    ) -> (input: FileHandle, output: FileHandle, result: Task<RedactionFilter.Failure?, Never>) {
        let input = Pipe()
        let output = Pipe()
        let result = Task.detached { () -> RedactionFilter.Failure? in
            let filter = RedactionFilter(
                input: input.fileHandleForReading.fileDescriptor,
                output: output.fileHandleForWriting.fileDescriptor, form: form, pause: pause)
            defer { try? output.fileHandleForWriting.close() }
            do throws(RedactionFilter.Failure) {
                try filter.run()
                return nil
            } catch {
                return error
            }
        }
        return (input.fileHandleForWriting, output.fileHandleForReading, result)
    }

    @Test func aTextComesOutWithoutItsSecrets() async throws {
        let filter = start(.text)
        try filter.input.write(contentsOf: Data("a line\nkey \(Self.key), and more\n".utf8))
        try filter.input.close()
        let output = try filter.output.readToEnd() ?? Data()
        #expect(
            String(decoding: output, as: UTF8.self)
                == "a line\nkey [REDACTED:anthropic-key], and more\n")
        #expect(await filter.result.value == nil)
    }

    @Test func aLineComesOutWhileTheInputIsOpen() async throws {
        let filter = start(.text)
        try filter.input.write(contentsOf: Data("first\nno line end".utf8))
        var received = ""
        while received != "first\nno line end" {
            let data = filter.output.availableData
            try #require(!data.isEmpty)
            received += String(decoding: data, as: UTF8.self)
        }
        try filter.input.close()
        #expect(await filter.result.value == nil)
    }

    @Test func findingsHaveKindsAndPlacesAndNoValues() async throws {
        let filter = start(.findings)
        let text = "é key \(Self.key)\npassword=Hunter2-hunter2\n"
        try filter.input.write(contentsOf: Data(text.utf8))
        try filter.input.close()
        let lines = String(
            decoding: try filter.output.readToEnd() ?? Data(), as: UTF8.self)
        let keyLength = Self.key.utf8.count
        #expect(
            lines == """
                {"kind":"anthropic-key","offset":7,"length":\(keyLength)}
                {"kind":"password","offset":\(7 + keyLength + 10),"length":15}

                """)
        #expect(await filter.result.value == nil)
    }
}
