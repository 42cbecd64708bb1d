import Foundation
import Glibc

/// The product as a service of a machine's systemd, with the units that are installed with it.
/// Everything here is called with the thread in the machine's network.
final class InstalledGateway {
    static let unit = "dd0c-route.service"
    /// The ports of the socket units.
    static let httpPort = 8080
    static let adminPort = 9090
    static let workers = 2

    /// What is killed.
    enum Victim: String, CaseIterable {
        /// Every process of the service in the same instant.
        case everything
        case supervisor
        case accountant
    }

    let machine: Machine
    let mock: Mock

    /// Installs a Debian package as an operator does, with a configuration for the mock, and starts it.
    ///
    /// - Parameter prepare: run when everything is in place, before the service is started.
    /// - Throws: `SystemFailure`, and what writing files throws.
    init(
        on machine: Machine, package: String, prepare: (Machine) throws -> Void = { _ in }
    ) throws {
        self.machine = machine
        mock = try Mock()
        try machine.install(package)
        try writeConfiguration()
        if package.contains("+testing") { try machine.allowToolchain() }
        try prepare(machine)
        try machine.run([
            "systemctl", "enable", "--quiet", "--now", "dd0c-route.socket",
            "dd0c-route-admin.socket",
        ])
        try machine.run(["systemctl", "start", Self.unit])
    }

    /// Installs and starts it.
    ///
    /// - Throws: `SystemFailure`, and what writing files throws.
    init(on machine: Machine) throws {
        self.machine = machine
        mock = try Mock()
        let units = "\(Product.repository)/packaging/systemd"
        for name in try FileManager.default.contentsOfDirectory(atPath: units)
        where name.hasSuffix(".service") || name.hasSuffix(".socket") {
            let text = try String(contentsOfFile: "\(units)/\(name)", encoding: .utf8)
            try machine.write(text, to: "/etc/systemd/system/\(name)")
        }
        try writeConfiguration()
        try machine.allowToolchain()
        try machine.run(["systemctl", "enable", "--quiet", "--now", Self.unit])
    }

    /// - Parameter more: lines of the configuration.
    /// - Throws: what writing files throws.
    func writeConfiguration(_ more: String = "") throws {
        try machine.write(
            """
            \(more)
            workers: \(Self.workers)
            keys:
              - name: app1
                sha256: \(Gateway.sha256(Gateway.clientKey))
            providers:
              openai:
                family: openai
                base_url: http://127.0.0.1:\(mock.port)/v1
                api_key: { credential: openai }
              anthropic:
                family: anthropic
                base_url: http://127.0.0.1:\(mock.port)
                api_key: { credential: anthropic }
            models:
              - { match: "claude-*", provider: anthropic }
              - { match: "mock*", provider: openai }

            """, to: "/etc/dd0c-route/config.yaml")
        for name in ["openai", "anthropic"] {
            try machine.write(Gateway.providerKey + "\n", to: "/etc/credstore/\(name)", mode: 0o600)
        }
    }

    /// What the service wrote to the journal so far.
    var log: String {
        (try? machine.run(["journalctl", "--unit", Self.unit, "--output", "cat", "--no-pager"]))
            ?? ""
    }

    /// Descriptors that systemd keeps for the service.
    ///
    /// - Throws: `SystemFailure`.
    func storedDescriptors() throws -> Int {
        Int(try machine.property("NFileDescriptorStore", of: Self.unit)) ?? -1
    }

    // MARK: Processes

    var supervisor: pid_t? {
        ProcessList.children(of: machine.initPid)
            .first { $0.name == "dd0c-route-supervisor" }?.pid
    }

    var accountant: pid_t? {
        supervisor.flatMap { ProcessList.children(of: $0) }?
            .first { $0.name == "dd0c-route-accountant" }?.pid
    }

    var workers: [pid_t] {
        (supervisor.map { ProcessList.children(of: $0) } ?? [])
            .filter { $0.name == "dd0c-route-worker" }.map(\.pid)
    }

    /// `kill -9`.
    ///
    /// - Throws: `SystemFailure`.
    func kill(_ victim: Victim) throws {
        switch victim {
        case .everything: try killGroup()
        case .supervisor: try kill(supervisor, victim)
        case .accountant: try kill(accountant, victim)
        }
    }

    private func kill(_ pid: pid_t?, _ victim: Victim) throws {
        guard let pid, Glibc.kill(pid, SIGKILL) == 0 else {
            throw SystemFailure("there is no \(victim.rawValue) to kill")
        }
    }

    /// The kernel takes all processes of the unit's control group at once: nothing can happen in between.
    private func killGroup() throws {
        let groups = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map {
            machine.path("\($0)/system.slice/\(Self.unit)/cgroup.kill")
        }
        guard let group = groups.first(where: { access($0, W_OK) == 0 }) else {
            throw SystemFailure("the service's control group cannot be killed")
        }
        let file = open(group, O_WRONLY | O_CLOEXEC)
        defer { close(file) }
        guard write(file, "1", 1) == 1 else { throw SystemFailure.call("write \(group)") }
    }

    /// Waits until the process that was the victim has a successor, and the service serves.
    ///
    /// - Throws: `HangGuard.Expired`.
    func waitForSuccessor(of old: pid_t?, _ current: () -> pid_t?) throws {
        try HangGuard.poll(for: "a new process after \(old ?? 0), ready") { () -> Void? in
            guard let now = current(), now != old,
                try machine.property("ActiveState", of: Self.unit) == "active"
            else { return nil }
            return ()
        }
    }

    // MARK: Records

    /// The records whose model is wanted, once all of them are settled and there are so many.
    ///
    /// - Parameter since: seconds; older ones are not asked for.
    /// - Throws: `HangGuard.Expired`, what the decoder throws.
    func settledUsage(
        _ count: Int, since: Int, where isWanted: (String) -> Bool
    ) throws -> [UsageRow] {
        var last: [UsageRow] = []
        do {
            return try HangGuard.poll(for: "\(count) settled records") {
                guard
                    let answer = try? Connection.ask(
                        Request.get("/usage?since=\(since)"), port: Self.adminPort),
                    answer.status == 200
                else { return nil }
                last = try answer.body.split(separator: 10).map {
                    try JSONDecoder().decode(UsageRow.self, from: Data($0))
                }.filter { isWanted($0.model ?? "") }
                return last.count >= count && last.allSatisfy(\.isSettled) ? last : nil
            }
        } catch let expired as HangGuard.Expired {
            let outcomes = Dictionary(grouping: last) { $0.outcome ?? "open" }.mapValues(\.count)
            throw HangGuard.Expired(what: expired.what, state: "\(last.count) records: \(outcomes)")
        }
    }
}
