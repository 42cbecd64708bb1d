import Foundation
import Testing

@testable import Command

@Suite("The manual pages say what the command can do")
struct ManualTests {
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private static func page(_ name: String) throws -> String {
        try String(contentsOfFile: "\(repository)/packaging/man/\(name)", encoding: .utf8)
    }

    private struct Tool: Decodable {
        struct Command: Decodable {
            struct Argument: Decodable {
                struct Name: Decodable {
                    var kind: String
                    var name: String
                }
                var names: [Name]?
                var shouldDisplay: Bool
            }
            var commandName: String
            var shouldDisplay: Bool?
            var subcommands: [Command]?
            var arguments: [Argument]?
        }
        var command: Command
    }

    @Test func everySubcommandAndOptionIsThereAndNoOther() throws {
        let tool = try JSONDecoder().decode(
            Tool.self, from: Data(RouteCommand._dumpHelp().utf8))
        var commands: Set<String> = []
        var options: Set<String> = []
        func collect(_ command: Tool.Command, _ path: [String]) {
            guard command.shouldDisplay != false, command.commandName != "help" else { return }
            if command.subcommands?.isEmpty != false {
                commands.insert(path.joined(separator: " "))
            }
            for argument in command.arguments ?? [] where argument.shouldDisplay {
                for name in argument.names ?? [] where name.kind == "long" {
                    options.insert(name.name)
                }
            }
            for sub in command.subcommands ?? [] { collect(sub, path + [sub.commandName]) }
        }
        collect(tool.command, [])
        #expect(commands.count == 13, "\(commands)")
        let text = try Self.page("dd0c-route.1")
        for command in commands {
            #expect(text.contains("Cm \(command)\n"), "\(command)")
        }
        let documented = Set(
            text.matches(of: /Fl -([a-z-]+)/).map { String($0.output.1) })
        #expect(documented == options)
    }

    /// The keys of the file, from the lists by which it is read.
    @Test func everyKeyOfTheConfigurationIsThere() throws {
        let folder = "\(Self.repository)/Sources/Configuration/Document"
        var keys: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            for list in text.matches(of: /[kK]eys = \[([^\]]*)\]/) {
                keys.formUnion(
                    list.output.1.matches(of: /"([a-z_0-9]+)"/).map { String($0.output.1) })
            }
            keys.formUnion(text.matches(of: /key: "([a-z_0-9]+)"/).map { String($0.output.1) })
            keys.formUnion(
                text.matches(of: /(?:optional|required)\("([a-z_0-9]+)"/).map {
                    String($0.output.1)
                })
        }
        #expect(keys.count > 40)
        let text = try Self.page("dd0c-route.yaml.5")
        let words = Set(text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
        #expect(keys.subtracting(words).isEmpty, "\(keys.subtracting(words))")
    }
}
