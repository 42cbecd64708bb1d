import Configuration
import Testing

@Suite("A valid file gives the configuration that it says")
struct ValidFileTests {
    @Test func theLeastThatWorksGetsTheDefaults() throws {
        let report = Sample.parse(Sample.text())
        #expect(report.errors == [])
        #expect(report.warnings == [])
        let configuration = try #require(report.configuration)
        #expect(configuration.listen == [.ipv4("127.0.0.1", port: 8080)])
        #expect(configuration.admin == .ipv4("127.0.0.1", port: 9090))
        #expect(configuration.workers == 3)
        #expect(configuration.stateDirectory == "/var/lib/sample")
        #expect(configuration.drainTimeout == 600_000)
        #expect(configuration.worker.limits == Limits())
        #expect(configuration.prices == [])
        #expect(configuration.ledger == LedgerSettings())
        #expect(configuration.accountant.signingKey == nil)
        #expect(!configuration.requiresLockedMemory)
        #expect(configuration.worker.halfClosedClients == nil)
        #expect(
            configuration.secrets.map(\.reference) == [.environment("OPENAI_API_KEY")])
        #expect(configuration.worker.environmentSecrets == ["OPENAI_API_KEY": 0])
        #expect(
            configuration.worker.providers == [
                Provider(
                    name: "openai", family: .openai, usesTLS: true, host: "api.openai.com",
                    port: 443, basePath: "/v1", apiKey: 0, passthrough: false,
                    abortStopsBilling: true, certificateAuthority: nil)
            ])
        #expect(
            configuration.worker.models == [
                ModelRoute(match: "gpt-*", provider: "openai", model: nil)
            ])
        #expect(configuration.worker.keys.first?.name == "app1")
        #expect(configuration.worker.keys.first?.sha256.prefix(3) == [0x9f, 0x86, 0xd0])
    }

    @Test func requestsHaveLinesInTheLog() throws {
        for (text, lines) in [("", nil), ("log: { requests: 0 }", 0)] {
            let configuration = try #require(Sample.parse(Sample.text(text)).configuration)
            #expect(configuration.accountant.requestLines == lines)
        }
    }

    @Test func theSigningKeyIsTheAccountantsAlone() throws {
        let text = Sample.text("ledger: { signing_key: { env: LEDGER_KEY }, rotate: 1h }")
        let configuration = try #require(Sample.parse(text).configuration)
        #expect(configuration.ledger.signingKey?.reference == .environment("LEDGER_KEY"))
        #expect(configuration.accountant.signingKey == 0)
        #expect(configuration.accountant.signingKeyVariable == "LEDGER_KEY")
        #expect(configuration.accountant.rotateInterval == 3_600_000)
        #expect(configuration.worker.environmentSecrets == ["OPENAI_API_KEY": 0])
        #expect(configuration.secretVariables == ["LEDGER_KEY", "OPENAI_API_KEY"])
    }

    /// Every key of the file, once at least.
    private static let text = """
        listen: ["127.0.0.1:8080", "[::1]:8081", "unix:/run/dd0c-route/http.sock"]
        admin: "unix:/run/dd0c-route/admin.sock"
        workers: 2
        state_directory: /var/lib/dd0c-route
        drain_timeout: 90s
        require_locked_memory: true
        half_closed_clients: serve
        keys: []
        providers:
          anthropic:
            family: anthropic
            base_url: "http://gateway.internal:8000/a/b/"
            passthrough: true
            allow_plaintext: true
            abort_stops_billing: false
            usage_drain: { timeout: 5m, bytes: 1MiB, concurrent: 7 }
            count_tokens: relay
            connections_max: 40
            idle_connections_max: 4
            waiting_max: 20
            waiting_timeout: 3s
            dns_ttl: 1m
          second:
            family: openai
            base_url: https://[2001:db8::1]:8443
            api_key: { credential: second }
          third:
            family: openai
            base_url: http://127.0.0.1:8000/v1
            api_key: { credential: second }
          fourth:
            family: openai
            base_url: http://localhost/v1
            api_key: { file: /etc/key }
          fifth:
            family: anthropic
            base_url: http://localhost
            count_tokens: local
        models:
          - { match: "claude-*", provider: anthropic, model: claude-sonnet-5 }
          - { match: "*", provider: second }
        limits:
          header_bytes: 64KiB
          body_bytes: 1MiB
          header_timeout: 5s
          body_timeout: 1m
          idle_timeout: 500ms
          connect_timeout: 1s
          response_timeout: 1h
          stream_idle_timeout: 2m
          streams_per_worker: 100
        prices:
          - { match: "a*", input: 1.25, output: "10", cached_input: 0.125, cache_write_5m: 1.562, cache_write_1h: 2 }
        """

    private static var connections: ConnectionSettings {
        var connections = ConnectionSettings()
        connections.most = 40
        connections.idleMost = 4
        connections.waitingMost = 20
        connections.waitingTimeout = 3000
        connections.nameLifetime = 60_000
        return connections
    }

    @Test func everyKeyIsRead() throws {
        let report = Sample.parse(Self.text)
        #expect(report.errors == [])
        let configuration = try #require(report.configuration)
        #expect(
            configuration.listen.map(\.description) == [
                "127.0.0.1:8080", "[::1]:8081", "unix:/run/dd0c-route/http.sock",
            ])
        #expect(configuration.admin == .unix(path: "/run/dd0c-route/admin.sock"))
        #expect(configuration.workers == 2)
        #expect(configuration.drainTimeout == 90_000)
        #expect(configuration.requiresLockedMemory)
        #expect(configuration.worker.halfClosedClients == .serve)
        #expect(configuration.accountant.stateDirectory == "/var/lib/dd0c-route")
        let providers = configuration.worker.providers
        #expect(providers.map(\.name) == ["anthropic", "second", "third", "fourth", "fifth"])
        #expect(providers[0].passthrough)
        #expect(providers[0].apiKey == nil)
        #expect(!providers[0].abortStopsBilling)
        #expect(providers[0].isReadOn)
        #expect(providers[0].usageDrain.timeout == 300_000)
        #expect(providers[0].usageDrain.bytes == 1 << 20)
        #expect(providers[0].usageDrain.concurrent == 7)
        #expect(!providers[1].isReadOn)
        #expect(providers[0].connectionSettings == Self.connections)
        #expect(providers[1].connectionSettings == nil)
        #expect(providers[1].connections == ConnectionSettings())
        #expect(providers.map(\.countTokens) == [.relay, nil, nil, nil, .local])
        #expect(providers[0].basePath == "/a/b")
        #expect(providers[0].port == 8000)
        #expect(providers[1].host == "2001:db8::1")
        #expect(providers[1].port == 8443)
        #expect(providers[1].basePath == "")
        #expect(providers.map(\.apiKey) == [nil, 0, 0, 1, nil])
        #expect(
            configuration.secrets.map(\.reference) == [.credential("second"), .file("/etc/key")])
        #expect(configuration.worker.models[0].model == "claude-sonnet-5")
        var limits = Limits()
        limits.headerBytes = 65_536
        limits.bodyBytes = 1_048_576
        limits.headerTimeout = 5000
        limits.bodyTimeout = 60_000
        limits.idleTimeout = 500
        limits.connectTimeout = 1000
        limits.responseTimeout = 3_600_000
        limits.streamIdleTimeout = 120_000
        limits.streamsPerWorker = 100
        #expect(configuration.worker.limits == limits)
        #expect(
            configuration.accountant.prices == [
                PriceRule(
                    match: "a*", input: 1250, output: 10_000, cachedInput: 125, cacheWrite5m: 1562,
                    cacheWrite1h: 2000)
            ])
        #expect(
            report.warnings.map(\.description) == [
                "c.yaml:12:15: providers.anthropic.base_url: "
                    + "keys travel to this provider in plain text"
            ])
    }

    @Test func doubtfulThingsAreWarnedOf() {
        let report = Sample.parse(
            Sample.text(
                "admin: 0.0.0.0:9090",
                models: """
                    models:
                      - { match: "gpt-*", provider: openai }
                      - { match: "gpt-5*", provider: openai }

                    """))
        #expect(report.errors == [])
        #expect(
            report.warnings.map(\.description) == [
                "c.yaml:1:8: admin: the admin interface has no passwords, "
                    + "and other machines can reach it here",
                "c.yaml:12:5: models[1]: is never used: "
                    + "an earlier route, `gpt-*`, takes its models",
            ])
    }
}
