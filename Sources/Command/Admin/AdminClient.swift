import AsyncHTTPClient
import Configuration
import Foundation

/// Asks the accountant's admin interface.
struct AdminClient {
    private let address: ListenAddress
    private static let timeoutSeconds: Int64 = 60
    /// Where nobody listens, asking again for a minute would only keep the operator waiting.
    private static let client = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(configuration: configuration)
    }()

    init(_ address: ListenAddress) { self.address = address }

    /// The lines of the answer, as they arrive.
    ///
    /// - Throws: `CommandFailure` when there is no gateway, or it refuses.
    func lines(
        _ path: String, query: [(String, String)] = []
    ) async throws -> AsyncThrowingStream<String, any Error> {
        let request = HTTPClientRequest(url: try url(path, query))
        let response: HTTPClientResponse
        do {
            response = try await Self.client.execute(
                request, timeout: .seconds(Self.timeoutSeconds))
        } catch {
            throw CommandFailure(
                .unavailable,
                "no gateway answers on \(address): start it with `dd0c-route serve`, or name its "
                    + "admin address with --admin")
        }
        guard response.status.code == 200 else { throw try await refusal(response) }
        return AsyncThrowingStream { continuation in
            let reading = Task {
                do {
                    var splitter = LineBuffer()
                    for try await buffer in response.body {
                        for line in splitter.add(buffer.readableBytesView) {
                            continuation.yield(line)
                        }
                    }
                    if let rest = splitter.finish() { continuation.yield(rest) }
                    continuation.finish()
                } catch {
                    continuation.finish(
                        throwing: CommandFailure(
                            .unavailable, "the gateway broke off its answer"))
                }
            }
            continuation.onTermination = { _ in reading.cancel() }
        }
    }

    private func refusal(_ response: HTTPClientResponse) async throws -> CommandFailure {
        let code = response.status.code
        var text = ""
        if let body = try? await response.body.collect(upTo: 4096) {
            text = String(decoding: body.readableBytesView, as: UTF8.self)
        }
        if let value = try? JSONValue(parsing: text), value.at(["error", "message"]) != .null {
            text = value.at(["error", "message"]).text
        }
        let printable = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }
        return CommandFailure(
            code == 400 ? .usage : .unavailable,
            "the gateway answered with status \(code): \(String(String.UnicodeScalarView(printable)))"
        )
    }

    private func url(_ path: String, _ query: [(String, String)]) throws(CommandFailure) -> String {
        let items = query.map { "\($0.0)=\(Self.percentEncoded($0.1))" }.joined(separator: "&")
        let uri = items.isEmpty ? path : "\(path)?\(items)"
        switch address {
        case .ipv4, .ipv6: return "http://\(address)\(uri)"
        case .unix(let socket):
            guard let url = URL(httpURLWithSocketPath: socket, uri: uri) else {
                throw CommandFailure(.usage, "unix:\(socket) cannot be written as a URL")
            }
            return url.absoluteString
        }
    }

    static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                || (0x61...0x7a).contains(byte) || "-._~".utf8.contains(byte)
            if isPlain {
                bytes.append(byte)
            } else {
                bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
