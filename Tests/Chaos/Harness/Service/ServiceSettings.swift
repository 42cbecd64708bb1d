import CLibcrypto

/// What the gateway under test is started with.
struct ServiceSettings: Sendable {
    static let workers = 3
    /// They have no shape by which they could be told for keys.
    static let clientKey = "synthetic.Qm4Vt8Zc1Lx6Rj9Wb3Kn7Hd2Fg5Ps0Ty"
    static let providerKey = "synthetic.Nd7Wq2Xk5Mv9Bt4Rc8Jf1Lz6Hs3Gp0Ye"

    /// Where the executables lie.
    var executables: String
    /// For the configuration, the ledger, the sockets and the logs.
    var folder: String

    var configuration: String { folder + "/config.yaml" }
    var stateFolder: String { folder + "/state" }
    var keyFile: String { folder + "/key" }
    var log: String { folder + "/gateway.log" }
    var mockLog: String { folder + "/mock.log" }
    var clientSocket: String { folder + "/http" }
    var notifySocket: String { folder + "/notify" }

    /// The models' names stand for ones whose vocabulary is public: counts are exact, and nothing is
    /// corrected by a ratio.
    func text(mockPort: Int) -> String {
        """
        listen: ["127.0.0.1:0"]
        admin: "127.0.0.1:0"
        workers: \(Self.workers)
        state_directory: \(stateFolder)
        drain_timeout: 60s
        keys:
          - name: chaos
            sha256: \(Self.sha256(Self.clientKey))
        providers:
          openai:
            family: openai
            base_url: http://127.0.0.1:\(mockPort)/v1
            api_key: { file: \(keyFile) }
          costly:
            family: openai
            base_url: http://127.0.0.1:\(mockPort)/v1
            api_key: { file: \(keyFile) }
            abort_stops_billing: false
          anthropic:
            family: anthropic
            base_url: http://127.0.0.1:\(mockPort)
            api_key: { file: \(keyFile) }
        models:
          - { match: "chaos-a-*", provider: anthropic, model: claude-2.1 }
          - { match: "chaos-o-*", provider: openai, model: gpt-4o }
          - { match: "chaos-c-*", provider: costly, model: gpt-4o }

        """
    }

    /// Lower-case hexadecimal digits.
    static func sha256(_ text: String) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        let bytes = Array(text.utf8)
        _ = SHA256(bytes, bytes.count, &digest)
        return digest.map {
            let digits = String($0, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
