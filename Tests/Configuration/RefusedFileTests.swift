import Configuration
import Testing

@Suite("What is wrong in a file is refused with line, key and suggestion")
struct RefusedFileTests {
    private func errors(_ text: String) -> [String] {
        let report = Sample.parse(text)
        #expect(report.configuration == nil)
        return report.errors.map { String($0.description.dropFirst("c.yaml:".count)) }
    }

    /// Lines before the least that works, and the only error that they give.
    static let heads: [(String, String)] = [
        (
            "listn: [\"127.0.0.1:1\"]",
            "1:1: listn: unknown key; did you mean `listen`?"
        ),
        (
            "drain-timeout: 1s",
            "1:1: drain-timeout: unknown key; did you mean `drain_timeout`?"
        ),
        (
            "zzz: 1",
            "1:1: zzz: unknown key; known are `listen`, `listen_tls`, `tls`, `admin`, `workers`, "
                + "`state_directory`, `drain_timeout`, `keys`, `providers`, `models`, `limits`, "
                + "`prices`, `ledger`, `require_locked_memory`, `half_closed_clients`, `log`"
        ),
        (
            "listen: 127.0.0.1:8080",
            "1:9: listen: must be a list, not a text; write `listen: [\"127.0.0.1:8080\"]`"
        ),
        ("listen: []", "1:9: listen: must have 1 to 16 addresses"),
        (
            "listen: [\"localhost:80\"]",
            "1:10: listen[0]: `localhost:80` has no IP address before the port; "
                + "write `127.0.0.1:80`"
        ),
        (
            "listen: [\"127.0.0.1:65536\"]",
            "1:10: listen[0]: `127.0.0.1:65536` has no port from 0 to 65535"
        ),
        (
            "listen: [\"127.0.0.1:1\", \"127.0.0.1:1\"]",
            "1:25: listen[1]: is given twice"
        ),
        (
            "listen: [\"127.0.0.1:1\"]\nadmin: \"127.0.0.1:1\"",
            "2:8: admin: is an address of `listen` too"
        ),
        (
            "listen_tls: [\"127.0.0.1:1\"]",
            "1:13: listen_tls: needs a certificate; "
                + "write `tls: { certificate: PATH, private_key: { credential: NAME } }`"
        ),
        (
            "listen_tls: 1",
            "1:13: listen_tls: must be a list, not a text; "
                + "write `listen_tls: [\"0.0.0.0:8443\"]`"
        ),
        (
            "tls: { certificate: /none, private_key: { env: A } }",
            "1:21: tls.certificate: cannot be opened (No such file or directory)"
        ),
        (
            "tls: { certificat: /none, private_key: { env: A } }",
            "1:8: tls.certificat: unknown key; did you mean `certificate`?"
        ),
        (
            "require_locked_memory: yes",
            "1:24: require_locked_memory: must be `true` or `false`"
        ),
        (
            "half_closed_clients: abrt",
            "1:22: half_closed_clients: must be `abort` or `serve`; did you mean `abort`?"
        ),
        ("log: { requests: 251 }", "1:18: log.requests: must be a whole number from 0 to 250"),
        ("log: { request: 1 }", "1:8: log.request: unknown key; did you mean `requests`?"),
        ("half_closed_clients:", "1:21: half_closed_clients: has no value"),
        (
            "ledger: { signing_kee: { env: A } }",
            "1:11: ledger.signing_kee: unknown key; did you mean `signing_key`?"
        ),
        (
            "ledger: { signing_key: { env: A, file: /b } }",
            "1:24: ledger.signing_key: must have exactly one of `credential`, `env` and `file`"
        ),
        (
            "ledger: { signing_key: /etc/key.pem }",
            "1:24: ledger.signing_key: must be a reference, never the secret itself; "
                + "write `{ credential: NAME }`, `{ env: NAME }` or `{ file: PATH }`"
        ),
        (
            "ledger: { signing_key: { env: A }, rotate: 5s }",
            "1:44: ledger.rotate: must be a time from 1m to 744h; "
                + "write a whole number and ms, s, m or h, such as `20s`"
        ),
        ("ledger: { rotate: 1h }", "1:19: ledger.rotate: has no use without `signing_key`"),
        ("workers: 0", "1:10: workers: must be a whole number from 1 to 1024"),
        ("workers: \"2\"", "1:10: workers: must be a whole number from 1 to 1024"),
        ("workers: 1.5", "1:10: workers: must be a whole number from 1 to 1024"),
        ("state_directory: state", "1:18: state_directory: must be an absolute path"),
        ("state_directory:", "1:17: state_directory: has no value"),
        (
            "drain_timeout: 10",
            "1:16: drain_timeout: must be a time from 0ms to 24h; "
                + "write a whole number and ms, s, m or h, such as `20s`"
        ),
        (
            "limits: { body_bytes: 1MB }",
            "1:23: limits.body_bytes: must be a size from 1KiB to 1GiB; "
                + "write a whole number and B, KiB, MiB or GiB, such as `32KiB`"
        ),
        (
            "limits: { header_timeouts: 1s }",
            "1:11: limits.header_timeouts: unknown key; did you mean `header_timeout`?"
        ),
        ("limits: 3", "1:9: limits: must be a mapping, not a text"),
        (
            "prices: [{ match: a, input: 0.0005, output: 1 }]",
            "1:29: prices[0].input: is not a whole number of nano-dollars a token; "
                + "a price per million tokens has at most 3 decimals"
        ),
        (
            "prices: [{ match: a, input: 1e3, output: 1 }]",
            "1:29: prices[0].input: must be US dollars per million tokens in decimal digits; "
                + "such as `1.25`"
        ),
        ("prices: [{ match: a, input: 1 }]", "1:10: prices[0].output: is missing"),
        ("? [a]\n: 1", "1:3: has a key that is no text"),
        ("workers: 1\nworkers: 2", "2:1: workers: is given twice, first on line 1"),
        ("workers: 1\n\"workers\": 2", "2:1: workers: is given twice, first on line 1"),
        (
            "prices: []\nlimits:\n  body_bytes: 1MiB\n  idle_timeout: 1s\n  body_bytes: 2MiB",
            "5:3: limits.body_bytes: is given twice, first on line 3"
        ),
    ]

    @Test(arguments: heads)
    func anErrorInTheHead(head: String, error: String) {
        #expect(errors(Sample.text(head)) == [error])
    }

    /// Providers in place of the sample's (on line 4 and below), and the only error that they give.
    static let providers: [(String, String)] = [
        (
            "family: openia",
            "6:13: providers.openai.family: must be `openai` or `anthropic`; did you mean `openai`?"
        ),
        ("famly: openai", "6:5: providers.openai.famly: unknown key; did you mean `family`?"),
        (
            "family: openai\n    passthrough: yes",
            "7:18: providers.openai.passthrough: must be `true` or `false`"
        ),
        (
            "family: openai\n    api_key: { env: A }\n    passthrough: true",
            "7:14: providers.openai.api_key: cannot be given together with `passthrough: true`"
        ),
        (
            "family: openai\n    api_key: { env: A, file: /b }",
            "7:14: providers.openai.api_key: must have exactly one of `credential`, `env` and `file`"
        ),
        (
            "family: openai\n    api_key: { envv: A }",
            "7:16: providers.openai.api_key.envv: unknown key; did you mean `env`?"
        ),
        (
            "family: openai\n    api_key: { env: A-B }",
            "7:21: providers.openai.api_key.env: must be the name of an environment variable"
        ),
        (
            "family: openai\n    api_key: { file: b }",
            "7:22: providers.openai.api_key.file: must be an absolute path"
        ),
        (
            "family: anthropic\n    count_tokens: locale",
            "7:19: providers.openai.count_tokens: must be `local` or `relay`; "
                + "did you mean `local`?"
        ),
        (
            "family: anthropic\n    passthrough: true\n    count_tokens: local",
            "8:19: providers.openai.count_tokens: cannot be `local` with `passthrough: true`: "
                + "nobody would check the keys"
        ),
        (
            "family: openai\n    count_tokens: local",
            "7:19: providers.openai.count_tokens: has no use with `family: openai`, "
                + "which has no such endpoint"
        ),
        (
            "family: openai\n    abort_stops_billing: true\n    usage_drain: { timeout: 1m }",
            "8:18: providers.openai.usage_drain: has a use only with `abort_stops_billing: false`"
        ),
        (
            "family: openai\n    abort_stops_billing: false\n    usage_drain: { timeot: 1m }",
            "8:20: providers.openai.usage_drain.timeot: unknown key; did you mean `timeout`?"
        ),
        (
            "family: openai\n    abort_stops_billing: false\n    usage_drain: { concurrent: -1 }",
            "8:32: providers.openai.usage_drain.concurrent: must be a whole number from 0 to 65536"
        ),
        (
            "family: openai\n    ca_file: /nonexistent/ca.pem",
            "7:14: providers.openai.ca_file: cannot be opened (No such file or directory)"
        ),
        (
            "family: openai\n    connections_max: 0",
            "7:22: providers.openai.connections_max: must be a whole number from 1 to 1048576"
        ),
        (
            "family: openai\n    connection_max: 1",
            "7:5: providers.openai.connection_max: unknown key; did you mean `connections_max`?"
        ),
        (
            "family: openai\n    idle_connections_max: 5\n    connections_max: 4",
            "7:27: providers.openai.idle_connections_max: must not be more than `connections_max`"
        ),
        (
            "family: openai\n    waiting_max: -1",
            "7:18: providers.openai.waiting_max: must be a whole number from 0 to 1048576"
        ),
        (
            "family: openai\n    waiting_timeout: 10ms",
            "7:22: providers.openai.waiting_timeout: must be a time from 100ms to 1h; "
                + "write a whole number and ms, s, m or h, such as `20s`"
        ),
        (
            "family: openai\n    waiting_max: 0\n    waiting_timeout: 1s",
            "8:22: providers.openai.waiting_timeout: has no use with `waiting_max: 0`"
        ),
        (
            "family: openai\n    dns_ttl: 25h",
            "7:14: providers.openai.dns_ttl: must be a time from 0ms to 24h; "
                + "write a whole number and ms, s, m or h, such as `20s`"
        ),
    ]

    @Test(arguments: providers)
    func anErrorOfAProvider(lines: String, error: String) {
        let text = Sample.text(
            providers: """
                providers:
                  openai:
                    \(lines)
                    base_url: https://api.openai.com/v1

                """.replacing("\n\n", with: "\n"))
        #expect(errors(text) == [error])
    }

    static let urls: [(String, String)] = [
        ("api.openai.com", "is no http or https URL; write `https://HOST/v1`"),
        ("ftp://a/", "is no http or https URL; write `https://HOST/v1`"),
        ("https://", "has no host name"),
        ("https://a b/", "has a character that no URL has"),
        ("https://a/v1?key=b", "must have no query"),
        ("https://a/v1#b", "must have no fragment"),
        (
            "https://user:secret@a/",
            "must have no user name or password; give the key with `api_key:`"
        ),
        ("https://a:0/", "has no port from 1 to 65535 after the colon"),
        ("https://a:99999/", "has no port from 1 to 65535 after the colon"),
        ("https://[::g]/", "has no IPv6 address between the brackets"),
        (
            "http://10.0.0.1/v1",
            "would send keys in plain text to another machine; "
                + "use https, or allow it with `allow_plaintext: true`"
        ),
        (
            "http://127.evil.example/v1",
            "would send keys in plain text to another machine; "
                + "use https, or allow it with `allow_plaintext: true`"
        ),
    ]

    @Test(arguments: urls)
    func aWrongURL(url: String, message: String) {
        let text = Sample.text(
            providers: """
                providers:
                  openai:
                    family: openai
                    base_url: "\(url)"
                    api_key: { env: A }

                """)
        #expect(errors(text) == ["7:15: providers.openai.base_url: \(message)"])
    }

    @Test func whoCouldCallIsAsked() {
        #expect(
            errors(Sample.text(keys: ""))
                == [
                    " keys: is missing, and no provider has `passthrough: true`: nobody could call; "
                        + "make a key with `dd0c-route keys new NAME`"
                ])
    }

    @Test func wrongKeysAreRefusedWithoutTheirText() {
        let hash = String(repeating: "ab", count: 32)
        let text = Sample.text(
            keys: """
                keys:
                  - { name: a, sha256: \(hash) }
                  - { name: a, sha256: \(hash) }
                  - { name: "a b", sha256: topsecretkey }
                  - { name: c, sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 }

                """)
        #expect(
            errors(text) == [
                "3:13: keys[1].name: is the name of another key too",
                "3:24: keys[1].sha256: is the hash of another key too",
                "4:13: keys[2].name: must be 1 to 64 letters, digits, `.`, `_` and `-`, "
                    + "beginning with one of the first two",
                "4:28: keys[2].sha256: must be 64 hexadecimal digits; "
                    + "`dd0c-route keys hash` makes them from a key",
                "5:24: keys[3].sha256: is the hash of an empty key",
            ])
    }

    @Test func routesNameProvidersOfTheFile() {
        let text = Sample.text(
            models: """
                models:
                  - { match: "gpt-*", provider: opnai }
                  - { match: "", provider: openai }
                  - { match: a, provider: openai, model: "b*" }

                """)
        #expect(
            errors(text) == [
                "10:33: models[0].provider: `opnai` is no provider of this file; "
                    + "did you mean `openai`?",
                "11:14: models[1].match: must be 1 to 256 printable characters without spaces",
                "12:42: models[2].model: is the provider's name for the model and can have no `*`",
            ])
    }

    @Test func allErrorsAreReportedInTheOrderOfTheFile() {
        let text = """
            workers: none
            listen: 3
            workers: 2
            keys: 1
            providers: {}
            models: []
            """
        #expect(
            errors(text) == [
                "1:10: workers: must be a whole number from 1 to 1024",
                "2:9: listen: must be a list, not a text; write `listen: [\"127.0.0.1:8080\"]`",
                "3:1: workers: is given twice, first on line 1",
                "4:7: keys: must be a list, not a text; write `keys: [{ name: …, sha256: … }]`",
                "5:12: providers: must name at least one provider",
                "6:9: models: must have at least one route",
            ])
    }

    @Test func threeTimesTheSameKeyGivesTwoErrors() {
        #expect(
            errors(Sample.text("workers: 1\nworkers: 2\nworkers: 3")) == [
                "2:1: workers: is given twice, first on line 1",
                "3:1: workers: is given twice, first on line 1",
            ])
    }

    @Test(arguments: [
        ("", "is empty or repeats too many keys"),
        ("listen: [", "2:1: is no YAML here: did not find expected node content"),
        ("a: 1\n---\nb: 2", "is no YAML here"),
        ("\u{1}", "is no YAML: control characters are not allowed"),
        ("- 1", "1:1: must be a mapping, not a list"),
        ("a: \u{E000}", "has a character of Unicode's private use area"),
    ])
    func whatIsNoConfigurationAtAll(text: String, error: String) {
        let found = Sample.parse(text).errors.map(\.description)
        #expect(found.count == 1)
        #expect(found.first?.contains(error) == true, "\(found)")
    }
}
