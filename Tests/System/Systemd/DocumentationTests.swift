import Foundation
import Glibc
import Testing

extension SystemTests {
    @Suite(
        "The operator's pages: every command in them is run, in their order",
        .enabled(
            if: Machine.obstacle == nil,
            "no machine with a systemd can boot here: \(Machine.obstacle ?? "")"))
    struct DocumentationTests {
        private static let pages = [
            "install", "operate", "upgrade", "backup", "move", "troubleshoot",
        ]

        /// One block of commands.
        private struct Block {
            var page: String
            var line: Int
            var text: String
        }

        @Test("on a machine with the package, from the installation to the report")
        func commands() throws {
            let packages = try BuiltPackage.testing.get()
            let machine = try Machine(product: nil)
            try machine.inNetwork {
                let mock = try Mock()
                try machine.allowToolchain()
                let folder = "/var/tmp/download"
                try machine.run(["mkdir", "-p", folder])
                var count = 0
                for page in Self.pages {
                    let package = page == "install" ? packages.old : packages.new
                    try machine.run(["sh", "-c", "rm -f \(folder)/*.deb"])
                    try FileManager.default.copyItem(
                        atPath: package,
                        toPath: machine.path(
                            "\(folder)/\(URL(fileURLWithPath: package).lastPathComponent)"))
                    let blocks = try Self.blocks(of: page)
                    #expect(!blocks.isEmpty, "\(page).md")
                    for (index, block) in blocks.enumerated() {
                        if page == "move", index == 1 { try becomeAnother(machine) }
                        try run(block, on: machine, in: folder, mock)
                        count += 1
                    }
                    Scenario.checked("\(page).md: \(blocks.count) blocks of commands")
                }
                #expect(count > 20)
                let version = try machine.run([
                    "dpkg-query", "-W", "-f", "${Version}", "dd0c-route",
                ])
                #expect(version == "0.1.0+testing2")
                let report = try String(
                    contentsOfFile: machine.path("/var/tmp/report.txt"), encoding: .utf8)
                #expect(report.contains("dd0c-route") && !Secrets().isIn(Data(report.utf8)))
                // What the pages made is there: requests of the first page, over a restore and a move.
                let usage = try machine.run(["dd0c-route", "usage", "--format", "json"])
                #expect(usage.contains("\"mock-1\"") && usage.contains("\"app1\""), "\(usage)")
            }
        }

        /// The same machine, as if it were another: nothing of the gateway is left but the package.
        private func becomeAnother(_ machine: Machine) throws {
            try machine.run([
                "sh", "-c",
                "systemctl disable dd0c-route.socket dd0c-route-admin.socket; rm -rf /etc/credstore "
                    + "/etc/dd0c-route/* /etc/systemd/system/dd0c-route.socket.d "
                    + "/var/lib/private/dd0c-route /var/lib/dd0c-route; systemctl daemon-reload",
            ])
        }

        private func run(
            _ block: Block, on machine: Machine, in folder: String, _ mock: Mock
        ) throws {
            do {
                try machine.run(
                    [
                        "env", "--chdir=\(folder)", "DEBIAN_FRONTEND=noninteractive",
                        "PROVIDER_KEY=\(Gateway.providerKey)", "CLIENT_KEY=\(Gateway.clientKey)",
                        "PROVIDER_URL=http://127.0.0.1:\(mock.port)/v1", "bash", "-euo", "pipefail",
                        "-c", block.text,
                    ], seconds: 180)
            } catch {
                Issue.record("\(block.page).md:\(block.line): \(error)")
                throw error
            }
        }

        /// The page's blocks; all that is fenced is commands, so that no command escapes the test.
        private static func blocks(of page: String) throws -> [Block] {
            let path = "\(Product.repository)/Documentation/\(page).md"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            var blocks: [Block] = []
            var open: Block?
            for (index, line) in text.components(separatedBy: "\n").enumerated() {
                if line.hasPrefix("```") {
                    if let block = open {
                        blocks.append(block)
                        open = nil
                    } else {
                        #expect(line == "```sh", "\(page).md:\(index + 1)")
                        open = Block(page: page, line: index + 1, text: "")
                    }
                } else {
                    open?.text += line + "\n"
                }
            }
            #expect(open == nil)
            return blocks
        }
    }
}
