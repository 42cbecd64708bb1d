import CLibcrypto
import Foundation
import Glibc

/// The running product: `dd0c-route serve`, its supervisor and its children, with a ledger of its own.
final class Gateway {
    /// What a test wants different from the usual.
    struct Settings {
        var workers = 2
        var drainTimeout = "30s"
        /// Members of the configuration's `limits`.
        var limits: [String: String] = [:]
        /// A ledger to go on with; nil makes a new one.
        var stateFolder: String?
        /// Where the executables lie.
        var executables = Product.folder
        /// Entries of `models` in front of the usual.
        var models = ""
        /// Whether there is a listener for clients that speak TLS, with a certificate of its own.
        var usesTLS = false
        var namesCertificate = true
        /// The configuration's `half_closed_clients`.
        var halfClosedClients = "abort"
        /// More variables of its environment.
        var environment: [String: String] = [:]
        /// More lines of the configuration.
        var more = ""
        /// Whether `init` waits for READY=1.
        var waitsForReady = true
    }

    /// It has no shape by which it could be told for a key.
    static let clientKey = "synthetic.V7q2Jx9mWc4Lr8Tn3Zb6Kd1Hf5Gp0Ys"
    /// What the gateway holds for its provider; it must never be seen anywhere.
    static let providerKey = "sk-proj-Rk3Wd8Mq1Zt6Vb9Xn4Lc7Jf2Hg5Ps0Ty-synthetic"

    let folder: String
    let stateFolder: String
    let httpPort: Int
    let adminPort: Int
    /// 0 without `usesTLS`.
    let httpsPort: Int
    /// Kept alive as long as the gateway that relays to it.
    let mock: Mock
    let process: ChildProcess
    let notify: NotifySocket
    private let settings: Settings
    private let providers: String
    private var sockets: [Int32]

    /// Starts it, and waits until it says that it is ready.
    ///
    /// - Parameter moreProviders: entries of `providers` beside the mock's two, as YAML indented by 2;
    ///   the folder holds the file `key`.
    /// - Throws: `SystemFailure`, and `HangGuard.Expired`.
    init(
        mock: Mock, _ settings: Settings = Settings(),
        moreProviders: (_ folder: String) -> String = { _ in "" }
    ) throws {
        self.settings = settings
        self.mock = mock
        folder = try Product.temporaryFolder()
        stateFolder = settings.stateFolder ?? folder + "/state"
        providers = """
              openai:
                family: openai
                base_url: http://127.0.0.1:\(mock.port)/v1
                api_key: { file: \(folder)/key }
              anthropic:
                family: anthropic
                base_url: http://127.0.0.1:\(mock.port)
                api_key: { file: \(folder)/key }
            \(moreProviders(folder))
            """
        try FileManager.default.createDirectory(
            atPath: stateFolder, withIntermediateDirectories: true)
        let http = try Loopback.listen()
        let admin = try Loopback.listen()
        httpPort = http.port
        adminPort = admin.port
        sockets = [http.descriptor, admin.descriptor]
        var names = ["http", "admin"]
        if settings.usesTLS {
            let https = try Loopback.listen()
            sockets.append(https.descriptor)
            names.append("https")
            httpsPort = https.port
            _ = try Certificate(folder: folder)
        } else {
            httpsPort = 0
        }
        notify = try NotifySocket(folder: folder)
        try Self.providerKey.write(toFile: folder + "/key", atomically: false, encoding: .utf8)
        chmod(folder + "/key", 0o600)
        let text = Self.text(settings, folder, stateFolder, providers)
        try text.write(toFile: folder + "/config.yaml", atomically: false, encoding: .utf8)
        let log = open(folder + "/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else { throw SystemFailure.call("open the log") }
        defer { close(log) }
        process = try ChildProcess(
            settings.executables + "/dd0c-route", ["serve", "--config", folder + "/config.yaml"],
            environment: [
                "HOME": folder, "NOTIFY_SOCKET": notify.path, "LISTEN_FDS": "\(names.count)",
                "LISTEN_FDNAMES": names.joined(separator: ":"),
            ].merging(settings.environment) { $1 }, descriptors: sockets, output: log)
        guard settings.waitsForReady else { return }
        let process = process
        guard try notify.wait(for: "READY=1", unless: { process.pollExit() != nil }) != nil else {
            throw SystemFailure("the gateway ended before it was ready:\n\(self.log)")
        }
    }

    deinit {
        stop()
        if ProcessInfo.processInfo.environment["ROUTE_KEEP_TEST_FOLDERS"] == nil {
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    // MARK: Configuration

    /// Writes the configuration anew, with these settings changed.
    ///
    /// - Throws: what writing the file throws.
    func rewriteConfiguration(_ change: (inout Settings) -> Void) throws {
        var changed = settings
        change(&changed)
        let text = Self.text(changed, folder, stateFolder, providers)
        try text.write(toFile: folder + "/config.yaml", atomically: true, encoding: .utf8)
    }

    private static func text(
        _ settings: Settings, _ folder: String, _ stateFolder: String, _ providers: String
    ) -> String {
        let key = "{ file: \(folder)/key.pem }"
        let tls = "tls: { certificate: \(folder)/cert.pem, private_key: \(key) }"
        let limits = settings.limits.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)\n" }
        return """
            listen: ["127.0.0.1:0"]
            admin: "127.0.0.1:0"
            workers: \(settings.workers)
            state_directory: \(stateFolder)
            drain_timeout: \(settings.drainTimeout)
            \(settings.usesTLS && settings.namesCertificate ? tls : "")
            half_closed_clients: \(settings.halfClosedClients)
            \(settings.more)
            keys:
              - name: app1
                sha256: \(sha256(clientKey))
            providers:
            \(providers)
            models:
            \(settings.models)
              - { match: "claude-*", provider: anthropic }
              - { match: "mock*", provider: openai }
            \(limits.isEmpty ? "" : "limits:\n" + limits.joined())
            """
    }

    /// Lower-case hex.
    static func sha256(_ text: String) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        let bytes = Array(text.utf8)
        _ = SHA256(bytes, bytes.count, &digest)
        return digest.map { String(format: "%02x", $0) }.joined()
    }

    // MARK: Processes

    /// What the gateway wrote to its standard error so far.
    var log: String { (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? "" }

    var children: [ProcessList.Entry] { ProcessList.children(of: process.pid) }
    var workers: [pid_t] { children.filter { $0.name == "dd0c-route-worker" }.map(\.pid) }
    var accountant: pid_t? { children.first { $0.name == "dd0c-route-accountant" }?.pid }

    /// Waits until there are so many workers, none of them among the given ones.
    ///
    /// - Throws: `HangGuard.Expired`.
    @discardableResult
    func waitForWorkers(
        _ count: Int, without old: Set<pid_t> = [], seconds: Double = HangGuard.seconds
    ) throws -> [pid_t] {
        try HangGuard.poll(for: "\(count) workers", seconds: seconds) {
            let now = workers
            return now.count == count && old.isDisjoint(with: now) ? now : nil
        }
    }

    /// Ends it, softly when it can.
    func stop() {
        let tree = children
        if process.pollExit() == nil {
            process.signal(SIGTERM)
            if (try? process.waitForExit(seconds: 10)) == nil {
                process.signal(SIGKILL)
                _ = try? process.waitForExit(seconds: 10)
                // They belong to this gateway: it was their parent until a moment ago.
                for child in tree { kill(child.pid, SIGKILL) }
            }
        }
        for socket in sockets { close(socket) }
        sockets = []
    }

    // MARK: State and records

    /// What `GET /status` says.
    ///
    /// - Throws: what the connection or the decoder throws.
    func status() throws -> GatewayStatus {
        let answer = try Connection.ask(Request.get("/status"), port: adminPort)
        return try JSONDecoder().decode(GatewayStatus.self, from: Data(answer.body))
    }

    /// Every record.
    ///
    /// - Throws: what the connection or the decoder throws.
    func usage() throws -> [UsageRow] {
        let answer = try Connection.ask(Request.get("/usage"), port: adminPort)
        guard answer.status == 200 else {
            throw SystemFailure("GET /usage: \(answer.status ?? 0) \(answer.text)")
        }
        return try answer.body.split(separator: 10).map {
            try JSONDecoder().decode(UsageRow.self, from: Data($0))
        }
    }

    /// Every record that is wanted, once there are so many and all are settled.
    ///
    /// - Throws: `HangGuard.Expired`.
    func settledUsage(
        _ count: Int, seconds: Double = 30, where isWanted: (UsageRow) -> Bool = { _ in true }
    ) throws -> [UsageRow] {
        var last: [UsageRow] = []
        do {
            return try HangGuard.poll(for: "\(count) settled records", seconds: seconds) {
                // While the accountant is being replaced there may be nobody to ask.
                guard let rows = try? usage().filter(isWanted) else { return nil }
                last = rows
                return rows.count >= count && rows.allSatisfy(\.isSettled) ? rows : nil
            }
        } catch let expired as HangGuard.Expired {
            let outcomes = Dictionary(grouping: last) { $0.outcome ?? "open" }.mapValues(\.count)
            throw HangGuard.Expired(what: expired.what, state: "\(last.count) records: \(outcomes)")
        }
    }
}
