import Foundation
import Testing

extension SystemTests {
    @Suite("Clients connect over TLS, to the certificate that is in force")
    struct ClientTLSTests {
        private func gateway(_ mock: Mock) throws -> Gateway {
            var settings = Gateway.Settings()
            settings.usesTLS = true
            return try Gateway(mock: mock, settings)
        }

        private func ask(_ gateway: Gateway, _ certificate: String) throws -> AnswerReader {
            let connection = try Connection(port: gateway.httpsPort, trusting: certificate)
            try connection.send(Request(mock: "n=50").bytes)
            return try connection.answer()
        }

        @Test("A stream over TLS is complete, its bill exact, and no key is seen")
        func stream() throws {
            let mock = try Mock()
            let gateway = try gateway(mock)
            let certificate = try String(
                contentsOfFile: gateway.folder + "/cert.pem", encoding: .utf8)
            let connection = try Connection(port: gateway.httpsPort, trusting: certificate)
            for _ in 0..<3 {
                try connection.send(Request(mock: "n=50").bytes)
                let answer = try connection.answer()
                #expect(answer.status == 200)
                #expect(answer.isComplete)
                #expect(answer.events.count == 53)
            }
            // Beside it, plain text goes on on its own port.
            #expect(try Connection.ask(Request().bytes, port: gateway.httpPort).isComplete)
            let rows = try gateway.settledUsage(4)
            #expect(rows.allSatisfy { $0.outcome == "completed" })
            #expect(rows.filter { $0.completion_tokens?.billed == 50 }.count == 3)
            Secrets.expectNone(in: gateway)
            let key = try String(contentsOfFile: gateway.folder + "/key.pem", encoding: .utf8)
            let lines = key.split(separator: "\n").map { String($0) }.filter { $0.count > 40 }
            #expect(lines.count > 10)
            #expect(!Secrets(lines).isIn(Data(gateway.log.utf8)))
        }

        @Test(
            "Another TLS library agrees, on TLS 1.2 and 1.3, and on HTTP/1.1",
            arguments: ["1.2", "1.3"])
        func anotherLibrary(version: String) throws {
            let mock = try Mock()
            let gateway = try gateway(mock)
            let output = try Python.run(
                "https_request.py",
                [
                    gateway.folder + "/cert.pem", "\(gateway.httpsPort)", version,
                    Gateway.clientKey,
                ])
            #expect(output == "TLSv\(version) http/1.1 200 18 [DONE]\n")
        }

        @Test("SIGHUP takes a new certificate, and refuses one that is not the key's")
        func reload() throws {
            let mock = try Mock()
            let gateway = try gateway(mock)
            let path = gateway.folder + "/cert.pem"
            let old = try String(contentsOfFile: path, encoding: .utf8)
            #expect(try ask(gateway, old).isComplete)
            let workers = gateway.workers
            let key = try String(contentsOfFile: gateway.folder + "/key.pem", encoding: .utf8)

            let new = try Certificate(folder: gateway.folder).text
            try key.write(toFile: gateway.folder + "/key.pem", atomically: true, encoding: .utf8)
            gateway.process.signal(SIGHUP)
            try HangGuard.poll(for: "the refusal") {
                gateway.log.contains("tls.private_key: is not the key of") ? () : nil
            }
            #expect(gateway.log.contains("config.yaml:"))
            #expect(Set(gateway.workers) == Set(workers))
            #expect(try ask(gateway, old).isComplete)

            let newer = try Certificate(folder: gateway.folder).text
            #expect(newer != new)
            gateway.process.signal(SIGHUP)
            try gateway.waitForWorkers(2, without: Set(workers))
            #expect(try ask(gateway, newer).isComplete)
            #expect(throws: (any Error).self) { try ask(gateway, old) }
        }

        @Test("A TLS socket without a certificate is a reason not to start")
        func missing() throws {
            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.usesTLS = true
            settings.namesCertificate = false
            settings.waitsForReady = false
            let gateway = try Gateway(mock: mock, settings)
            #expect(try gateway.process.waitForExit() == .exited(78))
            #expect(gateway.log.contains("`tls` is missing in the configuration"))
        }
    }
}
