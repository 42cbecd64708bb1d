import Foundation
import Glibc
import Testing

extension SystemTests {
    @Suite(
        "The Debian package on a machine of its own",
        .enabled(
            if: Machine.obstacle == nil,
            "no machine with a systemd can boot here: \(Machine.obstacle ?? "")"))
    struct PackageTests {
        private static let library = "/usr/lib/dd0c-route"
        private static let home = "/home"

        @Test(
            "It installs, one command enables it, and the first request starts it; a purge leaves nothing"
        )
        func installsAndPurges() throws {
            let machine = try Machine(product: nil)
            try machine.inNetwork {
                let before = try Self.files(of: machine)
                let package = try BuiltPackage.release()
                try machine.install(package)
                Scenario.checked(
                    "apt-get install \(URL(fileURLWithPath: package).lastPathComponent)")
                #expect(throws: (any Error).self) {
                    try Connection(port: InstalledGateway.httpPort)
                }
                Scenario.checked("nothing listens until an operator says so")
                let mock = try Mock()
                try machine.write(
                    """
                    admin: "127.0.0.1:9090"
                    workers: 2
                    providers:
                      openai: { family: openai, base_url: "http://127.0.0.1:\(mock.port)/v1", passthrough: true }
                    models:
                      - { match: "mock*", provider: openai }

                    """, to: "/etc/dd0c-route/config.yaml")
                try machine.run([
                    "systemctl", "enable", "--now", "dd0c-route.socket", "dd0c-route-admin.socket",
                ])
                #expect(
                    try machine.property("ActiveState", of: InstalledGateway.unit) == "inactive")
                let request = Request(model: "mock-first", mock: "n=20&us=1000")
                let answer = try Connection.ask(request.bytes, port: InstalledGateway.httpPort)
                #expect(answer.status == 200)
                #expect(answer.text.contains("[DONE]"))
                #expect(try machine.property("ActiveState", of: InstalledGateway.unit) == "active")
                Scenario.checked("the first request started the service, and streamed")
                let state = try HangGuard.poll(for: "the end of the machine's start") {
                    let state = try machine.run([
                        "sh", "-c", "systemctl is-system-running || true",
                    ]).trimmingCharacters(in: .newlines)
                    return state == "starting" ? nil : state
                }
                #expect(state == "running")
                if state != "running" { print(try machine.run(["systemctl", "--failed"])) }
                Scenario.checked("systemctl is-system-running: \(state)")
                try expectDocuments(on: machine)
                try expectUpkeep(of: machine, package)
                try machine.run(["apt-get", "purge", "-y", "-q", "dd0c-route"], seconds: 180)
                #expect(try machine.property("LoadState", of: InstalledGateway.unit) == "not-found")
                #expect(throws: (any Error).self) {
                    try Connection(port: InstalledGateway.httpPort)
                }
                let left = try Self.files(of: machine).subtracting(before).filter(Self.isOurs)
                #expect(left.isEmpty, "\(left.sorted())")
                #expect(
                    try machine.run(["sh", "-c", "id dd0c-route 2>&1 || true"]).contains("no such"))
                Scenario.checked("after the purge: no file, no unit, no user, no socket")
            }
        }

        private func expectDocuments(on machine: Machine) throws {
            for page in [["1", "dd0c-route"], ["5", "dd0c-route.yaml"], ["8", "dd0c-route"]] {
                #expect(try machine.run(["man", "--where"] + page).contains("/usr/share/man/"))
            }
            for file in [
                "/usr/share/bash-completion/completions/dd0c-route",
                "/usr/share/zsh/vendor-completions/_dd0c-route",
                "/usr/share/fish/vendor_completions.d/dd0c-route.fish",
                "/usr/share/doc/dd0c-route/copyright", "/etc/dd0c-route/config.yaml",
            ] {
                #expect(access(machine.path(file), R_OK) == 0, "\(file)")
            }
            let catalog = try machine.run(["journalctl", "--list-catalog"])
            #expect(catalog.contains("A process of the gateway has died"))
            #expect(try machine.run(["dd0c-route", "--version"]).hasPrefix("0.1.0"))
            Scenario.checked("man pages, completions, catalog, configuration, command")
        }

        /// Installing it again, and removing and installing it, keeps the ledger and the configuration.
        private func expectUpkeep(of machine: Machine, _ package: String) throws {
            let text = try String(
                contentsOfFile: machine.path("/etc/dd0c-route/config.yaml"), encoding: .utf8)
            try machine.run(["apt-get", "remove", "-y", "-q", "dd0c-route"], seconds: 180)
            #expect(access(machine.path(Self.library), F_OK) != 0)
            #expect(access(machine.path("/var/lib/private/dd0c-route/ledger.sqlite"), F_OK) == 0)
            try machine.install(package)
            #expect(
                try String(
                    contentsOfFile: machine.path("/etc/dd0c-route/config.yaml"), encoding: .utf8)
                    == text)
            try machine.run([
                "systemctl", "enable", "--now", "dd0c-route.socket", "dd0c-route-admin.socket",
            ])
            let answer = try Connection.ask(
                Request.get("/usage?since=0"), port: InstalledGateway.adminPort)
            #expect(answer.text.contains("mock-first"))
            Scenario.checked("removed and installed again: configuration and ledger are there")
        }

        private static func files(of machine: Machine) throws -> Set<String> {
            let text = try machine.run(
                [
                    "find", "/", "-xdev", "-not", "-path", "/proc/*", "-not", "-path", "/tmp/*",
                    "-not", "-path",
                    "/\(Product.repository.split(separator: "/").first ?? "none")/*",
                ], seconds: 120)
            return Set(text.split(separator: "\n").map(String.init))
        }

        /// Logs, and what dpkg, apt and systemd know of every package and boot, are theirs.
        private static func isOurs(_ path: String) -> Bool {
            ![
                "/var/log/", "/var/lib/dpkg/", "/var/lib/apt/", "/var/cache/", "/var/lib/systemd/",
                "/run/", "/var/backups/", "/var/lib/PackageKit/", "/var/tmp/", "/sys/",
                "/dev/",
            ].contains { path.hasPrefix($0) }
        }

        @Test("The service is tight: exposure, files, other processes, secrets")
        func sandbox() throws {
            let machine = try Machine(product: nil)
            try machine.inNetwork {
                let gateway = try InstalledGateway(on: machine, package: BuiltPackage.release())
                let answer = try Connection.ask(
                    Request(model: "mock-1").bytes, port: InstalledGateway.httpPort)
                #expect(answer.status == 200)
                let text = try machine.run([
                    "systemd-analyze", "security", "--no-pager", InstalledGateway.unit,
                ])
                let line = text.split(separator: "\n").last.map(String.init) ?? ""
                let score = line.split(separator: " ").compactMap { Double($0) }.first
                #expect(score ?? 10 <= 1.2, "\(text)")
                Scenario.checked(line)
                for unit in ["dd0c-route.service", "dd0c-route.socket", "dd0c-route-admin.socket"] {
                    #expect(
                        try machine.run([
                            "systemd-analyze", "verify", "/lib/systemd/system/\(unit)",
                        ])
                            == "")
                }
                try expectConfined(gateway)
                try expectNoSecrets(gateway)
                try expectWalls(gateway)
            }
        }

        /// Every process has what it should have given up.
        private func expectConfined(_ gateway: InstalledGateway) throws {
            let supervisor = try #require(gateway.supervisor)
            let children = ProcessList.children(of: supervisor)
            #expect(children.count == 3)
            for pid in [supervisor] + children.map(\.pid) {
                let status = try ProcessList.text("/proc/\(pid)/status")
                #expect(status.contains("NoNewPrivs:\t1\n"))
                #expect(status.contains("Seccomp:\t2\n"))
                #expect(status.contains("CapEff:\t0000000000000000\n"))
                #expect(status.contains("CapBnd:\t0000000000000000\n"))
            }
            Scenario.checked("no capabilities, no new privileges, seccomp: all 4 processes")
        }

        private func expectNoSecrets(_ gateway: InstalledGateway) throws {
            let supervisor = try #require(gateway.supervisor)
            let secret = Array(Gateway.providerKey.utf8)
            for pid in [supervisor] + ProcessList.children(of: supervisor).map(\.pid) {
                for file in ["environ", "cmdline"] {
                    let bytes = Array(try ProcessList.text("/proc/\(pid)/\(file)").utf8)
                    #expect(!bytes.isEmpty)
                    #expect(!String(decoding: bytes, as: UTF8.self).contains(Gateway.providerKey))
                    #expect(!bytes.contains(secret.prefix(12)))
                }
            }
            Scenario.checked("the credentials are in no environ and no cmdline")
        }

        /// What a program can do that runs as the service's user, in its sandbox: another command in the place
        /// of the gateway, with the unit's own settings.
        private func expectWalls(_ gateway: InstalledGateway) throws {
            let machine = gateway.machine
            try machine.run([
                "sh", "-c", "echo private >\(Self.home)/secret; chmod 644 \(Self.home)/secret",
            ])
            try machine.run([
                "sh", "-c", "MARK=of-another sleep 1000 >/dev/null 2>&1 & echo $! >/run/other.pid",
            ])
            try machine.write(
                """
                exec 2>&1
                try() { if eval "$2" >/dev/null 2>&1; then echo "$1 works"; else echo "$1 fails"; fi; }
                try write-state 'echo x >"$STATE_DIRECTORY/probe"'
                for place in /etc /usr/lib/dd0c-route /var/lib /var/log \(Self.home) /root /opt /srv /dev /run /sys; do
                    try "write-$place" "echo x >$place/probe"
                done
                try read-home 'cat \(Self.home)/secret'
                try list-home 'ls \(Self.home)/*'
                try read-shadow 'cat /etc/shadow'
                try read-other "cat /proc/$(cat /run/other.pid)/environ"
                try see-other "ls -d /proc/$(cat /run/other.pid)"
                try read-init 'cat /proc/1/environ'
                try read-certificates 'cat /etc/ssl/certs/ca-certificates.crt'
                try kernel 'cat /proc/sys/kernel/core_pattern'
                try mount 'mount -t tmpfs none /tmp'
                try namespace 'unshare --user true'
                try netlink 'ip link'
                echo end

                """, to: "/usr/lib/dd0c-route/probe.sh")
            // The same unit, with another command and what that needs to be executed.
            try machine.write(
                """
                [Service]
                Type=oneshot
                Restart=no
                WatchdogSec=0
                ExecStart=
                ExecStart=/bin/sh /usr/lib/dd0c-route/probe.sh
                ExecPaths=/bin /usr/bin /usr/sbin
                StandardOutput=append:/var/log/probe.log

                """, to: "/etc/systemd/system/dd0c-route.service.d/probe.conf")
            try machine.run([
                "systemctl", "stop", "dd0c-route.socket", "dd0c-route-admin.socket",
                InstalledGateway.unit,
            ])
            try machine.run(["systemctl", "daemon-reload"])
            try machine.run(["systemctl", "start", InstalledGateway.unit])
            let text = try String(
                contentsOfFile: machine.path("/var/log/probe.log"), encoding: .utf8)
            var results: [String: String] = [:]
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.count == 2 { results[String(words[0])] = String(words[1]) }
            }
            #expect(text.contains("end\n"), "\(text)")
            for name in ["write-state", "read-certificates"] {
                #expect(results.removeValue(forKey: name) == "works", "\(name): \(text)")
            }
            #expect(results.count == 21, "\(text)")
            for (name, result) in results { #expect(result == "fails", "\(name)") }
            Scenario.checked(
                "writes nowhere but in its state directory; reads no /home and no other process's environment"
            )
        }
    }
}
