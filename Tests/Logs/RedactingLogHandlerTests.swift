import CLinux
import Glibc
import Logging
import Logs
import Redaction
import Testing

@Suite("What is logged through swift-log")
struct RedactingLogHandlerTests {
    /// A socket pair; the second end is read.
    private final class Ends {
        let written: Int32
        let read: Int32

        init() throws {
            var pair: [Int32] = [-1, -1]
            try #require(route_socketpair(0, &pair) == 0)
            written = pair[0]
            read = pair[1]
        }

        deinit {
            close(written)
            close(read)
        }

        func text() -> String {
            var bytes = [UInt8](repeating: 0, count: 64 * 1024)
            let count = route_consume(read, &bytes, bytes.count)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }

    private struct ProviderFailure: Error { let detail = "Bearer sk-ant-api03-synthetic0123456789" }

    private func logger(_ output: LogOutput) -> Logger {
        Logger(label: "test") { _ in RedactingLogHandler(output: output) }
    }

    @Test("is redacted in message, metadata and error, by shape")
    func shapes() throws {
        let ends = try Ends()
        let logger = logger(LogOutput(descriptor: ends.written, patience: 0))
        let key = "sk-proj-" + String(repeating: "a1B2c3D4", count: 8)
        logger.error(
            "sent Authorization: Bearer \(key)", error: ProviderFailure(),
            metadata: ["header": "x-api-key: \(key)", "model": "gpt-4o"])
        let text = ends.text()
        #expect(text.hasPrefix("<3>sent Authorization: "))
        #expect(text.contains("model=gpt-4o"))
        #expect(text.contains("error=ProviderFailure"))
        #expect(!text.contains("a1B2c3D4"))
        #expect(!text.contains("synthetic"))
    }

    @Test("is redacted by value, where the value has no shape")
    func values() throws {
        let ends = try Ends()
        let known = KnownSecrets()
        let secret = "plainwords4ndnumb3rs-without-shape"
        Array(secret.utf8).withUnsafeBytes { _ = known.add($0) }
        let logger = logger(LogOutput(descriptor: ends.written, patience: 0, known: known))
        logger.info("took \(secret) from a file")
        let text = ends.text()
        #expect(text.hasPrefix("<6>took [REDACTED:"))
        #expect(text.hasSuffix("] from a file\n"))
    }

    @Test("is dropped and counted where nobody reads, and never blocks")
    func full() throws {
        let ends = try Ends()
        let output = LogOutput(descriptor: ends.written, patience: 0)
        let logger = logger(output)
        for _ in 0..<20_000 where output.linesDropped == 0 {
            logger.info("\(String(repeating: "word ", count: 200))")
        }
        #expect(output.linesDropped == 1)
    }
}
