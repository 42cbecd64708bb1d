import Foundation
import Testing

@testable import Command

@Suite("`redact` passes text on without its secrets, as it comes", .serialized)
struct RedactionFilterTests {
    /// Made from pieces, so that it stands nowhere as a whole.
    private static let key = "sk-ant-" + "api03-" + String(repeating: "Zx8Qw3-Rt5_", count: 9)

    /// A filter between two pipes, on a thread of its own: it blocks, as the tests do.
    private func start(
        _ form: RedactionFilter.Output
    ) -> (input: FileHandle, output: FileHandle, results: AsyncStream<RedactionFilter.Failure?>) {
        let input = Pipe()
        let output = Pipe()
        let (results, result) = AsyncStream.makeStream(of: RedactionFilter.Failure?.self)
        let reading = input.fileHandleForReading
        let writing = output.fileHandleForWriting
        Thread.detachNewThread {
            let filter = RedactionFilter(
                input: reading.fileDescriptor, output: writing.fileDescriptor, form: form)
            do throws(RedactionFilter.Failure) {
                try filter.run()
                result.yield(nil)
            } catch {
                result.yield(error)
            }
            result.finish()
            try? writing.close()
            try? reading.close()
        }
        return (input.fileHandleForWriting, output.fileHandleForReading, results)
    }

    private func failure(
        _ results: AsyncStream<RedactionFilter.Failure?>
    ) async -> RedactionFilter.Failure? {
        for await result in results { return result }
        return nil
    }

    @Test func aTextComesOutWithoutItsSecrets() async throws {
        let filter = start(.text)
        try filter.input.write(contentsOf: Data("a line\nkey \(Self.key), and more\n".utf8))
        try filter.input.close()
        let output = try filter.output.readToEnd() ?? Data()
        #expect(
            String(decoding: output, as: UTF8.self)
                == "a line\nkey [REDACTED:anthropic-key], and more\n")
        #expect(await failure(filter.results) == nil)
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
        #expect(await failure(filter.results) == nil)
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
        #expect(await failure(filter.results) == nil)
    }
}
