import ArgumentParser
import Foundation
import NIOCore
import NIOPosix

@main
struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dd0c-route-mock-provider",
        abstract: "A provider that answers as OpenAI or Anthropic would, and fails on request.",
        discussion: """
            What an answer looks like is asked for by the request's header `x-mock: key=value&…`:
            seed, n (chunks), us (microseconds between events), size (bytes of a chunk), unit (one
            token a chunk), delay_us, first_us, tools, choices, reasoning, thinking, obfuscation,
            prompt, cached, completion, and fault=NAME[,NAME] with at, status, retry_after.
            GET /_mock/stats and /_mock/log tell what happened; with wait_until_idle=1,
            wait_in_flight=N, wait_requests=N, wait_ended=N, wait_events=N or wait_lines=N they
            answer once that holds.
            """)

    @Option(help: "Address to listen on; port 0 takes a free one.")
    var listen = "127.0.0.1:0"

    @Option(help: "File to which a JSON line is appended for each event of a connection.")
    var log: String?

    @Option(help: "Descriptor whose end of file ends the mock.")
    var exitOnEof: Int32?

    @Option(help: "PEM file of the certificate chain; the mock then speaks TLS.")
    var tlsCert: String?

    @Option(help: "PEM file of the certificate's key.")
    var tlsKey: String?

    func run() throws {
        let address = try Self.address(listen)
        let server = try Server(
            logFile: log.map { try Self.open($0) },
            tls: tlsCert.map { try Server.tls(certificate: $0, key: tlsKey ?? $0) })
        if let exitOnEof { Self.exit(onEndOf: exitOnEof) }
        let channel = try server.bind(address)
        guard let port = channel.localAddress?.port else { throw ExitCode.failure }
        let host = channel.localAddress?.ipAddress ?? "127.0.0.1"
        let line = "listening \(host.contains(":") ? "[\(host)]" : host):\(port)\n"
        FileHandle.standardOutput.write(Data(line.utf8))
        try channel.closeFuture.wait()
    }

    private static func address(_ text: String) throws -> SocketAddress {
        guard let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw ValidationError("--listen takes ADDRESS:PORT, not \"\(text)\".") }
        let host = text[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
        return try SocketAddress.makeAddressResolvingHost(String(host), port: port)
    }

    private static func open(_ path: String) throws -> Int32 {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw ValidationError("\(path): \(String(cString: strerror(errno)))")
        }
        return file
    }

    private static func exit(onEndOf descriptor: Int32) {
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(descriptor, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { Glibc.exit(0) }
            }
        }
    }
}
