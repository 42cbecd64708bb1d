import Configuration
import Glibc
import Testing

@Suite("TLS listeners have addresses of their own, a certificate and a reference to its key")
struct ListenerTests {
    private final class Folder {
        let path: String

        init() throws {
            var template = Array("/tmp/dd0c-route-tls-XXXXXX".utf8CString)
            path = String(cString: try #require(mkdtemp(&template)))
            let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
            let fd = open("\(path)/cert.pem", O_WRONLY | O_CREAT, 0o600)
            defer { close(fd) }
            try #require(write(fd, text, text.utf8.count) == text.utf8.count)
        }

        deinit {
            unlink("\(path)/cert.pem")
            rmdir(path)
        }
    }

    private func tls(_ folder: Folder) -> String {
        "tls: { certificate: \(folder.path)/cert.pem, private_key: { credential: web } }"
    }

    @Test func theCertificateIsReadAndTheKeyIsReferredTo() throws {
        let folder = try Folder()
        let report = Sample.parse(
            Sample.text("listen_tls: [\"0.0.0.0:8443\"]\n" + tls(folder)))
        #expect(report.errors == [])
        let configuration = try #require(report.configuration)
        #expect(configuration.listenTLS == [.ipv4("0.0.0.0", port: 8443)])
        // Whoever asks for TLS only gets no plain port beside it.
        #expect(configuration.listen == [])
        let identity = try #require(configuration.worker.tls)
        #expect(identity.certificateChain.contains("AAAA"))
        let key = configuration.secrets[identity.privateKey]
        #expect(key.reference == .credential("web"))
        #expect(key.form == .privateKey)
        #expect(configuration.certificatePlace?.key == "tls.certificate")
        #expect(configuration.certificatePlace?.line == 2)
    }

    @Test func bothKindsOfListeners() throws {
        let folder = try Folder()
        let configuration = try #require(
            Sample.parse(
                Sample.text(
                    "listen: [\"127.0.0.1:1\"]\nlisten_tls: [\"unix:/a\"]\n" + tls(folder))
            ).configuration)
        #expect(configuration.listen.count == 1)
        #expect(configuration.listenTLS == [.unix(path: "/a")])
    }

    @Test func withoutListenersItServesInheritedSockets() throws {
        let folder = try Folder()
        let configuration = try #require(Sample.parse(Sample.text(tls(folder))).configuration)
        #expect(configuration.listen == [.ipv4("127.0.0.1", port: 8080)])
        #expect(configuration.listenTLS == [])
        #expect(configuration.worker.tls != nil)
    }

    @Test func clientsMayChooseHTTP2UnlessItIsOff() throws {
        let folder = try Folder()
        func read(_ member: String) throws -> Bool? {
            let text = tls(folder).replacing(" } }", with: " }\(member) }")
            return try #require(Sample.parse(Sample.text(text)).configuration?.worker.tls).http2
        }
        #expect(try read("") == nil)
        #expect(try read(", http2: true") == true)
        #expect(try read(", http2: false") == false)
        let text = tls(folder).replacing(" } }", with: " }, http2: maybe }")
        let errors = Sample.parse(Sample.text(text)).errors
        #expect(errors.count == 1)
        #expect(
            errors.first?.description.hasSuffix(" tls.http2: must be `true` or `false`") == true)
    }

    @Test func anAddressHasOneListener() throws {
        let folder = try Folder()
        let head = """
            listen: ["127.0.0.1:1"]
            listen_tls: ["127.0.0.1:1", "127.0.0.1:2"]
            admin: "127.0.0.1:2"
            """
        #expect(
            Sample.parse(Sample.text(head + "\n" + tls(folder))).errors.map(\.description) == [
                "c.yaml:1:10: listen[0]: is an address of `listen_tls` too",
                "c.yaml:3:8: admin: is an address of `listen_tls` too",
            ])
    }
}
